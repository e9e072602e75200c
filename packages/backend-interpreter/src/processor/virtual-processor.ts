import {
  BreakpointType,
  createEventLoop,
  NO_BREAKPOINTS,
  inspectAll,
  leaf,
  NeedsYield,
  StateAccessError,
  tree,
  UnsupportedVtlError,
  VpRunningError,
  type AccessVpState,
  type CpuIo,
  type DebugState,
  type EventLoop,
  type HardwareBreakpoint,
  type InspectNode,
  type Processor,
  type Sleep,
  type StopVp,
  type VpHaltReason,
  type VpInfo,
  type Vtl,
} from '@ringzero/processor';
import { CR0_NE, EFLAGS_RF, EFLAGS_TF } from '@ringzero/x86';
import {
  BUDGET,
  CR0,
  deliverException,
  FAULT,
  INTERRUPT_SHADOW,
  DEBUG_PENDING,
  MP_RUNNING,
  MP_STATE,
  RFLAGS,
  RIP,
  R_CS_BASE,
  SHADOW_MOV_SS,
  STATUS_ALONE,
  STATUS_BRANCHED,
  STATUS_FAULT,
  STATUS_OK,
  STATUS_SHUTDOWN,
  STATUS_SUSPEND,
  stepsOnBranches,
  type DebugUnit,
  type Vp,
} from '@ringzero/x86-semantics';
import type { Execution } from '../engine/execution.ts';
import type { ExitCounters } from '../engine/exit-counters.ts';
import type { Events } from './events.ts';
import { FerrPin } from './ferr-pin.ts';
import { Quantum } from './quantum.ts';
import { VpStateAccess } from './state-access.ts';
import type { TurnTaker } from './turns.ts';
import type { VpHost } from './vp-host.ts';

const DR6_BS = 0x4000;
const VECTOR_DB = 1;
const VECTOR_MF = 16;

/** What a quantum ended with when the VP is not to halt. */
type Outcome = 'continue' | 'suspended' | 'idle' | 'notItsTurn' | VpHaltReason;

/** One software VP: the run loop around an engine's {@link Execution}. */
export class VirtualProcessor implements Processor, TurnTaker {
  readonly vp: VpInfo;
  readonly cpu: Vp;
  readonly execution: Execution;
  readonly events: Events;
  readonly debug: DebugUnit;
  readonly counters: ExitCounters;
  isIdle = false;
  readonly #host: VpHost;
  readonly #loop: EventLoop = createEventLoop();
  readonly #needsYield: NeedsYield = new NeedsYield(this.#loop.turn);
  readonly #quantum: Quantum;
  #isRunning = false;
  #singleStep = false;
  #debugState: DebugState | undefined;
  /** Set when a debugger's breakpoint was reported at this linear address: the instruction then runs. */
  #reportedAt: number | undefined;
  #sleep: Sleep | undefined;
  #stop: StopVp | undefined;
  /** The delivery that a device's promise interrupted. */
  #unfinished: (() => number) | undefined;
  #mustResume = false;
  readonly #ferr: FerrPin;
  /** Delivers the exception that is recorded. */
  readonly #exception: () => number;

  constructor(info: VpInfo, execution: Execution, host: VpHost, events: Events, debug: DebugUnit) {
    this.vp = info;
    this.cpu = execution.vp;
    this.execution = execution;
    this.counters = execution.exits;
    this.#host = host;
    this.events = events;
    this.debug = debug;
    this.#quantum = new Quantum(execution.vp.clock);
    this.#ferr = new FerrPin(info.vpIndex, execution.vp);
    this.#exception = () => deliverException(execution.vp);
  }

  setDebugState(vtl: Vtl, state: DebugState | undefined): void {
    this.requireStopped(vtl, 'setting its debug state');
    const invalid = state?.breakpoints.findIndex((breakpoint) => breakpoint?.type === BreakpointType.invalid) ?? -1;
    if (invalid >= 0) throw new StateAccessError('debug state', `breakpoint ${invalid} is of the invalid type 1: expected execute, write or readOrWrite`);
    this.#singleStep = state?.singleStep ?? false;
    this.#debugState = state;
    this.debug.setHostBreakpoints(state?.breakpoints ?? NO_BREAKPOINTS);
    this.#reportedAt = undefined;
  }

  flushAsyncRequests(): void {
    this.events.flush();
  }

  accessState(vtl: Vtl): AccessVpState {
    this.requireStopped(vtl, 'accessing its state');
    return new VpStateAccess({
      vp: this.cpu,
      caps: this.#host.caps,
      refresh: () => this.events.refresh(),
      events: this.events,
      committed: () => {
        this.events.restored();
        this.#reportedAt = undefined;
        this.#ferr.refresh();
      },
      readTsc: () => this.#host.readTsc(this.cpu),
      writeTsc: (value) => this.#host.writeTsc(this.cpu, value),
    });
  }

  vtlInspectable(vtl: Vtl): boolean {
    return vtl === 0;
  }

  reset(): void {
    this.requireStopped(0, 'resetting it');
    this.#host.resetVp(this);
    this.#reportedAt = undefined;
  }

  /** Lets go of memory and of the clock. Throws a `VpRunningError` while it runs. */
  dispose(): void {
    this.requireStopped(0, 'disposing of it');
    this.events.dispose();
    this.execution.cache.dispose();
  }

  /** Throws a `VpRunningError` while it runs. */
  requireStopped(vtl: Vtl, action: string): void {
    if (vtl !== 0) throw new UnsupportedVtlError(vtl, this.#host.caps.highestVtl);
    if (this.#isRunning) throw new VpRunningError(this.vp.vpIndex, action);
  }

  /** Ends a sleep, and makes the run loop look at events soon. */
  kick(): void {
    this.#host.turns?.woken();
    this.#sleep?.wake();
  }

  requestYield(): void {
    this.#needsYield.requestYield();
    this.#sleep?.wake();
  }

  get isActive(): boolean {
    return this.#isRunning;
  }

  get isRunnable(): boolean {
    if (this.cpu.R[MP_STATE] === MP_RUNNING) return true;
    this.events.flush();
    return this.cpu.R[MP_STATE] === MP_RUNNING || this.events.canWake();
  }

  async runVp(stop: StopVp, dev: CpuIo): Promise<VpHaltReason> {
    if (this.#isRunning) throw new VpRunningError(this.vp.vpIndex, 'running it again');
    this.#isRunning = true;
    this.cpu.io.attach(dev);
    try {
      return await this.#run(stop);
    } catch (error) {
      return dev.fatalError(error);
    } finally {
      this.#isRunning = false;
      this.isIdle = false;
    }
  }

  async #run(stop: StopVp): Promise<VpHaltReason> {
    this.#stop = stop;
    // All that are to take turns are there before the first one does.
    if (this.#host.turns !== undefined) await Promise.resolve();
    for (;;) {
      if (this.#needsYield.isRequested) await this.#needsYield.maybeYield();
      else if (this.#quantum.isTurnDue()) await this.#turn();
      const outcome = this.#runQuantum();
      if (outcome === 'suspended') await this.#awaitDevice();
      else if (outcome === 'idle') await this.#idle(stop);
      else if (outcome === 'notItsTurn') await this.#turn();
      else if (outcome !== 'continue') return outcome;
    }
  }

  async #turn(): Promise<void> {
    await this.#loop.turn();
    this.#quantum.turned();
  }

  async #awaitDevice(): Promise<void> {
    const { io } = this.cpu;
    try {
      await io.pending;
    } finally {
      io.pending = null;
    }
    this.#quantum.turned();
  }

  /** Nothing to execute: virtual time jumps ahead when every VP is idle, real time passes while the host sleeps. */
  async #idle(stop: StopVp): Promise<void> {
    const { clock } = this.cpu;
    this.isIdle = true;
    if (this.#host.allIdle() && clock.skipIdle()) {
      this.isIdle = false;
      return;
    }
    const milliseconds = clock.mode === 'virtual' ? Infinity : clock.idleMilliseconds();
    if (milliseconds === 0) {
      // A timer is due, one of several that follow one another: a host's shortest sleep is a millisecond.
      this.isIdle = false;
      return;
    }
    this.#sleep = this.#loop.sleep(milliseconds);
    // A kick that came before the sleep was set up shows as an event.
    if (this.events.canWake()) this.#sleep.wake();
    await stop.untilStop(this.#sleep.done);
    this.#sleep.wake();
    this.#sleep = undefined;
    this.isIdle = false;
    this.#quantum.turned();
  }

  #runQuantum(): Outcome {
    const { cpu } = this;
    const R = cpu.R;
    cpu.clock.poll();
    // After the timers, which may have asked for it; an instruction that a device suspended is finished first.
    if (this.#isStopping()) return { kind: 'stop' };
    this.events.flush();
    if (R[MP_STATE] !== MP_RUNNING && !this.events.canWake()) return 'idle';
    const { turns } = this.#host;
    if (turns !== undefined && !turns.isOf(this)) return 'notItsTurn';
    turns?.begin();
    cpu.setBudget(this.#quantum.begin());
    this.execution.isShort = false;
    let outcome: Outcome = 'continue';
    while (R[BUDGET] > 0 && outcome === 'continue' && !this.execution.isShort) {
      outcome = this.#next();
      if (cpu.haltRequest !== null) {
        outcome = cpu.haltRequest;
        cpu.haltRequest = null;
      } else if (R[MP_STATE] !== MP_RUNNING && outcome === 'continue' && !this.events.canWake()) break;
    }
    cpu.syncClock(R[BUDGET]);
    this.#quantum.end();
    turns?.end();
    return outcome;
  }

  /** Delivers an event or executes instructions, up to the next point where something has to be looked at. */
  #next(): Outcome {
    const { cpu } = this;
    const R = cpu.R;
    if (this.#unfinished !== undefined) return this.#deliver(this.#unfinished);
    if (this.#ferr.isAsserted) this.#ferr.release();
    if (!this.#mustResume) {
      const event = this.events.pending();
      if (event !== undefined) return this.#deliver(event);
      if (R[MP_STATE] !== MP_RUNNING) this.events.endWait();
    }
    if (this.#mustResume || this.#singleStep || this.#ferr.isAsserted || R[INTERRUPT_SHADOW] !== 0 || (R[RFLAGS] & EFLAGS_TF) !== 0 || this.debug.hasInstructionBreakpoints) return this.#stepOne();
    return (R[RFLAGS] & EFLAGS_RF) !== 0 ? this.#runResumed() : this.#handle(this.execution.run());
  }

  /** RF is set, as after the handler of a fault, and nothing asks for it: the first instruction that completes clears it. */
  #runResumed(): Outcome {
    const { cpu } = this;
    const R = cpu.R;
    const before = R[BUDGET];
    R[RFLAGS] &= ~EFLAGS_RF;
    const status = this.execution.run();
    if (R[BUDGET] === before) R[RFLAGS] |= EFLAGS_RF;
    return this.#handle(status);
  }

  /** One instruction, with all that debugging, shadows and resumption ask. */
  #stepOne(): Outcome {
    const { cpu } = this;
    const R = cpu.R;
    const linear = (R[R_CS_BASE] + R[RIP]) | 0;
    const isResumed = this.#mustResume;
    this.#mustResume = false;
    if (!isResumed && this.debug.hasInstructionBreakpoints) {
      const breakpoint = this.#breakpoint(this.debug.hostInstructionBreakpoint(linear));
      if (breakpoint !== undefined && this.#reportedAt !== linear) {
        this.#reportedAt = linear;
        return { kind: 'hwBreak', breakpoint };
      }
      // Behind a load of SS there is none: the handler would find half of a stack (vol. 3A §6.8.3).
      const bits = R[INTERRUPT_SHADOW] === SHADOW_MOV_SS ? 0 : this.debug.instructionBreakpoint(linear);
      if (bits !== 0) {
        R[DEBUG_PENDING] |= bits;
        return this.#deliver(() => {
          cpu.raise(VECTOR_DB, -1);
          return deliverException(cpu);
        });
      }
    }
    return this.#executeOne(linear);
  }

  #executeOne(linear: number): Outcome {
    const { cpu } = this;
    const R = cpu.R;
    const flags = R[RFLAGS];
    const shadow = R[INTERRUPT_SHADOW];
    const ip = R[RIP];
    const before = R[BUDGET];
    cpu.stepping = this.#singleStep || (flags & EFLAGS_TF) !== 0;
    R[RFLAGS] = flags & ~EFLAGS_RF;
    R[INTERRUPT_SHADOW] = 0;
    const status = this.execution.runAlone();
    cpu.stepping = false;
    if (R[BUDGET] === before) {
      // It did not complete: everything is as it was.
      R[RFLAGS] = (R[RFLAGS] & ~EFLAGS_RF) | (flags & EFLAGS_RF);
      R[INTERRUPT_SHADOW] = shadow;
      return this.#handle(status);
    }
    this.#quantum.shorten(cpu);
    if (this.#reportedAt === linear && R[RIP] !== ip) this.#reportedAt = undefined;
    const isTrapped = (flags & EFLAGS_TF) !== 0 && (this.execution.wasBranch || !stepsOnBranches(cpu));
    if (isTrapped && !this.execution.wasSoftwareInterrupt) R[DEBUG_PENDING] |= DR6_BS;
    const outcome = this.#handle(status);
    if (outcome !== 'continue') return outcome;
    const hit = this.#breakpoint(this.debug.takeHostHit());
    if (hit !== undefined) return { kind: 'hwBreak', breakpoint: hit };
    if (this.#singleStep) return { kind: 'singleStep' };
    // The device that was touched may have ended the machine: not one instruction more.
    return this.#isStopping() ? { kind: 'stop' } : 'continue';
  }

  #isStopping(): boolean {
    return !this.#mustResume && this.#unfinished === undefined && this.#stop?.check() !== undefined;
  }

  /** What to do about the status of the instruction at RIP. */
  #handle(status: number): Outcome {
    const { cpu } = this;
    switch (status) {
      case STATUS_OK:
        return 'continue';
      case STATUS_FAULT:
        this.counters.faults++;
        if (cpu.faultVector === VECTOR_MF && (cpu.R[CR0] & CR0_NE) === 0) return this.#reportByPin();
        return this.#deliver(this.#exception);
      case STATUS_ALONE: {
        this.counters.alone++;
        const outcome = this.#executeOne((cpu.R[R_CS_BASE] + cpu.R[RIP]) | 0);
        return outcome;
      }
      case STATUS_SUSPEND:
        this.counters.suspensions++;
        this.#mustResume = true;
        return 'suspended';
      case STATUS_SHUTDOWN:
        return { kind: 'tripleFault', vtl: 0 };
      default:
        return 'continue';
    }
  }

  /** An x87 exception is pending with CR0.NE clear: the instruction at RIP waits for an interrupt, unless IGNNE# is asserted. */
  #reportByPin(): Outcome {
    const { cpu } = this;
    cpu.syncClock(cpu.R[BUDGET]);
    if (!this.#ferr.assert()) {
      cpu.R[BUDGET]--;
      return 'continue';
    }
    this.#ferr.hide();
    const outcome = this.#executeOne((cpu.R[R_CS_BASE] + cpu.R[RIP]) | 0);
    this.#ferr.show();
    return outcome;
  }

  /** Delivers an event with devices reachable. It uses a unit of budget: a guest that only faults still makes time pass. */
  #deliver(event: () => number): Outcome {
    const { cpu } = this;
    const R = cpu.R;
    this.#unfinished = undefined;
    cpu.syncClock(R[BUDGET]);
    cpu.io.begin();
    const status = event();
    cpu.io.end(status !== STATUS_SUSPEND);
    R[FAULT] = 0;
    if (status === STATUS_SUSPEND) {
      this.#unfinished = event;
      return 'suspended';
    }
    if (status === STATUS_SHUTDOWN) return { kind: 'tripleFault', vtl: 0 };
    if (status === STATUS_BRANCHED) this.counters.deliveries++;
    R[BUDGET]--;
    return this.#singleStep && status === STATUS_BRANCHED ? { kind: 'singleStep' } : 'continue';
  }

  #breakpoint(index: number): HardwareBreakpoint | undefined {
    return index < 0 ? undefined : this.#debugState?.breakpoints[index];
  }

  inspect(): InspectNode {
    const { cpu } = this;
    return tree({
      vpInfo: () => tree({ vpIndex: () => leaf(this.vp.vpIndex), apicId: () => leaf(this.vp.apicId), isBsp: () => leaf(this.vp.isBsp) }),
      vtl0: () => (this.#isRunning ? leaf('running') : inspectAll(this.accessState(0))),
      counters: () =>
        tree({
          instructionsRetired: () => leaf(cpu.retired),
          blocksDecoded: () => leaf(this.execution.builder.decoded),
          blocksRelocated: () => leaf(this.execution.builder.relocated),
          switchRehearsals: () => leaf(this.execution.switchLoop.rehearsals),
          switchWarmed: () => leaf(this.execution.switchLoop.warmed),
          blocksInvalidated: () => leaf(this.execution.cache.invalidations),
          cacheFlushes: () => leaf(this.execution.cache.flushes),
          codePagesEvicted: () => leaf(this.execution.cache.evictions),
          tlbRefills: () => leaf(cpu.tlb.refills),
          tlbFlushes: () => leaf(cpu.tlb.flushes),
          exits: () => this.counters.inspect(),
          ...this.#host.engineCounters(this),
        }),
    });
  }
}
