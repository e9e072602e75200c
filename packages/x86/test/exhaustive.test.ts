import { describe, expect, test } from 'vitest';
import { DIFFERENCES, FEATURES_LEFT_OUT, OTHER_ENCODING } from './differences.ts';
import { Comparison, type Mode } from './reference.ts';

const LEGACY_PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3]);
const MAPS = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const PREFIXES = [[], [0x66], [0xf3], [0xf2]];
const LONG_PREFIXES = [...PREFIXES, [0x48], [0x66, 0x48], [0xf3, 0x48], [0xf2, 0x48], [0x45]];

/** Whether a byte after these is an opcode, and not a prefix or an escape. */
function isOpcode(map: readonly number[], byte: number): boolean {
  if (map.length === 0) return byte !== 0x0f && !LEGACY_PREFIXES.has(byte);
  return map.length > 1 || (byte !== 0x38 && byte !== 0x3a);
}

/** Every opcode of every map with every ModRM byte. What follows is the same byte over and over. */
function compareAll(mode: Mode, prefixes: readonly (readonly number[])[], filler: number): Comparison {
  const comparison = new Comparison(mode);
  const bytes = new Uint8Array(15);
  for (const prefix of prefixes) {
    for (const map of MAPS) {
      for (let opcode = 0; opcode < 256; opcode++) {
        if (!isOpcode(map, opcode)) continue;
        for (let modrm = 0; modrm < 256; modrm++) {
          bytes.fill(filler);
          bytes.set([...prefix, ...map, opcode, modrm]);
          comparison.one(bytes);
        }
      }
    }
  }
  return comparison;
}

const met = new Set<string>();

describe('every opcode of every map with every ModRM byte, as iced-x86 decodes it', () => {
  for (const mode of [16, 32, 64] as const) {
    test(`${mode}-bit mode`, () => {
      const comparison = compareAll(mode, mode === 64 ? LONG_PREFIXES : PREFIXES, 0x11);
      expect(comparison.mismatches.slice(0, 20)).toEqual([]);
      expect(comparison.compared).toBe((mode === 64 ? LONG_PREFIXES : PREFIXES).length * 1010 * 256);
      expect(comparison.valid).toBeGreaterThan(400_000);
      for (const reason of comparison.explained.keys()) met.add(reason);
    });
  }

  test('every listed difference and left-out feature was met, so none hides anything else', () => {
    expect([...met].sort()).toEqual([...DIFFERENCES.map(({ name }) => name), ...FEATURES_LEFT_OUT, OTHER_ENCODING].sort());
  });
});
