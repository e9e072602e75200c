import { once } from 'node:events';
import { forkSource } from '@ringzero/v8-instruments';
import { expect, it } from 'vitest';

/** Regions that V8 was asked to optimize. */
async function optimized(entries: number): Promise<readonly string[]> {
  const child = forkSource(new URL('entered-rarely.ts', import.meta.url), ['--trace-opt'], [String(entries)]);
  let trace = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (trace += text));
  const [status] = (await once(child, 'close')) as [number];
  expect(status).toBe(0);
  return [...new Set([...trace.matchAll(/^\[marking .*<JSFunction (region_\w+)/gm)].map(([, name]) => name!))];
}

it('V8 optimizes a region after some hundred entries, which takes it more by itself', async () => {
  expect(await optimized(70)).toEqual([]);
  // Its bytecode has 441 bytes: by itself V8 would wait until they had been executed 766 times.
  expect(await optimized(200)).toContain('region_1005_63');
});

it('V8 optimizes the dispatch switch once: its rehearsals have taken all ways through it', async () => {
  const child = forkSource(new URL('many-conditions.ts', import.meta.url), ['--trace-opt', '--trace-deopt']);
  let trace = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (trace += text));
  const [status] = (await once(child, 'close')) as [number];
  expect(status).toBe(0);
  expect(trace).toContain('the switch was used');
  expect(trace).toMatch(/completed optimizing .*<JSFunction dispatchSwitch/);
  expect(trace.split('\n').filter((line) => line.startsWith('[bailout') && line.includes('dispatchSwitch'))).toEqual([]);
});
