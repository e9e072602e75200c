import { Machine, type MachineConfig, type MachineExit } from '@ringzero/machine';
import type { BackendName, MachineEvent, MachineListener, MachinePhase, StartRequest } from '../protocol/machine-worker.ts';
import { loadBackend } from './backends.ts';
import { readCounters } from './counters.ts';
import { describeExit } from './describe-exit.ts';
import { RegionLog } from './inspect/region-log.ts';
import { resolveBoot, type ResolvedBoot } from './resolve-boot.ts';
import { Sampler } from './sampler.ts';
import { SerialInput } from './serial-input.ts';
import { SerialOutput } from './serial-output.ts';

const SAMPLE_MS = 250;

/** The one machine of a worker, and its life: switched on, running, paused, ended, off. */
export class Session {
  readonly regions: RegionLog = new RegionLog();
  #listener: MachineListener = () => undefined;
  #machine: Machine | undefined;
  #boot: ResolvedBoot | undefined;
  #backend: BackendName = 'jit';
  #phase: MachinePhase = { kind: 'off' };
  /** Settles when the machine has stopped. */
  #run: Promise<void> | undefined;
  /** Set while a run is ended only to be gone on with: its end is no news. */
  #isInterrupted = false;
  #queue: Promise<unknown> = Promise.resolve();
  /** The guest's time when it stopped: it does not see the pause. */
  #pausedAt = 0;
  readonly #sampler = new Sampler();
  readonly #output = new SerialOutput(async (bytes) => this.#listener({ kind: 'serial', bytes }));
  readonly #input = new SerialInput();

  constructor() {
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

  start(request: StartRequest): Promise<void> {
    return this.#inTurn(async () => {
      await this.#interrupt();
      this.#discard();
      this.#setPhase({ kind: 'loading' });
      try {
        this.#boot = await resolveBoot(request.boot, (task, fraction) => this.#tell({ kind: 'progress', progress: { task, fraction, isDone: false } }));
        const config = { ...request.config, memoryBytes: request.config.memoryBytes ?? this.#boot.memoryBytes };
        const machine = await this.#create(config, request.backend);
        machine.load(this.#boot.source);
        this.#machine = machine;
        this.#input.attach(machine, this.#boot.source.kind === 'linux');
        this.#sampler.start(performance.now());
        this.#tellBackend();
        this.#go();
      } catch (error) {
        this.#discard();
        throw error;
      } finally {
        this.#tell({ kind: 'progress', progress: { task: '', fraction: 1, isDone: true } });
      }
    });
  }

  async #create(config: MachineConfig, backend: BackendName): Promise<Machine> {
    const hypervisor = await loadBackend(backend, this.regions.observer);
    this.regions.clear();
    this.#backend = backend;
    return new Machine(config, hypervisor, {
      onSerial: (byte) => this.#output.write(byte),
      onSerialSpace: () => this.#input.drain(),
      onDeviceLog: (text) => this.#tell({ kind: 'notice', text }),
    });
  }

  #discard(): void {
    this.#input.detach();
    this.#machine = undefined;
    this.#boot = undefined;
    this.#setPhase({ kind: 'off' });
  }

  /** Lets a machine that is stopped run. */
  #go(): void {
    const machine = this.#machine!;
    this.#isInterrupted = false;
    this.#sampler.resumed(performance.now());
    this.#setPhase({ kind: 'running' });
    this.#run = machine.run().then((exit) => this.#ended(machine, exit));
  }

  #ended(machine: Machine, exit: MachineExit): void {
    this.#run = undefined;
    this.#pausedAt = machine.clock.now();
    this.#sample();
    if (exit.kind === 'stopped' && this.#isInterrupted) return;
    this.#setPhase({ kind: 'ended', ...describeExit(exit) });
  }

  /** Stops the machine if it runs; says whether it did. */
  async #interrupt(): Promise<boolean> {
    if (this.#run === undefined) return false;
    this.#isInterrupted = true;
    this.#machine!.stop();
    await this.#run;
    // It may have ended by itself just then.
    return this.#phase.kind === 'running';
  }

  /** Goes on after an interruption, as if there had been none. */
  #goOn(): void {
    this.#machine!.clock.setNow(this.#pausedAt);
    this.#go();
  }

  /** Gives `action` the machine, stopped; afterwards it does what it did before. */
  whileStopped<T>(action: (machine: Machine) => T | Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      if (this.#machine === undefined) throw new Error('the machine is off: switch it on first');
      const wasRunning = await this.#interrupt();
      try {
        return await action(this.#machine);
      } finally {
        if (wasRunning) this.#goOn();
      }
    });
  }

  pause(): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#interrupt()) this.#setPhase({ kind: 'paused' });
    });
  }

  resume(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#phase.kind === 'paused') this.#goOn();
    });
  }

  reset(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#machine === undefined) throw new Error('the machine is off: switch it on first');
      await this.#interrupt();
      this.#machine.reset();
      this.#sampler.start(performance.now());
      this.#sampler.skip(readCounters(this.#machine));
      this.#input.attach(this.#machine, this.#boot?.source.kind === 'linux');
      this.#go();
    });
  }

  powerOff(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#interrupt();
      this.#discard();
    });
  }

  switchBackend(backend: BackendName): Promise<void> {
    return this.whileStopped(async (machine) => {
      const next = await this.#create(machine.config, backend);
      next.load(this.#boot!.source);
      next.restore(machine.save());
      this.#pausedAt = next.clock.now();
      this.#machine = next;
      this.#input.move(next);
      this.#sampler.engineChanged(performance.now());
      this.#tellBackend();
    });
  }

  sendSerial(bytes: Uint8Array): void {
    this.#input.send(bytes);
  }

  sendScancodes(codes: readonly number[]): void {
    this.#machine?.sendScancodes(codes);
  }

  #sample(): void {
    const machine = this.#machine;
    if (machine === undefined || this.#phase.kind !== 'running') return;
    this.#tell({ kind: 'sample', sample: this.#sampler.sample(machine, this.#backend, performance.now()) });
  }

  #setPhase(phase: MachinePhase): void {
    this.#phase = phase;
    this.#tell({ kind: 'phase', phase });
  }

  #tellBackend(): void {
    const { hasDynamicCode } = readCounters(this.#machine!);
    this.#tell({ kind: 'backend', backend: this.#backend, hasDynamicCode });
  }

  #tell(event: MachineEvent): void {
    void this.#listener(event);
  }
}
