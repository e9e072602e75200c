import type { CpuIo } from './cpu-io.ts';
import type { DebugState } from './debug.ts';
import type { VpHaltReason } from './halt.ts';
import type { Inspectable } from './inspect.ts';
import type { AccessVpState } from './state/access.ts';
import type { StopVp } from './stop.ts';
import type { VpInfo } from './topology.ts';
import type { Vtl } from './vtl.ts';

/**
 * A virtual processor (VP). This is the interface that every backend implements, and that everything else runs on.
 *
 * A processor belongs to the agent that bound it (`ProcessorBinder.bind`). Its methods other than {@link runVp} are
 * called only while it is not running, else they throw `VpRunningError`; to reach a running one, use `Partition`.
 *
 * Guest exceptions are part of the guest and never surface here. A method throws only when it is misused.
 */
export interface Processor extends Inspectable {
  /** Which processor this is. */
  readonly vp: VpInfo;

  /**
   * Sets the conditions on which {@link runVp} returns for a debugger, `undefined` for none. They hold until changed,
   * and are no part of the saved state. Throws `UnsupportedVtlError`, or `StateAccessError` for a breakpoint of type
   * `invalid`.
   */
  setDebugState(vtl: Vtl, state: DebugState | undefined): void;

  /**
   * Runs the VP until it halts for the reason returned. There is no other result.
   *
   * The VP executes bounded quanta and returns to the event loop between them as needed. It honours `stop` and
   * `Partition.requestYield` within a quantum (a few milliseconds), also while the guest executes HLT, which does not
   * end the run: the processor sleeps until an interrupt. When the call returns, no access to `dev` is outstanding and
   * the architectural state is that of an instruction boundary (or between two iterations of a repeated one).
   *
   * One call at a time: a second throws `VpRunningError`.
   */
  runVp(stop: StopVp, dev: CpuIo): Promise<VpHaltReason>;

  /**
   * Without running the VP, applies what other processors and devices queued for it (posted interrupts, IPIs, start
   * requests) and writes back anything cached, so that its state can be saved or restored correctly.
   */
  flushAsyncRequests(): void;

  /** The architectural state as `vtl` has it. Throws `UnsupportedVtlError`, and `VpRunningError` while running. */
  accessState(vtl: Vtl): AccessVpState;

  /** Whether {@link accessState} can show `vtl` now. VTL 0 always can; others where they are enabled. */
  vtlInspectable(vtl: Vtl): boolean;

  /**
   * The processor's part of a reset, after `ResetPartition.reset`. Its state is then that of `resetAll`. Present on every
   * processor of a partition whose `supportsReset()` gives the ability.
   */
  reset?(): void;

  /**
   * The processor's part of scrubbing one higher VTL, after `ScrubVtl.scrub`. Present on every processor of a partition
   * whose `supportsVtlScrub()` gives the ability.
   */
  scrub?(vtl: Vtl): void;
}
