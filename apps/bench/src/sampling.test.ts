import { expect, it } from 'vitest';
import { toCurve } from './sampling.ts';

it('gives the speed between samples, and leaves out what is too short to tell', () => {
  expect(toCurve([[0, 0], [100, 5e6], [200, 25e6], [201, 25e6]])).toEqual([[0.1, 50], [0.2, 200]]);
});
