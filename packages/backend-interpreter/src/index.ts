import type { Hypervisor } from '@ringzero/processor';
import { createSoftwareHypervisor } from './partition/hypervisor.ts';
import { DEFAULT_CAPACITY, requireCapacity } from './blocks/operation-store.ts';
import { SWITCH_USES, type SwitchUse } from './engine/switch-loop.ts';

/** Options of the interpreter. */
export interface InterpreterOptions {
  /**
   * Whether frequent instructions are executed by one function with a case for each, instead of a function for each: `adaptive`
   * (the default), as soon as and as long as the host's JavaScript engine has made that the faster; `always`; `never`. Guests
   * cannot tell.
   */
  readonly dispatchSwitch?: SwitchUse;
  /** Decoded instructions that each VP keeps, about: 300,000, in 60 MB, if left out. The pages decoded first are dropped where there are more. */
  readonly decodedInstructions?: number;
}

/**
 * A hypervisor whose VPs interpret guest code. It needs no dynamic code: it works under a strict content security policy.
 * Throws a RangeError that names an option which is wrong.
 */
export function createInterpreterHypervisor({ dispatchSwitch = 'adaptive', decodedInstructions = DEFAULT_CAPACITY }: InterpreterOptions = {}): Hypervisor {
  if (!SWITCH_USES.includes(dispatchSwitch)) throw new RangeError(`interpreter dispatchSwitch ${JSON.stringify(dispatchSwitch)}: expected one of ${SWITCH_USES.join(', ')}`);
  requireCapacity('interpreter', decodedInstructions);
  return createSoftwareHypervisor({
    name: 'interpreter',
    decodedInstructions,
    attach({ switchLoop }) {
      switchLoop.use = dispatchSwitch;
      return { counters: () => ({}) };
    },
  });
}

export default createInterpreterHypervisor;
