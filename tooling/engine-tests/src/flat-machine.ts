import { GuestMemory } from '@ringzero/guest-memory';
import { inspectPath, StopVpSource, uniformTopology, type Hypervisor, type InspectResult, type Processor, type VmClock, type VpHaltReason } from '@ringzero/processor';

/** Where programs are put, unless they say otherwise. */
export const CODE = 0x1000;
const FLAT = { base: 0n, limit: 0xffff_ffff };

/** One VP in flat 32-bit protected mode without paging. Writes to port F4h are kept; as many as `outputs` end the run. */
export class FlatMachine {
  readonly memory: GuestMemory = new GuestMemory(1 << 20);
  readonly processor: Processor;
  readonly written: number[] = [];
  /** Instructions reported to the clock between two polls. */
  readonly quanta: number[] = [0];
  quantum = 10_000;
  onRead: () => void = () => undefined;
  onPoll: () => void = () => undefined;
  readonly #stop = new StopVpSource();

  constructor(hypervisor: Hypervisor, code: readonly number[], at: number = CODE) {
    this.memory.writeBytes(at, Uint8Array.from(code));
    const clock: VmClock = {
      mode: 'virtual',
      tscFrequency: 1e9,
      now: () => 0,
      advance: (instructions) => void (this.quanta[this.quanta.length - 1]! += instructions),
      quantum: () => this.quantum,
      poll: () => {
        this.quanta.push(0);
        this.onPoll();
      },
      skipIdle: () => false,
      idleMilliseconds: () => Infinity,
      schedule: (deadline) => ({ deadline, cancel: () => undefined }),
    };
    const layout = { ram: [{ address: 0, length: this.memory.ramBytes }], mmio: [] };
    const { binders } = hypervisor.newPartition({ topology: uniformTopology(1), clock, cpu: 'max' }).build({ memory: { layout, guestMemory: this.memory } });
    this.processor = binders[0]!.bind();
    const state = this.processor.accessState(0);
    const data = { ...FLAT, selector: 0x10, attributes: 0xc093 };
    state.set('registers', { ...state.get('registers'), rip: BigInt(at), rflags: 2n, cr0: 0x11n, rax: 0n, cs: { ...FLAT, selector: 8, attributes: 0xc09b }, ds: data, es: data, ss: data });
    state.commit();
  }

  get eax(): number {
    return Number(this.processor.accessState(0).get('registers').rax & 0xffff_ffffn);
  }

  counter(name: string): InspectResult {
    return inspectPath(this.processor.inspect(), `counters/${name}`);
  }

  stop(): void {
    this.#stop.stop();
  }

  run(outputs: number): Promise<VpHaltReason> {
    return this.processor.runVp(this.#stop.checker(), {
      isMmio: () => true,
      acknowledgePicInterrupt: () => undefined,
      handleEoi: () => undefined,
      readMmio: () => 0,
      writeMmio: () => undefined,
      readIo: () => {
        this.onRead();
        return 0;
      },
      writeIo: (_vp, _port, _size, value) => {
        this.written.push(value);
        if (this.written.length >= outputs) this.stop();
      },
      fatalError: (error) => {
        throw error;
      },
    });
  }
}
