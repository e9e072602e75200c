import { TestMachine } from '@ringzero/conformance';
import { GuestMemory } from '@ringzero/guest-memory';
import { BreakpointSize, BreakpointType, type Hypervisor, type SavedVp, type SegmentRegister, type VpHaltReason } from '@ringzero/processor';
import { CR0_PE, EFLAGS_FIXED, EFLAGS_VM, MAX_CPU_MODEL } from '@ringzero/x86';
import { MEGABYTES, START, WINDOW_BYTES } from '../programs/layout.ts';
import { SEGMENTS, type State, SYSTEM_SEGMENTS, TABLES } from './state.ts';

const PAGE = 0x1000;
const REAL_DATA: SegmentRegister = { base: 0n, limit: 0xffff, selector: 0, attributes: 0x93 };

/** A backend's processor and memory. */
export class BackendMachine {
  readonly #create: () => Hypervisor;
  #machine: TestMachine;
  /** State after reset. */
  #initial: SavedVp;

  constructor(create: () => Hypervisor) {
    this.#create = create;
    this.#machine = this.#new();
    this.#initial = this.#machine.save();
  }

  /** A processor after reset in real mode at {@link START}, with this memory. */
  reset(image: Uint8Array): void {
    this.#machine.restore(this.#initial);
    const { memory } = this.#machine;
    const present = this.memory();
    for (let at = 0; at < WINDOW_BYTES; at += PAGE) {
      if (present.compare(image, at, at + PAGE, at, at + PAGE) !== 0) memory.writeBytes(at, image.subarray(at, at + PAGE));
    }
    const segments = Object.fromEntries(SEGMENTS.map((name) => [name, REAL_DATA]));
    this.#machine.setRegisters({ ...segments, rip: BigInt(START), rsp: 0n, rdx: 0n, rflags: BigInt(EFLAGS_FIXED) });
  }

  get registers(): State {
    const access = this.#machine.processor.accessState(0);
    const registers = access.get('registers');
    const debug = access.get('debugRegs');
    const state: Record<string, number> = {};
    for (const name of ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'rip'] as const) state[`e${name.slice(1)}`] = word(registers[name]);
    state['eflags'] = word(registers.rflags);
    for (const name of ['cr0', 'cr2', 'cr3', 'cr4', 'efer'] as const) state[name] = word(registers[name]);
    for (const name of ['dr0', 'dr1', 'dr2', 'dr3', 'dr6', 'dr7'] as const) state[name] = word(debug[name]);
    for (const name of [...SEGMENTS, ...SYSTEM_SEGMENTS]) {
      const { selector, base, limit, attributes } = registers[name];
      state[name] = selector;
      state[`${name}.base`] = word(base);
      state[`${name}.limit`] = limit;
      state[`${name}.attributes`] = attributes;
    }
    for (const name of TABLES) {
      state[`${name}.base`] = word(registers[name].base);
      state[`${name}.limit`] = registers[name].limit;
    }
    state['cpl'] = (state['cr0'] & CR0_PE) === 0 ? 0 : (state['eflags'] & EFLAGS_VM) !== 0 ? 3 : (state['ss.attributes'] >> 5) & 3;
    return state;
  }

  /** One instruction, or one iteration. */
  async step(): Promise<VpHaltReason> {
    return this.#ended(await this.#machine.step());
  }

  /** Runs up to the instruction at a linear address: `hwBreak` when it got there. */
  async runTo(address: number): Promise<VpHaltReason> {
    const { processor } = this.#machine;
    processor.setDebugState(0, { singleStep: false, breakpoints: [{ address: BigInt(address), type: BreakpointType.execute, size: BreakpointSize.byte }, undefined, undefined, undefined] });
    const halt = await this.#machine.runToIdle();
    processor.setDebugState(0, undefined);
    return this.#ended(halt);
  }

  /** The window of physical memory that programs live in. */
  memory(): Buffer {
    return Buffer.from(this.#machine.memory.readBytes(0, WINDOW_BYTES));
  }

  /** Bytes of physical memory; zeros beyond the window. */
  read(address: number, length: number): Uint8Array {
    if (address + length > WINDOW_BYTES) return new Uint8Array(length);
    return this.#machine.memory.readBytes(address, length);
  }

  /** A processor that has shut down is of no further use. */
  #ended(halt: VpHaltReason): VpHaltReason {
    if (halt.kind === 'tripleFault') {
      this.#machine = this.#new(this.#machine.memory);
      this.#initial = this.#machine.save();
    }
    return halt;
  }

  #new(memory: GuestMemory = new GuestMemory(MEGABYTES << 20)): TestMachine {
    return new TestMachine(this.#create(), { cpu: MAX_CPU_MODEL, memory });
  }
}

function word(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}
