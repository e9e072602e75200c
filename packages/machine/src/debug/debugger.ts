import {
  BreakpointSize,
  BreakpointType,
  type Breakpoints,
  type DebugState,
  type HardwareBreakpoint,
  type Processor,
  type Registers,
} from '@ringzero/processor';
import type { GuestMemory } from '@ringzero/guest-memory';
import { MachineError } from '../errors.ts';
import type { DebugHalt, RunLoop } from '../run-loop.ts';
import type { DebugStop } from './debug-stop.ts';
import { translateLinear } from './translate.ts';

/** A breakpoint to be set. */
export interface BreakpointRequest {
  /** Linear address. A data breakpoint's is a multiple of its size. */
  readonly address: bigint | number;
  /** What to stop at: before the instruction there is executed (the default), after it was written, after it was read or written. */
  readonly on?: 'execute' | 'write' | 'access';
  /** Bytes that a data breakpoint covers; 1 if left out. */
  readonly bytes?: 1 | 2 | 4 | 8;
}

/** Breakpoints that a processor has room for. */
const PLACES = 4;
const TYPES = { execute: BreakpointType.execute, write: BreakpointType.write, access: BreakpointType.readOrWrite } as const;
const SIZES = { 1: BreakpointSize.byte, 2: BreakpointSize.word, 4: BreakpointSize.dword, 8: BreakpointSize.qword } as const;

/** What the debugger needs of its machine. */
export interface DebuggerHost {
  readonly memory: GuestMemory;
  readonly loop: RunLoop;
  processors(): readonly Processor[];
  onStop(stop: DebugStop): void;
  /** Throws a `MachineError` while something else has the machine at rest, such as a save. */
  requireFree(action: string): void;
}

/**
 * A machine seen by a debugger: breakpoints, single steps, registers and memory by linear address. The guest sees none of it; its own
 * debug registers and trap flag work beside it. Breakpoints stay when the machine changes its engine or is reset.
 *
 * Registers and memory are those of an instruction boundary: they can be reached while the machine is paused or not running.
 */
export class Debugger {
  readonly #host: DebuggerHost;
  readonly #breakpoints = new Set<HardwareBreakpoint>();
  /** The processor that executes single instructions. */
  #stepping: number | undefined;
  /** Where processors stopped before an instruction, which they then execute when they go on. */
  readonly #reported = new Map<number, HardwareBreakpoint>();
  /** Told of the next stop. */
  #waiting: ((stop: DebugStop) => void) | undefined;

  constructor(host: DebuggerHost) {
    this.#host = host;
  }

  /**
   * Sets a breakpoint on every processor, at the next instruction boundary; gives what takes it away again. Rejects if there are four
   * already, as many as a processor has room for.
   */
  async setBreakpoint(request: BreakpointRequest): Promise<() => Promise<void>> {
    const breakpoint = breakpointOf(request);
    await this.#host.loop.atBoundary(() => {
      if (this.#breakpoints.size === PLACES) throw new MachineError('invalid-config', `breakpoint at 0x${breakpoint.address.toString(16)}: there are ${PLACES} already, as many as a processor has room for`);
      this.#breakpoints.add(breakpoint);
      this.#apply();
    });
    return () =>
      this.#host.loop.atBoundary(() => {
        if (this.#breakpoints.delete(breakpoint)) this.#apply();
      });
  }

  /** Lets processor `vp` execute `count` instructions, or that many iterations of repeated ones. The others run meanwhile. */
  async step(count: number = 1, vp: number = 0): Promise<DebugStop> {
    if (!Number.isInteger(count) || count < 1) throw new MachineError('invalid-config', `${count} steps: expected an integer of at least 1`);
    this.#processor(vp);
    await this.#host.loop.pause();
    try {
      this.#stepping = vp;
      for (;;) {
        // A step executes the instruction whatever breakpoint is there.
        const before = this.#reported.get(vp);
        this.#reported.delete(vp);
        this.#apply(before?.address === this.linearIp(vp) ? before : undefined);
        const stop = await this.#go();
        if (stop.kind !== 'step' || --count === 0) return this.#tell(stop);
      }
    } finally {
      await this.#host.loop.atBoundary(() => {
        this.#stepping = undefined;
        this.#apply();
      });
    }
  }

  /** Runs until a breakpoint is met, the machine is paused, or the run ends. A breakpoint at the current instruction is passed first. */
  async continue(): Promise<DebugStop> {
    await this.#host.loop.pause();
    const passed = await this.#pass();
    return this.#tell(passed ?? (await this.#go()));
  }

  /** Executes the instructions that processors have stopped before. What that led to, if it was not a mere step. */
  async #pass(): Promise<DebugStop | undefined> {
    for (const [vp, breakpoint] of [...this.#reported]) {
      this.#reported.delete(vp);
      if (this.linearIp(vp) !== breakpoint.address) continue;
      try {
        this.#stepping = vp;
        this.#apply(breakpoint);
        const stop = await this.#go();
        if (stop.kind !== 'step') return stop;
      } finally {
        this.#stepping = undefined;
        await this.#host.loop.atBoundary(() => this.#apply());
      }
    }
    return undefined;
  }

  /** Lets the machine go on until it stops for one of our reasons. */
  #go(): Promise<DebugStop> {
    const { loop } = this.#host;
    const stopped = new Promise<DebugStop>((resolve) => (this.#waiting = resolve));
    const ended = loop.exit;
    loop.resume();
    return Promise.race([stopped, ended.then((end): DebugStop => ({ kind: 'exit', exit: end }))]).finally(() => (this.#waiting = undefined));
  }

  #tell(stop: DebugStop): DebugStop {
    this.#host.onStop(stop);
    return stop;
  }

  /** The loop's: a processor stopped for us. */
  halted(vp: number, halt: DebugHalt): void {
    const stop: DebugStop = halt.kind === 'singleStep' ? { kind: 'step', vp } : { kind: 'breakpoint', vp, breakpoint: halt.breakpoint };
    if (stop.kind === 'breakpoint' && stop.breakpoint.type === BreakpointType.execute) this.#reported.set(vp, stop.breakpoint);
    if (this.#waiting !== undefined) this.#waiting(stop);
    else this.#tell(stop);
  }

  /** The loop's: somebody paused the machine. */
  paused(): void {
    this.#waiting?.({ kind: 'pause' });
  }

  /** The machine has new processors. */
  moved(): void {
    this.#apply();
  }

  /** Tells the processors what to stop for. */
  #apply(except?: HardwareBreakpoint): void {
    const [a, b, c, d] = [...this.#breakpoints].filter((breakpoint) => breakpoint !== except);
    const breakpoints: Breakpoints = [a, b, c, d];
    this.#host.processors().forEach((processor, vp) => {
      const state: DebugState = { singleStep: vp === this.#stepping, breakpoints };
      processor.setDebugState(0, state.singleStep || this.#breakpoints.size > 0 ? state : undefined);
    });
  }

  /** A processor's registers. */
  registers(vp: number = 0): Registers {
    return this.#processor(vp).accessState(0).get('registers');
  }

  /** Linear address of the instruction that a processor executes next: CS base and RIP. */
  linearIp(vp: number = 0): bigint {
    const { cs, rip } = this.registers(vp);
    return BigInt.asUintN(32, cs.base + rip);
  }

  /** Changes some of a processor's registers. */
  setRegisters(changes: Partial<Registers>, vp: number = 0): void {
    this.#host.requireFree('changing registers');
    const state = this.#processor(vp).accessState(0);
    state.set('registers', { ...state.get('registers'), ...changes });
    state.commit();
  }

  /** The physical address of a linear one, by the page tables of processor `vp`; undefined where no page is present. */
  translate(linear: bigint | number, vp: number = 0): number | undefined {
    return translateLinear(this.#host.memory, this.registers(vp), BigInt(linear));
  }

  /** Copies memory from a linear address on, as far as there is any: up to `length` bytes. */
  read(linear: bigint | number, length: number, vp: number = 0): Uint8Array {
    const bytes = new Uint8Array(length);
    let done = 0;
    this.#eachPage(BigInt(linear), length, vp, (physical, count) => {
      bytes.set(this.#host.memory.readBytes(physical, count), done);
      done += count;
    });
    return bytes.subarray(0, done);
  }

  /** Writes memory from a linear address on, whatever the guest may: how many bytes, up to the first page that is not there. */
  write(linear: bigint | number, bytes: Uint8Array, vp: number = 0): number {
    this.#host.requireFree('writing memory');
    let done = 0;
    this.#eachPage(BigInt(linear), bytes.length, vp, (physical, count) => {
      this.#host.memory.writeBytes(physical, bytes.subarray(done, done + count));
      done += count;
    });
    return done;
  }

  #eachPage(linear: bigint, length: number, vp: number, visit: (physical: number, count: number) => void): void {
    const registers = this.registers(vp);
    for (let done = 0; done < length; ) {
      const at = linear + BigInt(done);
      const physical = translateLinear(this.#host.memory, registers, at);
      if (physical === undefined || !this.#host.memory.isMemory(physical)) return;
      const count = Math.min(length - done, 4096 - Number(at & 0xfffn));
      visit(physical, count);
      done += count;
    }
  }

  #processor(vp: number): Processor {
    const processor = this.#host.processors()[vp];
    if (processor === undefined) throw new MachineError('invalid-config', `processor ${vp}: the machine has ${this.#host.processors().length}`);
    return processor;
  }
}

function breakpointOf({ address, bytes = 1, on = 'execute' }: BreakpointRequest): HardwareBreakpoint {
  const linear = BigInt.asUintN(64, BigInt(address));
  const fail = (what: string): never => {
    throw new MachineError('invalid-config', `breakpoint at 0x${linear.toString(16)}: ${what}`);
  };
  const type = Object.hasOwn(TYPES, on) ? TYPES[on] : fail(`on ${JSON.stringify(on)}, expected execute, write or access`);
  const size = Object.hasOwn(SIZES, bytes) ? SIZES[bytes] : fail(`${String(bytes)} bytes, expected 1, 2, 4 or 8`);
  if (type === BreakpointType.execute && bytes !== 1) fail(`${bytes} bytes, expected 1 for an instruction`);
  if (linear % BigInt(bytes) !== 0n) fail(`expected a multiple of its ${bytes} bytes`);
  return { address: linear, type, size };
}
