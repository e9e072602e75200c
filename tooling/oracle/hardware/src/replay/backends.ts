import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createEvaluatorHypervisor } from '@ringzero/backend-interpreter/engine';
import { createJitHypervisor } from '@ringzero/backend-jit';
import type { Hypervisor } from '@ringzero/processor';

/** Every backend of the project; the JIT compiles each block when it is first executed. */
export const BACKENDS: Readonly<Record<string, () => Hypervisor>> = {
  evaluator: () => createEvaluatorHypervisor(),
  interpreter: () => createInterpreterHypervisor(),
  jit: () => createJitHypervisor({ threshold: 0 }),
};
