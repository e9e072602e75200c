import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { describeSwapping } from '../src/index.ts';

describeSwapping([
  { name: 'interpreter', create: () => createInterpreterHypervisor() },
  { name: 'jit', create: () => createJitHypervisor({ threshold: 0 }) },
]);
