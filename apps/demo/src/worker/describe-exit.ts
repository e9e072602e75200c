import type { MachineExit } from '@ringzero/machine';

/** How a run ended, for people. */
export function describeExit(exit: MachineExit): { readonly reason: string; readonly isFailure: boolean } {
  switch (exit.kind) {
    case 'powerOff':
      return { reason: 'The guest turned the machine off.', isFailure: false };
    case 'reset':
      return { reason: 'The guest asked for a reset.', isFailure: false };
    case 'halted':
      return { reason: 'The processor halted with interrupts off: nothing can wake it.', isFailure: false };
    case 'stopped':
      return { reason: 'Stopped.', isFailure: false };
    case 'debugExit':
      return { reason: `The guest wrote to the debug-exit port: status ${exit.status}.`, isFailure: exit.status !== 0 };
    case 'tripleFault':
      return { reason: 'Triple fault: an exception could not be delivered, and neither could the double fault. Reset, or look at the registers.', isFailure: true };
    case 'failed':
      return { reason: `The machine failed: ${exit.error instanceof Error ? exit.error.message : String(exit.error)}`, isFailure: true };
  }
}
