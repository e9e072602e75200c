import { expect, it } from 'vitest';
import { createDeoptCounter } from './deopts.ts';

it('counts lines that come in pieces, and tells the second half apart', () => {
  const counter = createDeoptCounter(10);
  counter.read('[bailout (kind: deopt-eager', 11);
  counter.read(', reason: x)\n[bail', 12);
  counter.read('out (kind: deopt-lazy)\nnoise\n', 18);
  expect(counter.result(20)).toEqual({ total: 2, perSecond: 1 / 5 });
});
