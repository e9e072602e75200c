import type { MachineExit } from '@ringzero/machine';

/** Exit statuses of the command. A debug-exit's `(value << 1) | 1` is the guest's own. */
export const EXIT_OK = 0;
export const EXIT_FAILURE = 1;
export const EXIT_USAGE = 2;
export const EXIT_TRIPLE_FAULT = 3;
export const EXIT_TIMEOUT = 124;
/** Plus the signal's number, as shells count. */
const EXIT_SIGNAL = 128;

/** Why `run` ended: the machine's reason, or what the command watches for. */
export type RunEnd = MachineExit | { readonly kind: 'matched' } | { readonly kind: 'timeout' } | { readonly kind: 'signal'; readonly number: number };

/** Status of a run. A run that the user quits from its console is a success. */
export function exitStatusOf(end: RunEnd): number {
  switch (end.kind) {
    case 'debugExit':
      return end.status & 0xff;
    case 'tripleFault':
      return EXIT_TRIPLE_FAULT;
    case 'timeout':
      return EXIT_TIMEOUT;
    case 'signal':
      return EXIT_SIGNAL + end.number;
    case 'failed':
      return EXIT_FAILURE;
    default:
      return EXIT_OK;
  }
}
