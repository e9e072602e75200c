import type { HardwareBreakpoint } from '@ringzero/processor';
import type { MachineExit } from '../run-loop.ts';

/** Why a machine that is being debugged stopped. Unless it is `exit`, the run is paused. */
export type DebugStop =
  /** Processor `vp` has executed the instructions that it was asked for. */
  | { readonly kind: 'step'; readonly vp: number }
  /** Processor `vp` is about to execute an instruction, or has made an access, that `breakpoint` describes. */
  | { readonly kind: 'breakpoint'; readonly vp: number; readonly breakpoint: HardwareBreakpoint }
  /** Somebody paused the machine before that. */
  | { readonly kind: 'pause' }
  /** The run ended before that. */
  | { readonly kind: 'exit'; readonly exit: MachineExit };
