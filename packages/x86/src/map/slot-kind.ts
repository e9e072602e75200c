import { SLOTS } from './forms.ts';

/** What an opcode byte of a map is in a mode: several forms that prefixes or ModRM tell apart make a group. */
export type SlotKind = 'form' | 'group' | 'prefix' | 'escape' | 'undefined';

/** The maps by number: one byte, 0F, 0F 38, 0F 3A. */
export const MAP_NAMES: readonly string[] = ['one byte', '0F', '0F 38', '0F 3A'];

/** Segment overrides, operand and address size, LOCK, REPNE, REP (vol. 2 §2.1.1). */
const PREFIXES: readonly number[] = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3];

/** Kind of slot `byte` of `map`, in 64-bit mode or in the others. */
export function slotKind(map: number, byte: number, isLong: boolean): SlotKind {
  if (map === 0 && (PREFIXES.includes(byte) || (isLong && byte >> 4 === 4))) return 'prefix';
  if ((map === 0 && byte === 0x0f) || (map === 1 && (byte === 0x38 || byte === 0x3a))) return 'escape';
  const names = formNames(map, byte, isLong);
  return names.length === 0 ? 'undefined' : names.length === 1 ? 'form' : 'group';
}

/** Names of the forms that slot `byte` of `map` leads to. */
export function formNames(map: number, byte: number, isLong: boolean): string[] {
  const names = SLOTS.filter(
    ({ opcode, form }) => opcode.map === map && (opcode.plus ? byte & 0xf8 : byte) === opcode.byte && form.mode !== (isLong ? 'legacy' : 'long'),
  ).map(({ form }) => form.name);
  return [...new Set(names)];
}
