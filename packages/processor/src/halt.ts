import type { HardwareBreakpoint } from './debug.ts';
import type { Vtl } from './vtl.ts';

/**
 * Why `runVp` returned. A halt is a value, never an exception.
 *
 * | kind | meaning |
 * |---|---|
 * | `stop` | the stop token asked for it |
 * | `cancel` | not a halt: call `runVp` again, perhaps on another agent |
 * | `powerOff` | the guest turned the machine off |
 * | `reset` | the guest asked for a machine reset |
 * | `hibernate` | the guest wrote its state away and turned off |
 * | `tripleFault` | an exception could not be delivered even as #DF (SDM vol. 3A §6.15); the VP is shut down until reset |
 * | `singleStep` | the debugger's step is done |
 * | `hwBreak` | one of the debugger's breakpoints was hit |
 */
export type VpHaltReason =
  | { readonly kind: 'stop' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'powerOff' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'hibernate' }
  | { readonly kind: 'tripleFault'; readonly vtl: Vtl }
  | { readonly kind: 'singleStep' }
  | { readonly kind: 'hwBreak'; readonly breakpoint: HardwareBreakpoint };
