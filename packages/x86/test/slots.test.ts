import { describe, expect, test } from 'vitest';
import { Decoder } from '../src/decode/decoder.ts';
import { INVALID_FORM, Instruction } from '../src/decode/instruction.ts';
import { FORMS } from '../src/map/forms.ts';
import { formNames, MAP_NAMES, slotKind } from '../src/map/slot-kind.ts';

/** Undefined opcodes of each map (vol. 2D tables, without what came after SSE4.2), as bytes and ranges. */
const UNDEFINED = ['', '04 0A 0C 0E-0F 24-27 36-37 39 3B-3F 78-7B A6-A7', '0C-0F 11-13 16 18-1B 1F 26-27 2C-2F 36 42-EF F2-FF', '00-07 10-13 18-1F 23-3F 43-5F 64-FF'];
/** In 64-bit mode these are as well (superscript i64); C4, C5 and 62 begin VEX and EVEX there, which are not decoded. */
const UNDEFINED_LONG = '06-07 0E 16-17 1E-1F 27 2F 37 3F 60-62 82 9A C4-C5 CE D4-D6 EA';

function bytesOf(ranges: string): number[] {
  return ranges.split(' ').filter((range) => range !== '').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map((byte) => Number.parseInt(byte, 16));
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

describe('every slot of every map is a form, a group, a prefix, an escape or listed as undefined', () => {
  for (const isLong of [false, true]) {
    MAP_NAMES.forEach((name, map) => {
      test(`${name}${isLong ? ', 64-bit mode' : ''}`, () => {
        const expected = bytesOf(isLong && map === 0 ? UNDEFINED_LONG : UNDEFINED[map]!);
        const undefinedBytes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => slotKind(map, byte, isLong) === 'undefined');
        expect(undefinedBytes).toEqual(expected);
      });
    });
  }

  test('the decoder calls undefined what the list does', () => {
    const instruction = new Instruction();
    const escapes = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
    for (const isLong of [false, true]) {
      const decoder = new Decoder(isLong ? 64 : 32);
      escapes.forEach((escape, map) => {
        for (let byte = 0; byte < 256; byte++) {
          if (slotKind(map, byte, isLong) !== 'undefined') continue;
          const length = decoder.decode(Uint8Array.from([...escape, byte, 0, 0, 0, 0, 0]), 0, escape.length + 6, instruction);
          expect(instruction.form, `${escape.join()} ${byte.toString(16)}`).toBe(INVALID_FORM);
          expect(length).toBeGreaterThan(escape.length);
        }
      });
    }
  });

  test('groups and forms name their forms', () => {
    expect(slotKind(0, 0x80, false)).toBe('group');
    expect(formNames(0, 0x80, false)).toContain('Xor_Eb_Ib');
    expect(slotKind(0, 0xcd, false)).toBe('form');
    expect(slotKind(0, 0x40, true)).toBe('prefix');
    expect(slotKind(1, 0x38, true)).toBe('escape');
  });
});

describe('forms', () => {
  test('have their index as id, and a name of their own', () => {
    expect(FORMS.map((form) => form.id)).toEqual(FORMS.map((_, i) => i));
    expect(new Set(FORMS.map((form) => form.name)).size).toBe(FORMS.length);
  });

  test('only read-modify-write forms take LOCK', () => {
    const locked = [...new Set(FORMS.filter((form) => form.lock).map((form) => form.mnemonic))].sort();
    expect(locked).toEqual(['adc', 'add', 'and', 'btc', 'btr', 'bts', 'cmpxchg', 'cmpxchg16b', 'cmpxchg8b', 'dec', 'inc', 'neg', 'not', 'or', 'sbb', 'sub', 'xadd', 'xchg', 'xor']);
  });
});
