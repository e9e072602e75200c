import { describe, expect, it } from 'vitest';
import { fromBase64, toBase64 } from './base64.ts';

describe('base64', () => {
  it.each([0, 1, 2, 3, 4, 6143, 6144, 6145, 6146, 6147, 12288, 100_001])('is what everybody means by it: %i bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    const text = toBase64(bytes);
    expect(text === Buffer.from(bytes).toString('base64')).toBe(true);
    expect(Buffer.compare(fromBase64(text), bytes)).toBe(0);
  });

  it('ends at what is not of the alphabet', () => {
    expect([...fromBase64('QUJD\u0141REVG')]).toEqual([0x41, 0x42, 0x43]);
    expect([...fromBase64('QUI=QUJD')]).toEqual([0x41, 0x42]);
  });

  it('does megabytes', () => {
    const bytes = new Uint8Array(8 << 20).fill(0x5a);
    for (let round = 0; round < 2; round++) expect(fromBase64(toBase64(bytes)).length).toBe(bytes.length);
  });
});
