import { leaf, tree, type InspectTree } from '@ringzero/processor';

/** What interrupted the guest's instructions, counted. Most of it brings the engine back to the run loop. */
export class ExitCounters {
  /** Guest exceptions. */
  faults = 0;
  /** Instructions that touch devices, watched memory or decoded code. */
  alone = 0;
  /** Accesses that a device answered with a promise. */
  suspensions = 0;
  /** Exceptions and interrupts delivered. */
  deliveries = 0;

  inspect(): InspectTree {
    return tree({
      faults: () => leaf(this.faults),
      alone: () => leaf(this.alone),
      suspensions: () => leaf(this.suspensions),
      deliveries: () => leaf(this.deliveries),
    });
  }
}
