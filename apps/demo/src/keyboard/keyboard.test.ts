import { describe, expect, it } from 'vitest';
import { keyRows, LAYOUTS } from './layouts.ts';
import { scanCodes } from './scan-codes.ts';

describe('scan codes', () => {
  it('are those of set 1, with the prefix where there is one', () => {
    expect(scanCodes('KeyA', true)).toEqual([0x1e]);
    expect(scanCodes('KeyA', false)).toEqual([0x9e]);
    expect(scanCodes('ArrowUp', true)).toEqual([0xe0, 0x48]);
    expect(scanCodes('ArrowUp', false)).toEqual([0xe0, 0xc8]);
    expect(scanCodes('toString', true)).toBeUndefined();
  });

  it('exist for every key on the screen', () => {
    for (const { name } of LAYOUTS) {
      for (const { code, plain, shifted } of keyRows(name).flat()) {
        expect(scanCodes(code, true), code).toHaveLength(1);
        expect([plain.length, shifted.length], `${name} ${code}`).toEqual([1, 1]);
      }
    }
  });
});
