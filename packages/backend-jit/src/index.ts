import { createSoftwareHypervisor } from '@ringzero/backend-interpreter/engine';
import type { Hypervisor } from '@ringzero/processor';
import { createJitEngine } from './jit.ts';
import type { JitOptions } from './options.ts';

export type { JitOptions } from './options.ts';

/**
 * A hypervisor whose VPs run guest code as JavaScript functions, with the interpreter as tier 0.
 * Where the host refuses `new Function` it runs on the interpreter alone and says so in `counters/dynamicCode`.
 */
export function createJitHypervisor(options: JitOptions = {}): Hypervisor {
  return createSoftwareHypervisor(createJitEngine(options));
}

export default createJitHypervisor;
