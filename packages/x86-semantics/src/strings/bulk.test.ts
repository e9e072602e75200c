import { describe, expect, it } from 'vitest';
import { compare, copy, fill, scan } from './bulk.ts';

const SIZES = [1, 2, 4] as const;
const BYTES = 2048;

function memory(seed: number): { u8: Uint8Array; view: DataView } {
  let random = seed;
  const u8 = Uint8Array.from({ length: BYTES }, () => {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
    // Few values, so that elements are often equal.
    return [0, 1, 0x80, 0xff][random >>> 30];
  });
  return { u8, view: new DataView(u8.buffer) };
}

function elementsOf({ u8 }: { u8: Uint8Array }, at: number, count: number, size: number): string[] {
  return Array.from({ length: count }, (_, i) => u8.subarray(at + i * size, at + (i + 1) * size).join());
}

/** Lengths in bytes around those at which another way is taken. */
const LENGTHS = [1, 2, 3, 4, 5, 7, 8, 12, 31, 33, 127, 128, 129, 131, 200];

describe('runs over bytes', () => {
  it('copies, also where source and destination overlap', () => {
    for (const bytes of LENGTHS) {
      for (const to of [300, 290, 297, 298, 299, 301, 302, 303, 304, 310, 500, 10]) {
        const { u8, view } = memory(bytes);
        const expected = u8.slice();
        expected.set(u8.slice(300, 300 + bytes), to);
        copy(view, u8, 300, to, bytes);
        expect(u8, `${bytes} bytes to ${to}`).toEqual(expected);
      }
    }
  });

  it('fills with elements of each size', () => {
    for (const size of SIZES) {
      for (const value of [0, -1, 0x12345678, 0x7f7f7f7f, 0x00ff00ff, 0x1212ab12]) {
        for (const count of LENGTHS) {
          const { u8, view } = memory(count);
          const expected = u8.slice();
          for (let i = 0; i < count * size; i++) expected[33 + i] = value >>> (8 * (i % size));
          fill(view, u8, 33, count * size, value, size);
          expect(u8, `${count} elements of ${size}: ${value}`).toEqual(expected);
        }
      }
    }
  });

  it('scans up to and with the element that ends the repetition', () => {
    for (const size of SIZES) {
      for (const count of LENGTHS) {
        for (let at = 0; at < 40; at++) {
          const m = memory(count * 41 + at);
          const elements = elementsOf(m, at, count, size);
          for (const bytes of [0, 0x80808080, -1, 0x01010101, 0x8001ff00]) {
            const wanted = size === 4 ? bytes | 0 : bytes & (size === 2 ? 0xffff : 0xff);
            const text = Array.from({ length: size }, (_, i) => (wanted >>> (8 * i)) & 0xff).join();
            for (const whileEqual of [true, false]) {
              const end = elements.findIndex((element) => (element === text) !== whileEqual);
              expect(scan(m.view, m.u8, at, size, count, wanted, whileEqual)).toBe(end < 0 ? count : end + 1);
            }
          }
        }
      }
    }
  });

  it('compares', () => {
    for (const size of SIZES) {
      for (const count of LENGTHS) {
        for (const equal of [0, 1, 5, 64, 1000]) {
          const m = memory(count);
          m.u8.copyWithin(1025, 0, Math.min(equal, 500));
          const [left, right] = [elementsOf(m, 0, count, size), elementsOf(m, 1025, count, size)];
          for (const whileEqual of [true, false]) {
            const end = left.findIndex((element, i) => (element === right[i]) !== whileEqual);
            expect(compare(m.view, m.u8, 0, 1025, size, count, whileEqual)).toBe(end < 0 ? count : end + 1);
          }
        }
      }
    }
  });

  it('find the one byte that is another, wherever it is among those that are taken together', () => {
    for (const size of SIZES) {
      for (const count of [1, 3, 4, 5, 8, 9, 16, 17]) {
        for (let other = 0; other < count * size; other++) {
          const u8 = new Uint8Array(BYTES).fill(0x41);
          const view = new DataView(u8.buffer);
          u8[33 + other] = 0x40;
          const wanted = size === 4 ? 0x41414141 : size === 2 ? 0x4141 : 0x41;
          const done = Math.floor(other / size) + 1;
          expect(scan(view, u8, 33, size, count, wanted, true), `${size} ${count} ${other}`).toBe(done);
          expect(compare(view, u8, 33, 1025, size, count, true), `${size} ${count} ${other}`).toBe(done);
          if (size === 1) expect(scan(view, u8, 33, 1, count, 0x40, false), `${count} ${other}`).toBe(done);
        }
      }
    }
  });
});
