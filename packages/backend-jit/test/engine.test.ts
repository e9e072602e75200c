import { describeEngine, FlatMachine, runWithoutDynamicCode, SUM } from '@ringzero/engine-tests';
import type { Hypervisor } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { createJitHypervisor } from '../src/index.ts';

const create = (): Hypervisor => createJitHypervisor({ threshold: 0 });

describeEngine(create);
describeEngine(() => createJitHypervisor({ threshold: 0, dispatchSwitch: 'always' }));
// Counted in stretches, with others between them.
describeEngine(() => createJitHypervisor({ dispatchSwitch: 'always' }));

describe('compilation', () => {
  it('is counted, and starts at the threshold', async () => {
    const machine = new FlatMachine(create(), SUM);
    await machine.run(1);
    expect(machine.written).toEqual([5050]);
    expect(machine.counter('dynamicCode')).toMatchObject({ value: true });
    expect(machine.counter('blocksCompiled')).toMatchObject({ value: expect.toSatisfy((count: number) => count > 0) });
    const cold = new FlatMachine(createJitHypervisor({ threshold: 1000 }), SUM);
    await cold.run(1);
    expect(cold.written).toEqual([5050]);
    expect(cold.counter('blocksCompiled')).toMatchObject({ value: 0 });
  });

  it('refuses a threshold that is none', () => {
    for (const threshold of [-1, 1.5, Number.NaN]) expect(() => createJitHypervisor({ threshold })).toThrow(/expected an integer of at least 0/);
  });

  it('can be turned off', async () => {
    const machine = new FlatMachine(createJitHypervisor({ threshold: 0, dynamicCode: false }), SUM);
    await machine.run(1);
    expect(machine.written).toEqual([5050]);
    expect(machine.counter('dynamicCode')).toMatchObject({ value: false });
  });
});

it('runs guests on the interpreter where the host refuses dynamic code, and says so', () => {
  expect(runWithoutDynamicCode(new URL('without-dynamic-code.ts', import.meta.url))).toBe('EvalError 5050 dynamicCode false\n');
});
