import { describe, expect, it } from 'vitest';
import { requireRoom } from './room.ts';

describe('requireRoom', () => {
  it('says how much is left where a disk takes more', () => {
    const estimate = { quota: 10 * 2 ** 20, usage: 8 * 2 ** 20 };
    expect(() => requireRoom('a.img', 2 ** 21 + 512, estimate)).toThrow('a.img takes 2.0 MB, but the browser has 2.0 MB left for this page: delete');
    expect(() => requireRoom('a.img', 1, { quota: 5, usage: 9 })).toThrow('has 0.0 MB left');
    requireRoom('a.img', 2 ** 21, estimate);
    // Some browsers do not say.
    requireRoom('a.img', 2 ** 50, {});
  });
});
