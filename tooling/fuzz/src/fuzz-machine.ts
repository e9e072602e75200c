import { TestClock } from '@ringzero/conformance';
import { GuestMemory, PAGE_DIRTY } from '@ringzero/guest-memory';
import { inspectLeaf, StopVpSource, uniformTopology, type Hypervisor, type Latches, type Partition, type Processor, type SavedVp, type VpHaltReason, saveAll } from '@ringzero/processor';
import { byteOffset, lane32 } from '@ringzero/x86';
import type { Vp } from '@ringzero/x86-semantics';
import { FuzzIo } from './fuzz-io.ts';
import { RAM_BYTES } from './layout.ts';

export const PAGE = 4096;
/** What engines keep for themselves: the flag record (compared as flags), the budget, the scratch operands, the clock's part of the TSC. */
const PRIVATE: readonly (readonly [start: number, bytes: number])[] = [
  [byteOffset('rflags'), 8],
  [byteOffset('flagKind'), 12],
  [byteOffset('budget'), 4],
  [byteOffset('scratch'), 128],
  [byteOffset('tscOffset'), 8],
];

/** Bytes that a program puts over the memory of its surroundings. */
export interface Patch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** A machine of one processor that is set back to a known state quickly, with the engine's state in reach. */
export class FuzzMachine {
  readonly memory: GuestMemory = new GuestMemory(RAM_BYTES);
  readonly io: FuzzIo = new FuzzIo();
  readonly clock: TestClock = new TestClock();
  readonly partition: Partition;
  readonly processor: Processor;
  readonly vp: Vp;
  readonly #ram: Buffer;
  readonly #state: Buffer;
  readonly #occupied: Uint8Array;
  /** What is held between instructions at first: nothing. */
  readonly #latches: Latches;
  #image: Buffer | undefined;
  #start = 0;

  /** `occupied` marks the pages that any image has something in. */
  constructor(hypervisor: Hypervisor, occupied: Uint8Array) {
    this.#occupied = occupied;
    const proto = hypervisor.newPartition({ topology: uniformTopology(1), clock: this.clock, cpu: 'max' });
    const { partition, binders } = proto.build({ memory: { layout: { ram: [{ address: 0, length: RAM_BYTES }], mmio: [] }, guestMemory: this.memory }, cpuid: [] });
    this.partition = partition;
    this.processor = binders[0]!.bind();
    // Software backends keep the VP that engines run on here.
    this.vp = (this.processor as unknown as { readonly cpu: Vp }).cpu;
    this.#ram = Buffer.from(this.memory.buffer, 0, RAM_BYTES);
    this.#state = Buffer.from(this.vp.B.buffer);
    this.#latches = this.processor.accessState(0).get('latches');
  }

  /** Memory becomes `image` with the patches, and the processor's state `state`, whatever happened before. */
  reset(image: Buffer, patches: readonly Patch[], state: Uint8Array): void {
    const { pageFlags } = this.memory;
    const isOther = this.#image !== image;
    this.#image = image;
    for (let page = 0; page < RAM_BYTES / PAGE; page++) {
      const at = page * PAGE;
      // Translations are forgotten at every reset, so that each first write of a program marks its page.
      if ((pageFlags[page]! & PAGE_DIRTY) === 0 && !(isOther && this.#occupied[page] === 1)) continue;
      if (this.#ram.compare(image, at, at + PAGE, at, at + PAGE) !== 0) this.memory.writeBytes(at, image.subarray(at, at + PAGE));
      pageFlags[page]! &= ~PAGE_DIRTY;
    }
    for (const { address, bytes } of patches) this.memory.writeBytes(address, bytes);
    const access = this.processor.accessState(0);
    // An armed monitor is not in the buffer.
    access.set('latches', this.#latches);
    access.commit();
    this.vp.B.set(state);
    access.set('tsc', { value: 0n });
    access.commit();
    this.io.reset();
    this.#start = this.clock.instructions;
  }

  /** Instructions since the last reset. */
  get retired(): number {
    return this.clock.instructions - this.#start;
  }

  /** Runs exactly so many instructions, unless the guest halts for good or shuts down before: then `done`. */
  async run(instructions: number): Promise<{ readonly halt: VpHaltReason; readonly done: boolean }> {
    const stop = new StopVpSource();
    let done = true;
    this.clock.onIdle = () => stop.stop();
    this.clock.limit(instructions, () => {
      done = false;
      stop.stop();
    });
    const halt = await this.processor.runVp(stop.checker(), this.io);
    this.clock.limit(0, undefined);
    return { halt, done };
  }

  /** Whether this machine's architectural state is the other's. Cheap; {@link save} tells what differs. */
  agreesWith(other: FuzzMachine): boolean {
    if (this.vp.flags() !== other.vp.flags() || this.io.digest !== other.io.digest || this.retired !== other.retired) return false;
    let from = 0;
    for (const [start, bytes] of PRIVATE) {
      if (this.#state.compare(other.#state, from, start, from, start) !== 0) return false;
      from = start + bytes;
    }
    return this.#state.compare(other.#state, from, undefined, from) === 0;
  }

  /** Whether the pages that either has written are the same in both. */
  hasMemoryOf(other: FuzzMachine): boolean {
    for (let page = 0; page < RAM_BYTES / PAGE; page++) {
      if (((this.memory.pageFlags[page]! | other.memory.pageFlags[page]!) & PAGE_DIRTY) === 0) continue;
      const at = page * PAGE;
      if (this.#ram.compare(other.#ram, at, at + PAGE, at, at + PAGE) !== 0) return false;
    }
    return true;
  }

  save(): SavedVp {
    this.processor.flushAsyncRequests();
    return saveAll(this.processor.accessState(0));
  }

  counter(name: string): number {
    return Number(inspectLeaf(this.processor.inspect(), `counters/${name}`));
  }

  get eip(): number {
    return this.vp.R[lane32('rip')]! >>> 0;
  }
}
