import { describe, expect, it } from 'vitest';
import { resolveLoad } from '../src/load.ts';
import { createPlan } from '../src/plan.ts';
import { SoakRun } from '../src/soak-run.ts';

const END = 1.5e9;

describe('the plan', () => {
  it('has as many disturbances as were asked for, in order, within its time, and repeats', () => {
    const options = { seed: 3, begin: 1e9, end: 100e9, swaps: 20, saves: 20 };
    const plan = createPlan(options);
    expect(plan.filter(({ kind }) => kind === 'swap')).toHaveLength(20);
    expect(plan.filter(({ kind }) => kind === 'save')).toHaveLength(20);
    expect(plan.map(({ at }) => at)).toEqual(plan.map(({ at }) => at).sort((a, b) => a - b));
    expect(plan.every(({ at }) => at >= options.begin && at < options.end)).toBe(true);
    expect(createPlan(options)).toEqual(plan);
    expect(createPlan({ ...options, seed: 4 })).not.toEqual(plan);
  });
});

describe('a guest under load', () => {
  it('says and becomes the same, whether or not it is moved between engines, files and machines', async () => {
    const load = await resolveLoad('monitor');
    const alone = await new SoakRun(load).run([], END);
    const plan = createPlan({ seed: 1, begin: load.begin, end: END, swaps: 6, saves: 6 });
    const disturbed = await new SoakRun(load).run(plan, END);
    expect(disturbed).toMatchObject({ swaps: 6, saves: 6, output: alone.output, state: alone.state });
    expect(alone.output.split('bench').length).toBeGreaterThan(1);
  });

  it('would be seen to differ', async () => {
    const load = await resolveLoad('monitor');
    const one = await new SoakRun(load).run([], 3e8);
    const other = await new SoakRun({ ...load, lines: ['cpuid', ...load.lines] }).run([], 3e8);
    expect(other.output).not.toBe(one.output);
    expect(other.state).not.toBe(one.state);
  });
});
