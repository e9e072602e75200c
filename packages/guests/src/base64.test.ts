import { expect, it } from 'vitest';
import { decodeBase64 } from './base64.ts';

it('decodes what Node encodes, at every length', () => {
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 89 + length) & 0xff);
    expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
  }
});
