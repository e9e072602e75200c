import { GuestMemory } from '@ringzero/guest-memory';
import {
  inspectPath,
  inspectValue,
  leaf,
  tree,
  type Hypervisor,
  type InspectNode,
  type InspectResult,
  type Partition,
  type Processor,
} from '@ringzero/processor';
import type { BlockBackend, Device, MouseInput } from '@ringzero/devices';
import { isHypervisor, loadBackend, type BackendSource } from './backends.ts';
import { Chipset } from './chipset/chipset.ts';
import { findDeviceTypes } from './chipset/device-types.ts';
import type { MachineClock } from './clock/machine-clock.ts';
import { RealClock } from './clock/real-clock.ts';
import { VirtualClock } from './clock/virtual-clock.ts';
import { FIXED_START_DATE, validateMachineConfig, type MachineConfig } from './config.ts';
import { createCpuIo } from './cpu-io.ts';
import { Debugger } from './debug/debugger.ts';
import type { DebugStop } from './debug/debug-stop.ts';
import { Engine, type EngineBoard } from './engine.ts';
import { MachineError } from './errors.ts';
import { Emitter, type Listener } from './events/emitter.ts';
import type { MachineEvents } from './events/machine-events.ts';
import { writeAcpiTables, writeBiosDataArea, type AcpiMachine } from './firmware/acpi-tables.ts';
import { firmwareFiles } from './firmware/firmware-files.ts';
import { setUpPci } from './firmware/pci-setup.ts';
import type { BootSource } from './loaders/boot-source.ts';
import { loadGuest } from './loaders/load.ts';
import type { MachineHost } from './machine-host.ts';
import { RunLoop, type MachineExit } from './run-loop.ts';
import { SerialPort } from './serial/serial-port.ts';
import { restoreSnapshot, takeSnapshot, type MachineSnapshot } from './snapshot/machine-snapshot.ts';
import { instructionsRetired, readStatistics, type MachineStatistics } from './statistics.ts';

const EFLAGS_IF = 0x200n;
const NS_PER_MS = 1_000_000;
// The host's property is a function's value each time that it is read.
const { performance } = globalThis as unknown as { readonly performance: { now(): number } };

/** A PC: memory, chipset and the processors of a partition, with a guest in it. */
export class Machine implements AsyncDisposable {
  readonly config: MachineConfig;
  readonly memory: GuestMemory;
  readonly clock: MachineClock;
  readonly chipset: Chipset;
  /** The host's end of the first serial port. */
  readonly serial: SerialPort;
  /** Breakpoints, single steps, registers and memory. */
  readonly debug: Debugger;
  /** The media that the host provides, by name. */
  readonly media: Readonly<Record<string, BlockBackend>>;
  readonly #host: MachineHost;
  readonly #board: EngineBoard;
  readonly #loop: RunLoop;
  #engine: Engine;
  readonly #events = new Emitter<MachineEvents>();
  #boot: (() => BootSource) | undefined;
  /** Instructions retired on engines before this one. */
  #retiredBefore = 0;
  #idleLookAt = -1;
  /** What keeps it from running, such as a save. */
  #occupation: { readonly action: string } | undefined;

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
    this.chipset = new Chipset({
      clock: this.clock,
      memory: this.memory,
      processors: count,
      startDate: config.startDate ?? (config.clock === 'virtual' ? FIXED_START_DATE : (host.date?.() ?? Date.now())),
      bootOrder: config.bootOrder,
      debugExitPort: config.debugExitPort,
      testDevice: config.testDevice ?? false,
      hpet: config.hpet ?? true,
      devices,
      media: this.media,
      onIntr: () => this.partition.pulseLint(0, 0, 0),
      onMessage: (address, data) => this.partition.requestMsi(0, { address, data }),
      onSerial: (byte) => this.#received(byte),
      onSerialSpace: () => this.#emit('serialSpace', undefined),
      onDebugConsole: (byte) => this.#emit('debugConsole', byte),
      onPowerOff: () => this.#loop.end({ kind: 'powerOff' }),
      onReset: () => this.#loop.end({ kind: 'reset' }),
      onDebugExit: (status) => this.#loop.end({ kind: 'debugExit', status }),
      onDeviceLog: (message) => this.#emit('log', message),
      hold: (work) => this.#loop.hold(work),
      wake: () => this.partition.requestYield(0),
    });
    this.#board = { memory: this.memory, clock: this.clock, processors: count, cpu };
    this.#engine = new Engine(hypervisor, this.#board);
    const io = createCpuIo(this.memory, this.chipset, {
      logPorts: new Set(config.logPorts),
      onLog: (port, value) => this.#emit('portWrite', { port, value }),
      onFatalError: (error) => {
        this.#loop.end({ kind: 'failed', error });
        return { kind: 'stop' };
      },
    });
    this.#loop = new RunLoop({
      io,
      processors: () => this.processors,
      onStopped: () => (config.haltExit === true && this.isHaltedForGood ? { kind: 'halted' } : undefined),
      onDebugHalt: (vp, halt) => this.debug.halted(vp, halt),
      onPaused: () => {
        this.debug.paused();
        this.#emit('pause', undefined);
      },
      endsBy: (exit) => exit.kind !== 'reset' || config.onReset === 'exit' || (this.#reset(), false),
      onEnd: (exit) => {
        this.serial.ended();
        if (exit !== undefined) this.#emit('exit', exit);
      },
    });
    this.serial = new SerialPort({ send: (bytes) => this.sendSerial(bytes), hold: (work) => this.#loop.hold(work) });
    this.debug = new Debugger({ memory: this.memory, loop: this.#loop, processors: () => this.processors, onStop: (stop) => this.#emit('debug', stop), requireFree: (action) => this.#requireFree(action) });
    const { onSerial, onSerialSpace, onLog, onDebugConsole, onDeviceLog } = host;
    if (onSerial !== undefined) this.on('serial', onSerial.bind(host));
    if (onSerialSpace !== undefined) this.on('serialSpace', onSerialSpace.bind(host));
    if (onLog !== undefined) this.on('portWrite', ({ port, value }) => onLog.call(host, port, value));
    if (onDebugConsole !== undefined) this.on('debugConsole', onDebugConsole.bind(host));
    if (onDeviceLog !== undefined) this.on('log', onDeviceLog.bind(host));
    if (config.haltExit === true) this.clock.onIdle = () => this.#lookAtIdle();
  }

  /** The partition of the current engine: another one after {@link switchBackend}. */
  get partition(): Partition {
    return this.#engine.partition;
  }

  /** The processors of the current engine, by index. */
  get processors(): readonly Processor[] {
    return this.#engine.processors;
  }

  /** The hypervisor that the machine runs on now. */
  get hypervisor(): Hypervisor {
    return this.#engine.hypervisor;
  }

  /**
   * Goes on with another engine from the next instruction boundary on: the whole state of every processor moves to a new partition
   * of the hypervisor, over the same memory and devices. The guest notices nothing; with the virtual clock the run is the same to the
   * bit. Settled when the machine has moved. Rejects, with nothing changed, if the hypervisor has not the machine's CPU model.
   *
   * @param backend a hypervisor, what loads one, or a name of {@link MachineHost.backends}.
   */
  switchBackend(backend: BackendSource | string): Promise<void> {
    if (isHypervisor(backend)) return this.#loop.atBoundary(() => this.#moveTo(backend));
    return loadBackend(backend, this.#host.backends ?? {}).then((hypervisor) => this.#loop.atBoundary(() => this.#moveTo(hypervisor)));
  }

  #moveTo(hypervisor: Hypervisor): void {
    this.#requireFree('another backend');
    const from = this.#engine;
    const retired = instructionsRetired(from.processors);
    this.#engine = from.succeededBy(hypervisor, this.#board);
    this.#retiredBefore += retired;
    // A request of the controller goes along with the processor's state, but for backends that have no such latch.
    if (this.chipset.pic.intr && !this.partition.caps.canFreezeTime) this.partition.pulseLint(0, 0, 0);
    this.debug.moved();
    this.#emit('backend', { from: from.hypervisor.name, to: hypervisor.name });
  }

  /** Calls `listener` for each event of this name; gives what ends it. */
  on<Name extends keyof MachineEvents>(name: Name, listener: Listener<MachineEvents[Name]>): () => void {
    return this.#events.on(name, listener);
  }

  /** The next event of this name. */
  once<Name extends keyof MachineEvents>(name: Name): Promise<MachineEvents[Name]> {
    return this.#events.once(name);
  }

  #emit<Name extends keyof MachineEvents>(name: Name, value: MachineEvents[Name]): void {
    try {
      this.#events.emit(name, value);
    } catch (error) {
      if (!this.#loop.isRunning) throw error;
      this.#loop.end({ kind: 'failed', error });
    }
  }

  #received(byte: number): void {
    this.serial.received(byte);
    this.#emit('serial', byte);
  }

  /** What the machine has done so far; also while it runs. */
  statistics(): MachineStatistics {
    return readStatistics(this.hypervisor.name, this.clock.now(), this.#retiredBefore, this.processors);
  }

  /** Does `action` while no instruction is executed: at the next boundary if the machine is running, which then goes on. */
  atBoundary<T>(action: () => T | Promise<T>): Promise<T> {
    return this.#loop.atBoundary(action);
  }

  /** A device by its name: an id of the configuration, or one of the board's. Undefined if there is none. */
  device(name: string): Device<unknown> | undefined {
    return this.chipset.device(name);
  }

  /** Loads a guest; the machine starts it when it runs, and again when the guest resets. What a function gives is not kept meanwhile. */
  load(boot: BootSource | (() => BootSource)): void {
    this.#requireFree('loading a guest');
    const read = typeof boot === 'function' ? boot : () => boot;
    this.#place(read());
    this.#boot = read;
  }

  #place(boot: BootSource): void {
    const state = this.#processor(0).accessState(0);
    const hasVga = (this.config.devices ?? []).some(({ type }) => type === 'vga');
    const acpi: AcpiMachine = {
      ramBytes: this.memory.ramBytes,
      apicIds: this.partition.caps.apic ? this.processors.map((processor) => processor.vp.apicId) : [],
      hasHpet: this.chipset.device('hpet') !== undefined,
    };
    const writeFirmware = (): void => {
      writeAcpiTables(this.memory, acpi);
      writeBiosDataArea(this.memory, hasVga);
      setUpPci(this.chipset.pci, this.chipset.ports);
    };
    const { pci, fwCfg } = this.chipset;
    const giveFirmwareFiles = (vgaBios: Uint8Array | undefined): void => fwCfg.setFiles(firmwareFiles({ acpi, pci, vgaBios, bootMenuWait: this.config.bootMenuWait }));
    loadGuest(boot, { memory: this.memory, state, hasVga, writeFirmware, giveFirmwareFiles });
  }

  /** Runs until the guest or `stop()` ends it. A guest's reset starts it anew unless the configuration says otherwise. */
  run(): Promise<MachineExit> {
    return this.#loop.run();
  }

  /** Ends a run at the next instruction boundary. */
  stop(): void {
    this.#loop.end({ kind: 'stopped' });
  }

  /** Stops a run at the next instruction boundary until {@link resume}; settled when it has stopped. */
  pause(): Promise<void> {
    return this.#loop.pause();
  }

  /** Goes on after {@link pause}, or from where a debugger stopped. */
  resume(): void {
    if (!this.#loop.isPaused) return;
    this.#loop.resume();
    this.#emit('resume', undefined);
  }

  /** Lets processor `vp` execute so many instructions, and pauses. */
  step(count: number = 1, vp: number = 0): Promise<DebugStop> {
    return this.debug.step(count, vp);
  }

  /** Whether the machine is paused. */
  get isPaused(): boolean {
    return this.#loop.isPaused;
  }

  /** Every processor waits. Ends the run if the first one waits for ever: interrupts are off. */
  #lookAtIdle(): boolean {
    if (this.#idleLookAt === this.clock.now()) return false;
    this.#idleLookAt = this.clock.now();
    this.#loop.interrupt();
    return true;
  }

  /** Whether the first processor halted with interrupts off. The machine must not be running. */
  get isHaltedForGood(): boolean {
    const state = this.#processor(0).accessState(0);
    return state.get('activity').mpState === 'halted' && (state.get('registers').rflags & EFLAGS_IF) === 0n;
  }

  /** Power-on state, with the guest loaded again; at the next instruction boundary if the machine runs, which then goes on. */
  reset(): Promise<void> {
    return this.#loop.atBoundary(() => this.#reset());
  }

  #reset(): void {
    this.#requireFree('a reset');
    this.partition.supportsReset()?.reset();
    for (const processor of this.processors) processor.reset?.();
    this.chipset.reset();
    if (this.#boot !== undefined) this.#place(this.#boot());
    this.#emit('reset', undefined);
  }

  /** Ends the run, if there is one, and lets go of everything. The machine cannot be used afterwards. Idempotent. */
  async dispose(): Promise<void> {
    await this.#loop.close();
    this.partition.dispose();
    this.serial.ended();
    this.#events.clear();
  }

  /** {@link dispose}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  static {
    // Not every host has the symbol; compilers of `await using` then look for this one.
    const symbol = Symbol.asyncDispose as symbol | undefined;
    if (symbol === undefined) Object.defineProperty(this.prototype, Symbol.for('Symbol.asyncDispose'), { value: this.prototype.dispose });
  }

  /** Sends bytes to the guest's first serial port: how many were taken. */
  sendSerial(bytes: ArrayLike<number>): number {
    const taken = this.chipset.serial.receive(bytes);
    this.partition.requestYield(0);
    return taken;
  }

  /** Key events as scan codes of set 1 (make, break with bit 7, prefixes): false if the keyboard's buffer is full or the guest has turned it off. */
  sendScancodes(codes: readonly number[]): boolean {
    const taken = this.chipset.keyboard.sendScancodes(codes);
    this.partition.requestYield(0);
    return taken;
  }

  /** Presses the power button: the guest's operating system decides what to do. */
  pressPowerButton(): void {
    this.chipset.pm.pressPowerButton();
    this.partition.requestYield(0);
  }

  /** Movement, wheel and buttons of the PS/2 mouse: false if the guest does not listen to it. */
  sendMouse(input: MouseInput): boolean {
    const taken = this.chipset.keyboard.sendMouse(input);
    this.partition.requestYield(0);
    return taken;
  }

  /** The whole state, in memory; no instruction may be executed meanwhile ({@link atBoundary}). `saveState` makes a file of it. */
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

  /**
   * Keeps the machine at rest until the function that this gives is called: a run waits, and what would change the machine throws.
   * Throws a `MachineError` while instructions are executed or something else has it at rest.
   */
  occupy(action: string): () => void {
    this.#requireStopped(action);
    const occupation = { action };
    this.#occupation = occupation;
    let release = (): void => undefined;
    this.#loop.hold(new Promise<void>((resolve) => (release = resolve)));
    return () => {
      if (this.#occupation === occupation) this.#occupation = undefined;
      release();
    };
  }

  /** Power-on state, by whoever has {@link occupy occupied} the machine: half of a state is worse than none. */
  resetOccupied(): void {
    this.#occupation = undefined;
    this.#reset();
  }

  /** An evaluated part of the inspect tree: below `path`, `depth` levels deep. */
  inspect(path: string = '', depth: number = Infinity): InspectResult {
    return inspectPath(this.inspectNode(), path, depth);
  }

  /** The inspect tree: configuration, clock, chipset, and what the engine shows of its processors. */
  inspectNode(): InspectNode {
    return tree({
      config: () => inspectValue(this.config),
      clock: () => tree({ mode: () => leaf(this.clock.mode), nanoseconds: () => leaf(this.clock.now()) }),
      chipset: () => inspectValue(this.chipset.save()),
      partition: () => this.partition.inspect(),
    });
  }

  #requireStopped(action: string): void {
    if (this.#loop.isExecuting) throw new MachineError('invalid-config', `the machine is running: ${action} needs it to be stopped`);
    this.#requireFree(action);
  }

  #requireFree(action: string): void {
    if (this.#occupation !== undefined) throw new MachineError('invalid-config', `${this.#occupation.action} is not done: ${action} must wait for it`);
  }

  #processor(index: number): Processor {
    const processor = this.processors[index];
    if (processor === undefined) throw new MachineError('invalid-config', `processor ${index}: the machine has ${this.processors.length}`);
    return processor;
  }

  #nanoseconds(): number {
    if (this.#host.monotonicNanoseconds !== undefined) return this.#host.monotonicNanoseconds();
    return performance.now() * NS_PER_MS;
  }
}
