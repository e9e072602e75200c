import { GuestMemory } from '@ringzero/guest-memory';
import type { ApicMode, CpuidLeaf, DebugState, Hypervisor, Partition, Processor, Registers, SavedVp, VpHaltReason } from '@ringzero/processor';
import { inspectLeaf, restoreAll, saveAll, StopVpSource, uniformTopology } from '@ringzero/processor';
import { MMIO_BASE, MMIO_BYTES, ScriptedIo } from './scripted-io.ts';
import { TestClock } from './test-clock.ts';

/** What a {@link TestMachine} is made of. Parts can be taken over from another machine, to swap backends under a guest. */
export interface TestMachineParts {
  readonly memory?: GuestMemory;
  readonly clock?: TestClock;
  readonly io?: ScriptedIo;
  readonly vps?: number;
  /** Bytes of RAM, 1 MB by default. */
  readonly ramBytes?: number;
  readonly cpuid?: readonly CpuidLeaf[];
  readonly apicMode?: ApicMode;
  /** CPU model; the one with every feature if left out. */
  readonly cpu?: string;
}

/** A run that never ends would hang the suite: no test program needs this many instructions. */
const RUNAWAY = 20_000_000;

/** The model to ask for: a backend without models is asked for none. */
function namedCpu(hypervisor: Hypervisor, cpu: string = 'max'): { readonly cpu?: string } {
  return hypervisor.cpuModels.some(({ name }) => name === cpu) ? { cpu } : {};
}

/** One partition with RAM, scripted devices and a test clock. */
export class TestMachine {
  readonly memory: GuestMemory;
  readonly clock: TestClock;
  readonly io: ScriptedIo;
  readonly partition: Partition;
  readonly processors: readonly Processor[];

  constructor(hypervisor: Hypervisor, parts: TestMachineParts = {}) {
    this.memory = parts.memory ?? new GuestMemory(parts.ramBytes ?? 0x100000);
    this.clock = parts.clock ?? new TestClock();
    this.io = parts.io ?? new ScriptedIo();
    const proto = hypervisor.newPartition({ topology: uniformTopology(parts.vps ?? 1, parts.apicMode), clock: this.clock, ...namedCpu(hypervisor, parts.cpu) });
    const layout = {
      ram: [
        { address: 0, length: 0xa0000 },
        { address: 0xc0000, length: this.memory.ramBytes - 0xc0000 },
      ],
      mmio: [{ address: MMIO_BASE, length: MMIO_BYTES }],
    };
    const { partition, binders } = proto.build({ memory: { layout, guestMemory: this.memory }, cpuid: parts.cpuid ?? [] });
    this.partition = partition;
    this.processors = binders.map((binder) => binder.bind());
  }

  /** The only processor of most tests. */
  get processor(): Processor {
    const [first] = this.processors;
    if (first === undefined) throw new RangeError('the machine has no processor');
    return first;
  }

  /** The registers of its processor. */
  get registers(): Registers {
    return this.processor.accessState(0).get('registers');
  }

  /** Changes some registers. */
  setRegisters(changes: Partial<Registers>): void {
    const access = this.processor.accessState(0);
    access.set('registers', { ...access.get('registers'), ...changes });
    access.commit();
  }

  /** Lets a halted processor run on from this address. */
  resumeAt(rip: number): void {
    const access = this.processor.accessState(0);
    access.set('registers', { ...access.get('registers'), rip: BigInt(rip) });
    access.set('activity', { ...access.get('activity'), mpState: 'running' });
    access.commit();
  }

  /** Runs until the guest is idle for good (HLT, with no timer and no interrupt left) or halts otherwise. */
  async runToIdle(): Promise<VpHaltReason> {
    let ranAway = false;
    const halt = await this.#run(RUNAWAY, () => (ranAway = true));
    if (ranAway) throw new RangeError(`the program did not end within ${RUNAWAY} instructions; RIP is 0x${this.registers.rip.toString(16)}`);
    return halt;
  }

  /** Runs exactly `instructions`, unless the guest goes idle or halts before. True in `done` if it did. */
  async runInstructions(instructions: number): Promise<{ readonly halt: VpHaltReason; readonly done: boolean }> {
    let done = true;
    const halt = await this.#run(instructions, () => (done = false));
    return { halt, done };
  }

  async #run(instructions: number, onLimit: () => void): Promise<VpHaltReason> {
    const stop = new StopVpSource();
    this.clock.onIdle = () => stop.stop();
    this.clock.limit(instructions, () => {
      onLimit();
      stop.stop();
    });
    try {
      return await this.processor.runVp(stop.checker(), this.io);
    } finally {
      this.clock.limit(0, undefined);
      this.clock.onIdle = () => {};
    }
  }

  /** Executes one instruction by the debugger's single step. */
  async step(): Promise<VpHaltReason> {
    const debug: DebugState = { singleStep: true, breakpoints: [undefined, undefined, undefined, undefined] };
    this.processor.setDebugState(0, debug);
    const halt = await this.runToIdle();
    this.processor.setDebugState(0, undefined);
    return halt;
  }

  /** The state of its processor, with what others queued for it applied. */
  save(): SavedVp {
    this.processor.flushAsyncRequests();
    return saveAll(this.processor.accessState(0));
  }

  /** Puts a saved state into its processor. */
  restore(saved: SavedVp): void {
    restoreAll(this.processor.accessState(0), saved);
  }

  /** One of the backend's counters, such as `blocksCompiled`. */
  counter(name: string): number {
    return Number(inspectLeaf(this.processor.inspect(), `counters/${name}`));
  }

  /** A 32-bit word of guest memory. */
  read32(address: number): number {
    const bytes = this.memory.readBytes(address, 4);
    return new DataView(bytes.buffer).getUint32(0, true);
  }

  /** A checksum (FNV-1a) of RAM, for comparing whole memories. */
  memoryChecksum(): number {
    const words = new Uint32Array(this.memory.buffer, 0, this.memory.ramBytes / 4);
    let hash = 0x811c9dc5;
    for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ (words[i] ?? 0), 0x01000193);
    return hash >>> 0;
  }
}
