import type { Hypervisor } from '@ringzero/processor';
import { createSoftwareHypervisor } from './partition/hypervisor.ts';

/** A hypervisor whose VPs interpret guest code. It needs no dynamic code: it works under a strict content security policy. */
export function createInterpreterHypervisor(): Hypervisor {
  return createSoftwareHypervisor({ name: 'interpreter', attach: () => ({ counters: () => ({}) }) });
}

export default createInterpreterHypervisor;
