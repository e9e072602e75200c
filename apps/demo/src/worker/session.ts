import { Machine, readState, restoreState, saveState, type MachineConfig, type MachineExit } from '@ringzero/machine';
import type { BackendName, MachineEvent, MachineListener, MachinePhase, StartRequest } from '../protocol/machine-worker.ts';
import type { BootRequest } from '../protocol/boot-request.ts';
import type { MouseReport } from '../protocol/screen.ts';
import type { RestoredState, StateNotes } from '../protocol/saved-states.ts';
import { loadBackend } from './backends.ts';
import { readCounters } from './counters.ts';
import { describeExit } from './describe-exit.ts';
import { RegionLog } from './inspect/region-log.ts';
import { piecesOf, type OnProgress } from './load-file.ts';
import { MachineMedia, mediaOfState, NO_MEDIA } from './disks/machine-media.ts';
import type { DiskStorage } from './disks/disk-storage.ts';
import { driveDevices, resolveBoot, type ResolvedBoot } from './resolve-boot.ts';
import { Sampler } from './sampler.ts';
import { ScreenPainter } from './screen-painter.ts';
import { SerialInput } from './serial-input.ts';
import { SerialOutput } from './serial-output.ts';

const SAMPLE_MS = 250;
/** How often the processor is looked at while someone watches the compiler. */
const LOOK_MS = 40;
/** A step may wait for an interrupt: not for ever. */
const STEP_MS = 2000;

/** The one machine of a worker, and its life: switched on, running, paused, ended, off. */
export class Session {
  readonly regions: RegionLog = new RegionLog();
  readonly screen: ScreenPainter = new ScreenPainter(() => this.#machine, (mode) => this.#tell({ kind: 'screen', mode }));
  #listener: MachineListener = () => undefined;
  #machine: Machine | undefined;
  /** What a reset loads; unknown of a machine that was restored. */
  #boot: ResolvedBoot | undefined;
  #backend: BackendName = 'jit';
  #phase: MachinePhase = { kind: 'off' };
  /** Settles when the machine's run has ended. */
  #run: Promise<void> | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  /** The guest's time when it was paused: it does not see the pause. */
  #pausedAt = 0;
  #look: ReturnType<typeof setInterval> | undefined;
  readonly #sampler = new Sampler();
  readonly #output = new SerialOutput(async (bytes) => this.#listener({ kind: 'serial', bytes }));
  readonly #input = new SerialInput();

  readonly #disks: DiskStorage;
  /** The media in the machine's drives; it closes them when it is gone. */
  #media: MachineMedia = NO_MEDIA;

  constructor(disks: DiskStorage) {
    this.#disks = disks;
    setInterval(() => this.#sample(), SAMPLE_MS);
  }

  listen(listener: MachineListener): void {
    this.#listener = listener;
    this.#tell({ kind: 'phase', phase: this.#phase });
  }

  /** Runs `action` when those before it are done. */
  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(action);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  #required(): Machine {
    if (this.#machine === undefined) throw new Error('The machine is off: switch it on first.');
    return this.#machine;
  }

  start({ backend, boot, config, disk }: StartRequest): Promise<void> {
    return this.#inTurn(async () => {
      await this.#discard();
      this.#setPhase({ kind: 'loading' });
      try {
        const resolved = await this.#resolve(boot);
        this.#media = new MachineMedia(resolved.media, disk && (await this.#disks.open(disk.name)));
        const devices = [...(config.devices ?? []), ...driveDevices(resolved.drives, disk?.bus)];
        const machine = await this.#create({ ...config, memoryBytes: config.memoryBytes ?? resolved.memoryBytes, devices }, backend, this.#media);
        machine.load(resolved.source);
        this.#boot = resolved;
        this.#take(machine, backend, resolved.source.kind === 'linux');
      } catch (error) {
        await this.#closeMedia();
        this.#setPhase({ kind: 'off' });
        throw error;
      }
    });
  }

  #resolve(boot: BootRequest): Promise<ResolvedBoot> {
    return this.#withProgress((progress) => resolveBoot(boot, progress));
  }

  /** Gives `action` what to tell of its progress by; at its end there is none. */
  async #withProgress<T>(action: (progress: OnProgress) => Promise<T>): Promise<T> {
    try {
      return await action((task, fraction) => this.#tell({ kind: 'progress', progress: { task, fraction, isDone: false } }));
    } finally {
      this.#tell({ kind: 'progress', progress: { task: '', fraction: undefined, isDone: true } });
    }
  }

  async #create(config: MachineConfig, backend: BackendName, { byName: media }: MachineMedia): Promise<Machine> {
    const hypervisor = await loadBackend(backend, this.regions.observer);
    return new Machine(config, hypervisor, {
      media,
      onSerial: (byte) => this.#output.write(byte),
      onSerialSpace: () => this.#input.drain(),
      onDeviceLog: (text) => this.#tell({ kind: 'notice', text }),
    });
  }

  /** A machine that is ready to run becomes the one of the session. */
  #take(machine: Machine, backend: BackendName, awaitDriver: boolean): void {
    this.#machine = machine;
    this.#backend = backend;
    this.regions.clear();
    this.#input.attach(machine, awaitDriver);
    this.#sampler.start(performance.now());
    this.#tellBackend();
    this.#go(machine);
  }

  #go(machine: Machine): void {
    this.#setPhase({ kind: 'running' });
    this.#run = machine.run().then((exit) => this.#ended(machine, exit));
  }

  #ended(machine: Machine, exit: MachineExit): void {
    this.#run = undefined;
    if (this.#machine !== machine) return;
    this.#pausedAt = machine.clock.now();
    this.#sample();
    this.#setPhase({ kind: 'ended', ...describeExit(exit) });
  }

  /** The machine is gone, and its media but those that the next one has. */
  async #discard(kept?: MachineMedia): Promise<void> {
    const machine = this.#machine;
    this.#machine = undefined;
    this.#boot = undefined;
    this.#input.detach();
    await machine?.dispose();
    await this.#run;
    await this.#closeMedia(kept);
    this.#setPhase({ kind: 'off' });
  }

  async #closeMedia(kept?: MachineMedia): Promise<void> {
    const media = this.#media;
    this.#media = NO_MEDIA;
    await media.closeExcept(kept);
  }

  /** Gives `action` the machine while no instruction is executed and the guest's time stands still; then it goes on. */
  whileStopped<T>(action: (machine: Machine) => T | Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      const machine = this.#required();
      return machine.atBoundary(async () => {
        const now = this.#phase.kind === 'running' ? machine.clock.now() : this.#pausedAt;
        machine.clock.setNow(now);
        try {
          return await action(machine);
        } finally {
          machine.clock.setNow(now);
        }
      });
    });
  }

  pause(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#phase.kind === 'running') await this.#pause();
    });
  }

  async #pause(): Promise<void> {
    await this.#required().pause();
    this.#pausedAt = this.#required().clock.now();
    this.#sample();
    // It may have ended by itself just then.
    if (this.#phase.kind === 'running') this.#setPhase({ kind: 'paused' });
  }

  resume(): Promise<void> {
    return this.#inTurn(async () => this.#resume());
  }

  #resume(): void {
    if (this.#phase.kind !== 'paused') return;
    const machine = this.#required();
    machine.clock.setNow(this.#pausedAt);
    this.#sampler.resumed(performance.now());
    this.#setPhase({ kind: 'running' });
    machine.resume();
  }

  /** Executes one instruction of a paused machine. */
  step(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#phase.kind !== 'paused') throw new Error('Pause the machine before stepping.');
      const machine = this.#required();
      machine.clock.setNow(this.#pausedAt);
      this.#sampler.resumed(performance.now());
      const timer = setTimeout(() => void machine.pause(), STEP_MS);
      await machine.debug.step();
      clearTimeout(timer);
      if (this.#run === undefined) return;
      this.#pausedAt = machine.clock.now();
      this.#tellSample(machine);
    });
  }

  reset(boot: BootRequest | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const machine = this.#required();
      await this.#reload(machine, boot);
      const wasPaused = this.#phase.kind === 'paused';
      await machine.reset();
      this.#sampler.start(performance.now());
      this.#sampler.restartFrom(readCounters(machine));
      this.#input.attach(machine, this.#boot?.source.kind === 'linux');
      if (this.#run === undefined) this.#go(machine);
      else if (wasPaused) {
        this.#pausedAt = machine.clock.now();
        this.#resume();
      }
    });
  }

  /** Gets hold of what a restored machine is to start again with. */
  async #reload(machine: Machine, boot: BootRequest | undefined): Promise<void> {
    if (this.#boot !== undefined) return;
    if (boot === undefined) throw new Error('The guest of this saved state is not among those here: it can go on, but not be reset. Choose a guest and start it instead.');
    const { source } = (this.#boot = await this.#resolve(boot));
    await machine.atBoundary(() => machine.load(source));
  }

  powerOff(): Promise<void> {
    return this.#inTurn(() => this.#discard());
  }

  switchBackend(backend: BackendName): Promise<void> {
    return this.#inTurn(() => this.#switch(backend));
  }

  async #switch(backend: BackendName): Promise<void> {
    const machine = this.#required();
    const hypervisor = await loadBackend(backend, this.regions.observer);
    await machine.switchBackend(hypervisor);
    this.regions.clear();
    this.#backend = backend;
    this.#sampler.engineChanged(performance.now());
    this.#tellBackend();
  }

  /** Keeps what the JIT compiles from now on, or no longer. A JIT at work begins anew, so that it compiles what is hot again. */
  watchRegions(isWatching: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (this.regions.isWatching === isWatching) return;
      this.regions.watch(isWatching);
      clearInterval(this.#look);
      if (!isWatching) return;
      this.#look = setInterval(() => this.#lookAtProcessor(), LOOK_MS);
      if (this.#machine !== undefined && this.#backend === 'jit') await this.#switch('jit');
    });
  }

  #lookAtProcessor(): void {
    const machine = this.#machine;
    if (machine === undefined || this.#phase.kind !== 'running') return;
    void machine.atBoundary(() => {
      const state = machine.processors[0]!.accessState(0);
      if (state.get('activity').mpState === 'running') this.regions.look(Number(state.get('registers').rip & 0xffff_ffffn));
    });
  }

  /** Saves the machine, which stands still meanwhile: `keep` takes the pieces of the file. */
  saveState<T>(notes: StateNotes, keep: (pieces: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void) => Promise<T>): Promise<T> {
    return this.whileStopped((machine) =>
      this.#withProgress((progress) => {
        progress('Saving the machine', undefined);
        return keep(saveState(machine, { notes: { ...notes, ...this.#media.notes() }, date: Date.now() }), (bytes) => progress(`Saving the machine, ${(bytes / 2 ** 20).toFixed(1)} MB`, undefined));
      }),
    );
  }

  /** Goes on from a saved state. The machine that is there stays until the state has proved sound. */
  restoreState(name: string, blob: Blob, backend: BackendName): Promise<RestoredState> {
    return this.#inTurn(() =>
      this.#withProgress(async (progress) => {
        const saved = await readState(piecesOf(blob, (bytes) => progress(`Reading ${name}`, bytes / blob.size)));
        const { config, notes = {} } = saved.header;
        progress(`Restoring ${name}`, undefined);
        const media = await mediaOfState(name, saved.header, this.#media, this.#disks);
        const isRunning = this.#phase.kind === 'running';
        let warning: string | undefined;
        try {
          // It may have the same disk: what it writes now would come too late to be noticed.
          if (isRunning) await this.#pause();
          warning = media.changeSince(name, notes);
          const machine = await this.#create(config, backend, media);
          await restoreState(machine, saved);
          // Dropped media come with the guest that they were dropped for.
          const boot = media.hasDropped ? this.#boot : undefined;
          await this.#discard(media);
          this.#boot = boot;
          this.#media = media;
          this.#take(machine, backend, false);
          if (warning !== undefined) await this.#pause();
        } catch (error) {
          await media.closeExcept(this.#media);
          if (isRunning) this.#resume();
          throw error;
        }
        return { config, notes, disk: media.choice(config), warning };
      }),
    );
  }

  sendSerial(bytes: Uint8Array): void {
    this.#input.send(bytes);
  }

  sendScancodes(codes: readonly number[]): void {
    this.#machine?.sendScancodes(codes);
  }

  sendMouse(report: MouseReport): void {
    this.#machine?.sendMouse(report);
  }

  #sample(): void {
    const machine = this.#machine;
    if (machine !== undefined && this.#phase.kind === 'running') this.#tellSample(machine);
  }

  #tellSample(machine: Machine): void {
    this.#tell({ kind: 'sample', sample: this.#sampler.sample(machine, this.#backend, performance.now()) });
  }

  #setPhase(phase: MachinePhase): void {
    this.#phase = phase;
    this.#tell({ kind: 'phase', phase });
  }

  #tellBackend(): void {
    const { hasDynamicCode } = readCounters(this.#required());
    this.#tell({ kind: 'backend', backend: this.#backend, hasDynamicCode });
  }

  #tell(event: MachineEvent): void {
    void this.#listener(event);
  }
}
