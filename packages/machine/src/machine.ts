import { GuestMemory } from '@ringzero/guest-memory';
import {
  inspectPath,
  inspectValue,
  leaf,
  StopVpSource,
  tree,
  uniformTopology,
  type CpuIo,
  type Hypervisor,
  type InspectNode,
  type InspectResult,
  type Partition,
  type Processor,
  type VpHaltReason,
} from '@ringzero/processor';
import type { BlockBackend, Device, DeviceType } from '@ringzero/devices';
import { Chipset } from './chipset/chipset.ts';
import { findDeviceTypes } from './chipset/device-types.ts';
import type { MachineClock } from './clock/machine-clock.ts';
import { RealClock } from './clock/real-clock.ts';
import { VirtualClock } from './clock/virtual-clock.ts';
import { FIXED_START_DATE, validateMachineConfig, type MachineConfig } from './config.ts';
import { createCpuIo } from './cpu-io.ts';
import { MachineError } from './errors.ts';
import { writeAcpiTables, writeBiosDataArea } from './firmware/acpi-tables.ts';
import type { BootSource } from './loaders/boot-source.ts';
import { loadGuest } from './loaders/load.ts';
import { restoreSnapshot, takeSnapshot, type MachineSnapshot } from './snapshot/machine-snapshot.ts';

/** What a machine's surroundings provide. */
export interface MachineHost {
  /** The guest sent a byte on the first serial port. */
  onSerial?(byte: number): void;
  /** The serial port's receive queue has room again. */
  onSerialSpace?(): void;
  /** The guest wrote to a log port. */
  onLog?(port: number, value: number): void;
  /** A device tells something in one line: a failing disk, say. */
  onDeviceLog?(message: string): void;
  /** Kinds of devices besides the built-in ones. */
  readonly deviceTypes?: readonly DeviceType[];
  /** Media by name, for the disks of the configuration. */
  readonly media?: Readonly<Record<string, BlockBackend>>;
  /** Monotonic nanoseconds for the real clock; the host's `performance.now` if left out. */
  monotonicNanoseconds?(): number;
  /** Milliseconds since the epoch, for the clock chip; the host's date if left out. */
  date?(): number;
}

/** Why a run of a machine ended. */
export type MachineExit =
  | { readonly kind: 'powerOff' | 'reset' | 'halted' | 'stopped' | 'tripleFault' }
  /** `status` is `(value << 1) | 1`. */
  | { readonly kind: 'debugExit'; readonly status: number }
  | { readonly kind: 'failed'; readonly error: unknown };

const EFLAGS_IF = 0x200n;
const NS_PER_MS = 1_000_000;

/** A PC: memory, chipset and the processors of a partition, with a guest in it. */
export class Machine {
  readonly config: MachineConfig;
  readonly memory: GuestMemory;
  readonly clock: MachineClock;
  readonly chipset: Chipset;
  readonly partition: Partition;
  readonly processors: readonly Processor[];
  /** The media that the host provides. */
  readonly media: Readonly<Record<string, BlockBackend>>;
  readonly #host: MachineHost;
  readonly #io: CpuIo;
  #boot: (() => BootSource) | undefined;
  #stop = new StopVpSource();
  #request: MachineExit | undefined;
  /** What the host must finish before the guest goes on. */
  #held: Promise<void> | undefined;
  #isRunning = false;
  /** What keeps it from running, such as a save. */
  #occupation: string | undefined;
  #idleLookAt = -1;

  /** Throws a `MachineError` or a contract error when the configuration is wrong. */
  constructor(config: MachineConfig, hypervisor: Hypervisor, host: MachineHost = {}) {
    validateMachineConfig(config);
    // A snapshot says what the processors were, even where the configuration left it to the backend.
    const cpu = config.cpu ?? hypervisor.cpuModels.find((model) => model.isDefault)?.name;
    this.config = cpu === undefined ? config : { ...config, cpu };
    this.#host = host;
    this.media = host.media ?? {};
    const devices = findDeviceTypes(config.devices ?? [], host.deviceTypes ?? []);
    const deviceBytes = devices.reduce((sum, { config: options, type }) => sum + (type.memoryBytes?.(options) ?? 0), 0);
    this.memory = new GuestMemory(config.memoryBytes, { deviceBytes });
    this.clock = config.clock === 'virtual' ? new VirtualClock() : new RealClock(() => this.#nanoseconds());
    const count = config.processors ?? 1;
    const hasX2apic = hypervisor.cpuModels.some((model) => model.name === cpu && model.hasX2apic);
    const topology = uniformTopology(count, hasX2apic ? 'x2apicSupported' : 'xapic');
    this.chipset = new Chipset({
      clock: this.clock,
      memory: this.memory,
      processors: count,
      startDate: config.startDate ?? (config.clock === 'virtual' ? FIXED_START_DATE : (host.date?.() ?? Date.now())),
      debugExitPort: config.debugExitPort,
      testDevice: config.testDevice ?? false,
      devices,
      media: this.media,
      onIntr: () => this.partition.pulseLint(0, 0, 0),
      onMessage: (address, data) => this.partition.requestMsi(0, { address, data }),
      onSerial: (byte) => void host.onSerial?.(byte),
      onSerialSpace: () => void host.onSerialSpace?.(),
      onPowerOff: () => this.#end({ kind: 'powerOff' }),
      onReset: () => this.#end({ kind: 'reset' }),
      onDebugExit: (status) => this.#end({ kind: 'debugExit', status }),
      onDeviceLog: (message) => void host.onDeviceLog?.(message),
      hold: (work) => this.#hold(work),
      wake: () => this.partition.requestYield(0),
    });
    const layout = { ram: [{ address: 0, length: config.memoryBytes }], mmio: [] };
    const { partition, binders } = hypervisor.newPartition({ topology, clock: this.clock, ...(cpu === undefined ? {} : { cpu }) }).build({ memory: { layout, guestMemory: this.memory } });
    this.partition = partition;
    this.processors = binders.map((binder) => binder.bind());
    this.#io = createCpuIo(this.memory, this.chipset, {
      logPorts: new Set(config.logPorts),
      // Nothing is given back: a promise would hold the processor up.
      onLog: (port, value) => void host.onLog?.(port, value),
      onFatalError: (error) => this.#fail(error),
    });
    if (config.haltExit === true) this.clock.onIdle = () => this.#lookAtIdle();
  }

  /** A device by its name: an id of the configuration, or one of the board's. Undefined if there is none. */
  device(name: string): Device<unknown> | undefined {
    return this.chipset.device(name);
  }

  /** Loads a guest; the machine starts it when it runs, and again when the guest resets. What a function gives is not kept meanwhile. */
  load(boot: BootSource | (() => BootSource)): void {
    const read = typeof boot === 'function' ? boot : () => boot;
    this.#place(read());
    this.#boot = read;
  }

  #place(boot: BootSource): void {
    const state = this.#processor(0).accessState(0);
    const writeFirmware = (): void => {
      writeAcpiTables(this.memory, this.partition.caps.apic ? this.processors.map((processor) => processor.vp.apicId) : []);
      writeBiosDataArea(this.memory);
    };
    loadGuest(boot, { memory: this.memory, state, writeFirmware });
  }

  /** Runs until the guest or `stop()` ends it. A guest's reset starts it anew unless the configuration says otherwise. */
  async run(): Promise<MachineExit> {
    this.#requireStopped('running it again');
    this.#isRunning = true;
    try {
      for (;;) {
        const exit = await this.#runOnce();
        if (exit.kind !== 'reset' || this.config.onReset === 'exit') return exit;
        this.reset();
      }
    } finally {
      this.#isRunning = false;
      this.#stop = new StopVpSource();
    }
  }

  async #runOnce(): Promise<MachineExit> {
    for (;;) {
      this.#request = undefined;
      this.#stop = new StopVpSource();
      const reasons = await Promise.all(this.processors.map((processor) => this.#runProcessor(processor)));
      const exit = this.#request ?? exitOf(reasons);
      if (exit !== undefined) return exit;
      await this.#held;
      this.#held = undefined;
      if (this.config.haltExit === true && this.isHaltedForGood) return { kind: 'halted' };
    }
  }

  async #runProcessor(processor: Processor): Promise<VpHaltReason> {
    const reason = await processor.runVp(this.#stop.checker(), this.#io);
    this.#stop.stop();
    return reason;
  }

  /** Ends a run at the next instruction boundary. */
  stop(): void {
    this.#end({ kind: 'stopped' });
  }

  #end(exit: MachineExit): void {
    // The first reason counts: a guest that writes to two of these ports meant the first.
    this.#request ??= exit;
    this.#stop.stop();
  }

  /** The processors stop where they are, and go on when `work` is settled. */
  #hold(work: Promise<void>): void {
    this.#held = this.#held === undefined ? work : Promise.all([this.#held, work]).then(() => undefined);
    this.#stop.stop();
  }

  #fail(error: unknown): VpHaltReason {
    this.#end({ kind: 'failed', error });
    return { kind: 'stop' };
  }

  /** Every processor waits. Ends the run if the first one waits for ever: interrupts are off. */
  #lookAtIdle(): boolean {
    if (this.#idleLookAt === this.clock.now()) return false;
    this.#idleLookAt = this.clock.now();
    this.#stop.stop();
    return true;
  }

  /** Whether the first processor halted with interrupts off. The machine must not be running. */
  get isHaltedForGood(): boolean {
    const state = this.#processor(0).accessState(0);
    return state.get('activity').mpState === 'halted' && (state.get('registers').rflags & EFLAGS_IF) === 0n;
  }

  /** Power-on state, with the guest loaded again. */
  reset(): void {
    this.partition.supportsReset()?.reset();
    for (const processor of this.processors) processor.reset?.();
    this.chipset.reset();
    if (this.#boot !== undefined) this.#place(this.#boot());
  }

  /** Sends bytes to the guest's first serial port: how many were taken. */
  sendSerial(bytes: ArrayLike<number>): number {
    const taken = this.chipset.serial.receive(bytes);
    this.partition.requestYield(0);
    return taken;
  }

  /** Sends PS/2 set 2 scan codes. */
  sendScancodes(codes: readonly number[]): boolean {
    const taken = this.chipset.keyboard.sendScancodes(codes);
    this.partition.requestYield(0);
    return taken;
  }

  /** The whole state, in memory; the machine must not be running. `saveState` makes a file of it. */
  save(): MachineSnapshot {
    this.#requireStopped('saving');
    return takeSnapshot(this);
  }

  /**
   * Takes over a state saved by a machine of the same memory size, devices and processors, in number and model, on any backend.
   * Throws, with nothing changed, for any other.
   */
  restore(snapshot: MachineSnapshot): void {
    this.#requireStopped('restoring');
    restoreSnapshot(this, snapshot);
  }

  /** Keeps it from running, saving and restoring until the function that this gives is called. Throws a `MachineError` while it runs. */
  occupy(action: string): () => void {
    this.#requireStopped(action);
    this.#occupation = action;
    return () => void (this.#occupation = undefined);
  }

  inspect(path: string = '', depth: number = Infinity): InspectResult {
    return inspectPath(this.inspectNode(), path, depth);
  }

  inspectNode(): InspectNode {
    return tree({
      config: () => inspectValue(this.config),
      clock: () => tree({ mode: () => leaf(this.clock.mode), nanoseconds: () => leaf(this.clock.now()) }),
      chipset: () => inspectValue(this.chipset.save()),
      partition: () => this.partition.inspect(),
    });
  }

  #requireStopped(action: string): void {
    if (this.#isRunning) throw new MachineError('invalid-config', `the machine is running: ${action} needs it to be stopped`);
    if (this.#occupation !== undefined) throw new MachineError('invalid-config', `${this.#occupation} is not done: ${action} must wait for it`);
  }

  #processor(index: number): Processor {
    const processor = this.processors[index];
    if (processor === undefined) throw new MachineError('invalid-config', `processor ${index}: the machine has ${this.processors.length}`);
    return processor;
  }

  #nanoseconds(): number {
    if (this.#host.monotonicNanoseconds !== undefined) return this.#host.monotonicNanoseconds();
    return (globalThis as unknown as { performance: { now(): number } }).performance.now() * NS_PER_MS;
  }
}

function exitOf(reasons: readonly VpHaltReason[]): MachineExit | undefined {
  for (const reason of reasons) {
    switch (reason.kind) {
      case 'powerOff':
      case 'reset':
      case 'tripleFault':
        return { kind: reason.kind };
      case 'hibernate':
        return { kind: 'powerOff' };
      default:
        break;
    }
  }
  return undefined;
}
