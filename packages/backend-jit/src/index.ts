import { createSoftwareHypervisor } from '@ringzero/backend-interpreter/engine';
import type { Hypervisor } from '@ringzero/processor';
import { createJitEngine, type JitOptions } from './jit.ts';

export type { JitOptions } from './jit.ts';

/**
 * A hypervisor whose VPs run guest code as JavaScript functions, with the interpreter as tier 0.
 * Where the host refuses `new Function` it runs on the interpreter alone and says so in `counters/dynamicCode`.
 */
export function createJitHypervisor(options: JitOptions = {}): Hypervisor {
  const { threshold } = options;
  if (threshold !== undefined && (!Number.isInteger(threshold) || threshold < 0)) {
    throw new RangeError(`JIT threshold ${threshold}: expected an integer of at least 0`);
  }
  return createSoftwareHypervisor(createJitEngine(options));
}

export default createJitHypervisor;
