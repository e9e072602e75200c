import type { Hypervisor } from '@ringzero/processor';
import { createSoftwareHypervisor } from './partition/hypervisor.ts';
import { SWITCH_USES, type SwitchUse } from './engine/switch-loop.ts';

/** Options of the interpreter. */
export interface InterpreterOptions {
  /**
   * Whether frequent instructions are executed by one function with a case for each, instead of a function for each: `adaptive`
   * (the default), as soon as and as long as the host's JavaScript engine has made that the faster; `always`; `never`. Guests
   * cannot tell.
   */
  readonly dispatchSwitch?: SwitchUse;
}

/**
 * A hypervisor whose VPs interpret guest code. It needs no dynamic code: it works under a strict content security policy.
 * Throws a RangeError that names an option which is wrong.
 */
export function createInterpreterHypervisor({ dispatchSwitch = 'adaptive' }: InterpreterOptions = {}): Hypervisor {
  if (!SWITCH_USES.includes(dispatchSwitch)) throw new RangeError(`interpreter dispatchSwitch ${JSON.stringify(dispatchSwitch)}: expected one of ${SWITCH_USES.join(', ')}`);
  return createSoftwareHypervisor({
    name: 'interpreter',
    attach({ switchLoop }) {
      switchLoop.use = dispatchSwitch;
      return { counters: () => ({}) };
    },
  });
}

export default createInterpreterHypervisor;
