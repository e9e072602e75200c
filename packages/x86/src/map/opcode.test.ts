import { describe, expect, test } from 'vitest';
import { MOD_ANY, MOD_MEMORY, MOD_REGISTER, parseOpcode, PREFIX_66, PREFIX_ANY, PREFIX_F3, PREFIX_NONE } from './opcode.ts';

const PLAIN = { prefix: PREFIX_ANY, rexW: false, map: 0, plus: false, hasModrm: false, digit: -1, rm: -1, mod: MOD_ANY };

describe('the notation of opcodes', () => {
  test('bytes, maps and registers in the opcode', () => {
    expect(parseOpcode('F4')).toEqual({ ...PLAIN, byte: 0xf4 });
    expect(parseOpcode('40+r')).toEqual({ ...PLAIN, byte: 0x40, plus: true });
    expect(parseOpcode('0F AF /r')).toEqual({ ...PLAIN, map: 1, byte: 0xaf, hasModrm: true });
    expect(parseOpcode('66 0F 38 00 /r')).toEqual({ ...PLAIN, prefix: PREFIX_66, map: 2, byte: 0, hasModrm: true });
    expect(parseOpcode('NP 0F 3A 0F /r')).toEqual({ ...PLAIN, prefix: PREFIX_NONE, map: 3, byte: 0x0f, hasModrm: true });
  });

  test('prefixes that are part of an opcode, and bytes that only look so', () => {
    expect(parseOpcode('F3 90')).toEqual({ ...PLAIN, prefix: PREFIX_F3, byte: 0x90 });
    expect(parseOpcode('66 REX.W 0F 6E /r')).toEqual({ ...PLAIN, prefix: PREFIX_66, rexW: true, map: 1, byte: 0x6e, hasModrm: true });
  });

  test('digits, ModRM bytes and restrictions', () => {
    expect(parseOpcode('80 /5')).toMatchObject({ hasModrm: true, digit: 5, mod: MOD_ANY });
    expect(parseOpcode('0F 01 /2 mem')).toMatchObject({ digit: 2, mod: MOD_MEMORY });
    expect(parseOpcode('0F 01 C8')).toMatchObject({ hasModrm: true, digit: 1, rm: 0, mod: MOD_REGISTER });
    expect(parseOpcode('D8 C8+i')).toMatchObject({ digit: 1, rm: -1, mod: MOD_REGISTER });
  });

  test('anything else is refused by name', () => {
    for (const text of ['', 'XY', '0f af /r', '80 /8', '0F 01 38', '80 /0 mem reg', '80 /0 odd']) expect(() => parseOpcode(text), text).toThrow(`opcode "${text}"`);
  });
});
