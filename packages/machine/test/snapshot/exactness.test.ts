import { resolveEmbeddedGuest } from '@ringzero/guests';
import { beforeAll, describe, expect, it } from 'vitest';
import type { BootSource } from '../../src/index.ts';
import { bytesOfState, restoreBytes, ScriptedMachine, type EngineName, type Typed } from './scripted-machine.ts';

interface Guest {
  readonly name: string;
  readonly source: BootSource;
  readonly script: readonly Typed[];
  readonly points: number;
  readonly ends: string;
}

const TYPED: readonly Typed[] = ['help', 'fault de', 'fault pf', 'cpuid', 'mem', 'regs', 'poweroff'].map((line, i) => ({ at: 20e6 + i * 9e6, text: `${line}\n` }));
const GUESTS: readonly Guest[] = [
  { name: 'the monitor', source: resolveEmbeddedGuest('monitor'), script: TYPED, points: 10, ends: 'powerOff' },
  { name: 'context switches', source: resolveEmbeddedGuest('tasks', { scale: 1 }), script: [], points: 4, ends: 'powerOff' },
  { name: 'a sort', source: resolveEmbeddedGuest('qsort', { scale: 1 }), script: [], points: 4, ends: 'powerOff' },
];

const ORDER: readonly EngineName[] = ['interpreter', 'jit'];

/** Fractions of a run, repeatable and spread over it. */
function fractions(count: number, seed: number): number[] {
  let x = seed;
  return Array.from({ length: count }, (_, i) => {
    x = (Math.imul(x, 1_664_525) + 1_013_904_223) >>> 0;
    return (i + x / 2 ** 32) / count;
  });
}

describe.each(GUESTS)('$name', ({ source, script, points, ends }) => {
  const config = { memoryBytes: 32 << 20 };
  const start = (engine: EngineName): ScriptedMachine => {
    const scripted = new ScriptedMachine(engine, config);
    scripted.machine.load(source);
    scripted.schedule(script);
    return scripted;
  };
  const undisturbed = start('jit');
  let final = '';
  let length = 0;
  beforeAll(async () => {
    expect((await undisturbed.run()).kind).toBe(ends);
    final = undisturbed.final();
    length = undisturbed.machine.clock.now();
  });

  it.each(fractions(points, 7).map((fraction, i) => ({ fraction, percent: (fraction * 100).toFixed(1), first: ORDER[i % 2]!, second: ORDER[(i + 1) % 2]! })))(
    'saved after $percent % on the $first ends in the same state with the same output, restored on the $second or going on',
    async ({ fraction, first, second }) => {
      const original = start(first);
      expect(await original.run(Math.floor(fraction * length))).toEqual({ kind: 'stopped' });
      const before = original.output;
      const file = await bytesOfState(original.machine);
      const restored = new ScriptedMachine(second, config);
      await restoreBytes(restored.machine, file);
      expect(restored.final()).toBe(original.final());
      restored.schedule(script);
      await Promise.all([restored.run(), original.run()]);
      expect(before + restored.output).toBe(undisturbed.output);
      expect(restored.final()).toBe(final);
      expect(original.output).toBe(undisturbed.output);
      expect(original.final()).toBe(final);
    },
    60_000,
  );
});
