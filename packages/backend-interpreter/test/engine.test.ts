import { describeEngine, runWithoutDynamicCode } from '@ringzero/engine-tests';
import { expect, it } from 'vitest';
import { createInterpreterHypervisor } from '../src/index.ts';

describeEngine(createInterpreterHypervisor);

it('runs guests on a host that refuses dynamic code', { timeout: 60_000 }, () => {
  expect(runWithoutDynamicCode(new URL('without-dynamic-code.ts', import.meta.url))).toBe('EvalError 5050\n');
});
