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

it('XSAVE takes the components from EAX as the region has it', async () => {
  const little = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
  // mov eax, cr4; or eax, OSFXSR | OSXSAVE; mov cr4, eax; xor ecx, ecx; mov eax, 3; xor edx, edx; xsetbv; xor ebx, ebx; mov ecx, 2000
  const start = [0x0f, 0x20, 0xe0, 0x0d, ...little(0x4_0200), 0x0f, 0x22, 0xe0, 0x31, 0xc9, 0xb8, ...little(3), 0x31, 0xd2, 0x0f, 0x01, 0xd1, 0x31, 0xdb, 0xb9, ...little(2000)];
  // L: mov [8018h], ecx; mov eax, 3; xor edx, edx; xsave [8000h]; add ebx, [8018h]; mov eax, 0; dec ecx; jnz L; mov eax, ebx; out F4h, eax
  const body = [0x89, 0x0d, ...little(0x8018), 0xb8, ...little(3), 0x31, 0xd2, 0x0f, 0xae, 0x25, ...little(0x8000), 0x03, 0x1d, ...little(0x8018), 0xb8, ...little(0), 0x49];
  const machine = new FlatMachine(createJitHypervisor({ threshold: 60, loopThreshold: 30 }), [...start, ...body, 0x0f, 0x85, ...little(-(body.length + 6)), 0x89, 0xd8, 0xe7, 0xf4, 0xf4]);
  await machine.run(1);
  expect(machine.written).toEqual([2000 * 0x1f80]);
});
