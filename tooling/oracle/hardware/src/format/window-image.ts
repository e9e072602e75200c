import { edgeBcd, edgeDouble, edgeExtended, edgeInteger, edgeSingle } from './edge-values.ts';
import { PAGE_BYTES, READ_ONLY_BYTES, WINDOW_BYTES } from './layout.ts';
import { Sequence } from './random.ts';

/** Where operands of a kind lie in each page of the window: start, bytes, bytes from one to the next. */
export const REGIONS = {
  integer: { start: 0x010, bytes: 0x3f0, step: 4 },
  single: { start: 0x400, bytes: 0x200, step: 4 },
  double: { start: 0x600, bytes: 0x400, step: 8 },
  extended: { start: 0xa00, bytes: 0x300, step: 16 },
  bcd: { start: 0xd00, bytes: 0x080, step: 16 },
  any: { start: 0xd80, bytes: 0x270, step: 16 },
} as const;
export type Region = keyof typeof REGIONS;

/** What the window and the read-only page behind it hold before a case. */
export function windowImage(): Int32Array {
  const words = new Int32Array((WINDOW_BYTES + READ_ONLY_BYTES) / 4);
  const random = new Sequence(0x7769_6e64);
  for (let page = 0; page < words.length; page += PAGE_BYTES / 4) {
    for (let at = 0; at < PAGE_BYTES / 4; at++) words[page + at] = edgeInteger(random);
    const each = (region: Region, write: (at: number) => void): void => {
      const { start, bytes, step } = REGIONS[region];
      for (let at = start; at < start + bytes; at += step) write(page + at / 4);
    };
    each('single', (at) => (words[at] = edgeSingle(random)));
    each('double', (at) => edgeDouble(random, words, at));
    each('extended', (at) => edgeExtended(random, words, at));
    each('bcd', (at) => edgeBcd(random, words, at));
  }
  return words;
}
