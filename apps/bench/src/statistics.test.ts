import { describe, expect, it } from 'vitest';
import { geometricMean, median, ratioSpread, spreadOf } from './statistics.ts';

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });
});

describe('spreadOf', () => {
  it('has the ends too', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
  });
});

describe('geometricMean', () => {
  it('makes half and double cancel out', () => {
    expect(geometricMean([0.5, 2])).toBeCloseTo(1);
  });
});

describe('ratioSpread', () => {
  it('compares the rounds one by one', () => {
    expect(ratioSpread([2, 8, 6], [1, 2, 3])).toEqual({ median: 2, min: 2, max: 4 });
  });

  it('leaves out rounds that only one of them has', () => {
    expect(ratioSpread([2, 8], [1])).toEqual({ median: 2, min: 2, max: 2 });
    expect(ratioSpread([], [1])).toBeUndefined();
  });
});
