import { GuestMemory } from '@ringzero/guest-memory';
import { inspectLeaf, StopVpSource, uniformTopology, type CpuIo, type Hypervisor, type Partition, type Processor, type SegmentRegister, type VpHaltReason } from '@ringzero/processor';
import { EFLAGS, EIP, ESP, FX, LDT, PAGE_BYTES, SELECTORS, STATE_LANES, WINDOW_BYTES } from '../format/layout.ts';
import { cpuModel, MAX_CPU_MODEL } from '@ringzero/x86';
import { PlainClock } from './clock.ts';
import { CR2_AREA, ENTRY, EXCHANGE_PORT, FX_AREA, GDT, IDT, KERNEL_CS, KERNEL_DS, LDT_TABLE, monitorCode, SAVED, STACK_TOP, START, TSS, VECTORS } from './monitor.ts';
import { CODE_AT, GDT_LIMIT, WINDOW_AT, writePageTables, writeTables } from './tables.ts';


// CR0: PG, AM, WP, NE, ET, MP, PE. CR4: DE, PAE, OSFXSR, OSXMMEXCPT. EFER: NXE.
const CR0 = 0x8005_0033n;
const CR4 = 0x628n;
/** x87 and SSE state. */
const XCR0 = 3n;
const CR4_UMIP = 0x800n;
const CR4_OSXSAVE = 0x4_0000n;
const EFER = 0x800n;

/** CR4, with what Linux sets where the processor has it. */
function controlBits(features: readonly string[]): bigint {
  return CR4 | (features.includes('umip') ? CR4_UMIP : 0n) | (features.includes('xsave') ? CR4_OSXSAVE : 0n);
}

/** One exchange: reads the registers of the case that ended and writes those of the next. False ends the run. */
export type Exchange = () => boolean;

/** The emulated half of the oracle: one processor in ring 3, whose every exception comes back to the host. */
export class ReplayMachine {
  readonly memory: GuestMemory;
  readonly partition: Partition;
  readonly #processor: Processor;
  readonly #words: Int32Array;
  readonly #halfWords: Uint16Array;
  /** The writable pages of the window. */
  readonly window: Int32Array;
  readonly windowBytes: Uint8Array;

  constructor(hypervisor: Hypervisor, area: Uint8Array, image: Int32Array) {
    const ramBytes = Math.ceil((CODE_AT + area.length) / 0x10_0000) * 0x10_0000;
    this.memory = new GuestMemory(ramBytes);
    const { buffer } = this.memory;
    this.#words = new Int32Array(buffer, 0, CODE_AT / 4);
    this.#halfWords = new Uint16Array(buffer, 0, CODE_AT / 2);
    this.window = new Int32Array(buffer, WINDOW_AT, WINDOW_BYTES / 4);
    this.windowBytes = new Uint8Array(buffer, WINDOW_AT, WINDOW_BYTES);
    this.memory.u8.set(monitorCode(), ENTRY);
    this.memory.u8.set(area, CODE_AT);
    new Int32Array(buffer, WINDOW_AT, image.length).set(image);
    writeTables(this.memory);
    const cr3 = writePageTables(this.memory, Math.ceil(area.length / PAGE_BYTES) * PAGE_BYTES);
    const proto = hypervisor.newPartition({ topology: uniformTopology(1), clock: new PlainClock(), cpu: MAX_CPU_MODEL });
    const layout = { ram: [{ address: 0, length: 0xa_0000 }, { address: 0x10_0000, length: ramBytes - 0x10_0000 }], mmio: [] };
    const { partition, binders } = proto.build({ memory: { layout, guestMemory: this.memory } });
    this.partition = partition;
    this.#processor = binders[0].bind();
    this.#start(BigInt(cr3));
  }

  #start(cr3: bigint): void {
    const access = this.#processor.accessState(0);
    const features = cpuModel(MAX_CPU_MODEL)?.features ?? [];
    const flat = (selector: number, attributes: number): SegmentRegister => ({ base: 0n, limit: 0xffff_ffff, selector, attributes });
    const data = flat(KERNEL_DS, 0xc093);
    const none: SegmentRegister = { base: 0n, limit: 0, selector: 0, attributes: 0 };
    access.set('registers', {
      ...access.get('registers'),
      rip: BigInt(START), rsp: BigInt(STACK_TOP - SAVED.gs), rflags: 2n, cr0: CR0, cr3, cr4: controlBits(features), efer: EFER,
      cs: flat(KERNEL_CS, 0xc09b), ss: data, ds: data, es: data, fs: none, gs: none,
      tr: { base: BigInt(TSS), limit: 0x67, selector: 0x40, attributes: 0x8b },
      ldtr: { base: BigInt(LDT_TABLE), limit: LDT.length * 8 - 1, selector: 0x50, attributes: 0x82 },
      gdtr: { base: BigInt(GDT), limit: GDT_LIMIT }, idtr: { base: BigInt(IDT), limit: VECTORS * 8 - 1 },
    });
    if (features.includes('xsave')) access.set('xcr', { value: XCR0 });
    access.commit();
  }

  get vector(): number {
    return this.#words[(STACK_TOP - SAVED.vector) >> 2];
  }

  get errorCode(): number {
    return this.#words[(STACK_TOP - SAVED.error) >> 2];
  }

  get cr2(): number {
    return this.#words[CR2_AREA >> 2];
  }

  /** Copies the saved registers into a state. */
  readState(to: Int32Array): void {
    const words = this.#words;
    const halves = this.#halfWords;
    const top = STACK_TOP >> 2;
    for (let i = 0; i < 8; i++) to[i] = words[top - (SAVED.eax >> 2) - i];
    // PUSHAD has the monitor's ESP; the interrupted one is in the exception's frame.
    to[ESP] = words[top - (SAVED.esp >> 2)];
    to[EFLAGS] = words[top - (SAVED.eflags >> 2)];
    to[EIP] = words[top - (SAVED.eip >> 2)];
    to[SELECTORS] = halves[(STACK_TOP - SAVED.es) >> 1];
    to[SELECTORS + 1] = halves[(STACK_TOP - SAVED.cs) >> 1];
    to[SELECTORS + 2] = halves[(STACK_TOP - SAVED.ss) >> 1];
    to[SELECTORS + 3] = halves[(STACK_TOP - SAVED.ds) >> 1];
    to[SELECTORS + 4] = halves[(STACK_TOP - SAVED.fs) >> 1];
    to[SELECTORS + 5] = halves[(STACK_TOP - SAVED.gs) >> 1];
    for (let i = FX; i < STATE_LANES; i++) to[i] = words[(FX_AREA >> 2) - FX + i];
  }

  /** Has the monitor load a state. */
  writeState(from: Int32Array): void {
    const words = this.#words;
    const top = STACK_TOP >> 2;
    for (let i = 0; i < 8; i++) words[top - (SAVED.eax >> 2) - i] = from[i];
    words[top - (SAVED.esp >> 2)] = from[ESP];
    words[top - (SAVED.eflags >> 2)] = from[EFLAGS];
    words[top - (SAVED.eip >> 2)] = from[EIP];
    words[top - (SAVED.es >> 2)] = from[SELECTORS];
    words[top - (SAVED.cs >> 2)] = from[SELECTORS + 1];
    words[top - (SAVED.ss >> 2)] = from[SELECTORS + 2];
    words[top - (SAVED.ds >> 2)] = from[SELECTORS + 3];
    words[top - (SAVED.fs >> 2)] = from[SELECTORS + 4];
    words[top - (SAVED.gs >> 2)] = from[SELECTORS + 5];
    for (let i = FX; i < STATE_LANES; i++) words[(FX_AREA >> 2) - FX + i] = from[i];
  }

  /** Runs until an exchange returns false. */
  async run(exchange: Exchange): Promise<void> {
    const stop = new StopVpSource();
    const errors: unknown[] = [];
    const refuse = (what: string): never => {
      throw new RangeError(`a case reached ${what}: the replay machine has no devices`);
    };
    const io: CpuIo = {
      isMmio: () => false,
      acknowledgePicInterrupt: () => undefined,
      handleEoi: () => refuse('an end of interrupt'),
      readMmio: () => refuse('device memory'),
      writeMmio: () => refuse('device memory'),
      readIo: (_vp, port) => refuse(`port 0x${port.toString(16)}`),
      writeIo: (_vp, port) => {
        if (port !== EXCHANGE_PORT) refuse(`port 0x${port.toString(16)}`);
        else if (!exchange()) stop.stop();
      },
      fatalError: (error): VpHaltReason => {
        errors.push(error);
        return { kind: 'powerOff' };
      },
    };
    const reason = await this.#processor.runVp(stop.checker(), io);
    if (errors.length > 0) throw errors[0];
    if (reason.kind !== 'stop') throw new RangeError(`the replay machine halted for ${reason.kind} before its last case`);
  }

  /** One of the backend's counters. */
  counter(name: string): number {
    return Number(inspectLeaf(this.#processor.inspect(), `counters/${name}`));
  }
}
