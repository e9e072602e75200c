import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { describeLockstep } from '../src/index.ts';

const interpreter = { name: 'interpreter', create: () => createInterpreterHypervisor() };

describeLockstep(interpreter, { name: 'jit', create: () => createJitHypervisor({ threshold: 0 }) });
describeLockstep(interpreter, { name: 'jit with its own threshold', create: () => createJitHypervisor({ dispatchSwitch: 'always' }) }, { firstSeed: 1001 });
// Compiled after their successors are known: functions that cover several blocks.
describeLockstep(interpreter, { name: 'jit with regions', create: () => createJitHypervisor({ threshold: 1, exitThreshold: 2 }) }, { firstSeed: 2001 });
