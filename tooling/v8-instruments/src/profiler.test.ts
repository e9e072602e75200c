import { expect, it } from 'vitest';
import { sharesBy } from './profiler.ts';

const frame = (url: string) => ({ functionName: '', url, scriptId: '0', lineNumber: 0, columnNumber: 0 });

it('adds up the time of the samples', () => {
  const nodes = [{ id: 1, callFrame: frame('a') }, { id: 2, callFrame: frame('b') }];
  expect(sharesBy({ nodes, samples: [1, 2, 1], timeDeltas: [10, 20, 10] }, (_, url) => url)).toEqual({ a: 0.5, b: 0.5 });
});
