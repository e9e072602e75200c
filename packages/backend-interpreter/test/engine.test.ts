import { describeEngine, runWithoutDynamicCode } from '@ringzero/engine-tests';
import { expect, it } from 'vitest';
import { createInterpreterHypervisor } from '../src/index.ts';

describeEngine(() => createInterpreterHypervisor({ dispatchSwitch: 'never' }));
describeEngine(() => createInterpreterHypervisor({ dispatchSwitch: 'always' }));

it('refuses an option that it does not know', () => {
  expect(() => createInterpreterHypervisor({ dispatchSwitch: 'sometimes' as 'never' })).toThrow('interpreter dispatchSwitch "sometimes": expected one of adaptive, always, never');
});

it('runs guests on a host that refuses dynamic code', () => {
  expect(runWithoutDynamicCode(new URL('without-dynamic-code.ts', import.meta.url))).toBe('EvalError 5050\n');
});
