import type { JitObserver } from '@ringzero/backend-jit';
import type { Hypervisor } from '@ringzero/processor';
import type { BackendName } from '../protocol/machine-worker.ts';

/** Loads an engine: what is not chosen is not downloaded. */
export async function loadBackend(name: BackendName, observer: JitObserver): Promise<Hypervisor> {
  if (name === 'interpreter') return (await import('@ringzero/backend-interpreter')).createInterpreterHypervisor();
  return (await import('@ringzero/backend-jit')).createJitHypervisor({ countRegions: true }, observer);
}
