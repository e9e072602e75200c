import { describe, expect, test } from 'vitest';
import { byteOffset, LAYOUT, lane32, STATE_BYTES, type FieldName } from './layout.ts';
import { createStateViews } from './views.ts';

const fields = Object.values(LAYOUT);

describe('state layout', () => {
  test('no two fields overlap, and all lie within the buffer', () => {
    const sorted = [...fields].sort((a, b) => a.offset - b.offset);
    let end = 0;
    for (const field of sorted) {
      expect(field.offset, field.name).toBeGreaterThanOrEqual(end);
      end = field.offset + field.stride * field.count;
    }
    expect(end).toBeLessThanOrEqual(STATE_BYTES);
    expect(STATE_BYTES % 64).toBe(0);
  });

  test('every field is aligned to its width, vectors to 16 bytes', () => {
    for (const { name, offset, stride } of fields) expect(offset % Math.min(stride, 16), name).toBe(0);
  });

  test('general register n is lane 2n', () => {
    for (let n = 0; n < 16; n++) expect(lane32('gpr', n)).toBe(2 * n);
  });

  test('every field says where it comes from', () => {
    for (const { name, source } of fields) expect(source.length, name).toBeGreaterThan(0);
  });

  test('elements are reached through every view alike', () => {
    const views = createStateViews();
    views.u64[byteOffset('gpr', 4) >> 3] = 0x1122_3344_5566_7788n;
    expect(views.i32[lane32('gpr', 4)]).toBe(0x5566_7788);
    expect(views.u32[lane32('gpr', 4) + 1]).toBe(0x1122_3344);
    expect(views.u16[byteOffset('gpr', 4) >> 1]).toBe(0x7788);
    expect(views.u8[byteOffset('gpr', 4) + 7]).toBe(0x11);
  });

  test('writing one element touches no other field', () => {
    const views = createStateViews();
    for (const { name, offset, stride, count } of fields) {
      views.u8.fill(0);
      views.u8.fill(0xff, offset, offset + stride * count);
      for (const other of fields) if (other.name !== name) expect(views.u8[byteOffset(other.name as FieldName)], `${name} and ${other.name}`).toBe(0);
    }
  });

  test('a buffer that is too small is refused with both sizes', () => {
    expect(() => createStateViews(new ArrayBuffer(64))).toThrow(`state buffer has 64 bytes, expected at least ${STATE_BYTES}`);
  });
});
