import { StopVpSource, type CpuIo, type Processor, type VpHaltReason } from '@ringzero/processor';
import { MachineError } from './errors.ts';

/** Why a run of a machine ended. */
export type MachineExit =
  | { readonly kind: 'powerOff' | 'reset' | 'halted' | 'stopped' | 'tripleFault' }
  /** `status` is `(value << 1) | 1`. */
  | { readonly kind: 'debugExit'; readonly status: number }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Why a processor stopped for a debugger. */
export type DebugHalt = Extract<VpHaltReason, { readonly kind: 'singleStep' | 'hwBreak' }>;

/** What the loop runs and whom it tells. */
export interface RunLoopHost {
  readonly io: CpuIo;
  /** Asked anew each time: engines come and go. */
  processors(): readonly Processor[];
  /** Before the processors go on from a stop. An exit ends the run instead. */
  onStopped(): MachineExit | undefined;
  /** A processor met a condition of its debug state; the machine is paused. */
  onDebugHalt(vp: number, halt: DebugHalt): void;
  /** A {@link RunLoop.pause} has taken effect. */
  onPaused(): void;
  /** Whether `exit` ends the run. False: the machine has done something about it, and it goes on. */
  endsBy(exit: MachineExit): boolean;
  /** The run is over. Without an exit it failed outside the guest. */
  onEnd(exit: MachineExit | undefined): void;
}

/**
 * Runs a machine's processors until something ends the run. In between it stops them all at an instruction boundary, where
 * whatever needs a machine at rest is done, and lets them go on: the guest notices nothing.
 */
export class RunLoop {
  readonly #host: RunLoopHost;
  #stop: StopVpSource = new StopVpSource();
  #request: MachineExit | undefined;
  /** What the host must finish before the guest goes on. */
  #held: Promise<void> | undefined;
  /** What is to be done at the next boundary, and what is being done. */
  readonly #work: (() => Promise<void>)[] = [];
  #working: Promise<void> | undefined;
  #isExecuting = false;
  #isRunning = false;
  #isPaused = false;
  #isClosed = false;
  #exit: Promise<MachineExit> | undefined;
  /** Ends a wait of the loop. */
  #wake: () => void = () => {};
  /** Those who wait for the processors to stop. */
  readonly #waiting: (() => void)[] = [];

  constructor(host: RunLoopHost) {
    this.#host = host;
  }

  /** Whether a run has begun and not ended; it may be paused. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Whether no instruction is executed until {@link resume}. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Whether processors may be in the middle of an instruction. */
  get isExecuting(): boolean {
    return this.#isExecuting;
  }

  /** The outcome of the current run; of a new one if there is none. */
  get exit(): Promise<MachineExit> {
    return this.#exit ?? this.run();
  }

  /** Runs until the guest or {@link end} ends it. */
  run(): Promise<MachineExit> {
    if (this.#isClosed) return Promise.reject(new MachineError('invalid-config', 'the machine has been disposed of'));
    if (this.#isRunning) return Promise.reject(new MachineError('invalid-config', 'the machine is running already'));
    this.#isRunning = true;
    this.#exit = this.#run();
    return this.#exit;
  }

  async #run(): Promise<MachineExit> {
    let exit: MachineExit | undefined;
    try {
      this.#request = undefined;
      for (;;) {
        const end = await this.#untilExit();
        // A stop that came since counts more than a guest's reset; one that comes while it is reset is for the next turn.
        const last = this.#request ?? end;
        this.#request = undefined;
        if (this.#host.endsBy(last)) return (exit = last);
      }
    } finally {
      this.#isRunning = false;
      this.#isPaused = false;
      this.#exit = undefined;
      this.#settle();
      void this.#doWork();
      this.#host.onEnd(exit);
    }
  }

  async #untilExit(): Promise<MachineExit> {
    for (;;) {
      await this.#rest();
      // Something may have come between the end of the rest and now.
      if (this.#request === undefined && !this.#isFree) continue;
      const exit = this.#request ?? this.#host.onStopped() ?? (await this.#execute());
      if (exit !== undefined) return exit;
    }
  }

  /** Ends the run for good; settled when all is done. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.end({ kind: 'stopped' });
    // What became of it is told to whoever ran it.
    await this.#exit?.catch(() => undefined);
    await this.#doWork();
  }

  /** Lets the processors run until one of them stops, and all have. */
  async #execute(): Promise<MachineExit | undefined> {
    this.#stop = new StopVpSource();
    this.#isExecuting = true;
    let reasons: readonly VpHaltReason[];
    try {
      reasons = await Promise.all(this.#host.processors().map((processor) => this.#runProcessor(processor)));
    } finally {
      this.#isExecuting = false;
    }
    reasons.forEach((reason, vp) => {
      if (reason.kind !== 'singleStep' && reason.kind !== 'hwBreak') return;
      this.#isPaused = true;
      this.#host.onDebugHalt(vp, reason);
    });
    return this.#request ?? exitOf(reasons);
  }

  async #runProcessor(processor: Processor): Promise<VpHaltReason> {
    const reason = await processor.runVp(this.#stop.checker(), this.#host.io);
    this.#stop.stop();
    return reason;
  }

  /** Between two stretches of execution: does what is to be done, and waits while the machine is held up or paused. */
  async #rest(): Promise<void> {
    for (;;) {
      await this.#doWork();
      this.#settle();
      if (this.#request !== undefined || this.#isFree) return;
      if (this.#work.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Whether nothing keeps the processors from going on. */
  get #isFree(): boolean {
    return this.#work.length === 0 && this.#working === undefined && !this.#isPaused && this.#held === undefined;
  }

  #settle(): void {
    const waiting = this.#waiting.splice(0);
    if (waiting.length > 0 && this.#isPaused) this.#host.onPaused();
    for (const settle of waiting) settle();
  }

  async #doWork(): Promise<void> {
    if (this.#working === undefined && this.#work.length > 0) this.#working = this.#doAll();
    await this.#working;
  }

  async #doAll(): Promise<void> {
    for (let next = this.#work.shift(); next !== undefined; next = this.#work.shift()) await next();
    this.#working = undefined;
  }

  /**
   * Does `action` while no processor runs: at the next instruction boundary if one does, else now. One action at a time, in the
   * order of the calls; the promise settles as the action does.
   */
  atBoundary<T>(action: () => T | Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#work.push(async () => {
        try {
          resolve(await action());
        } catch (error) {
          reject(error as Error);
        }
      });
      if (this.#isExecuting) this.#stop.stop();
      else if (this.#isRunning) this.#wake();
      else void this.#doWork();
    });
  }

  /** Stops at the next instruction boundary until {@link resume}; settled when it has. The run goes on to be one. Without a run, nothing. */
  pause(): Promise<void> {
    if (!this.#isRunning || (this.#isPaused && !this.#isExecuting)) return Promise.resolve();
    this.#isPaused = true;
    this.#stop.stop();
    this.#wake();
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  /** Goes on after a {@link pause}. */
  resume(): void {
    this.#isPaused = false;
    this.#wake();
  }

  /** Ends the run at the next instruction boundary. The first reason counts: a guest that gives two in one instruction meant the first. */
  end(exit: MachineExit): void {
    // But a guest that resets is not to outlive the host's stop.
    if (this.#request === undefined || this.#request.kind === 'reset') this.#request = exit;
    this.#stop.stop();
    this.#wake();
  }

  /** The processors stop where they are, and go on when `work` is settled. */
  hold(work: Promise<void>): void {
    const held = this.#held === undefined ? work : Promise.all([this.#held, work]).then(() => undefined);
    this.#held = held;
    void held.then(() => {
      if (this.#held !== held) return;
      this.#held = undefined;
      this.#wake();
    });
    this.#stop.stop();
  }

  /** The processors stop, and go on unless {@link RunLoopHost.onStopped} says otherwise. */
  interrupt(): void {
    this.#stop.stop();
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
