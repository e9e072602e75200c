import { FORMS, SLOTS } from './forms.ts';
import { PREFIX_ANY } from './opcode.ts';

/*
 * The map as typed arrays, which are all that decoding touches.
 *
 * Slot (map << 8 | byte) has entries ENTRY_START[slot] … ENTRY_START[slot + 1] − 1; the first that fits is the instruction.
 * An entry: form (bits 0–11), mandatory prefix (12–14), digit + 1 (15–18), rm + 1 (19–22), mod (23–24), +r (25),
 * ModRM (26), not in 64-bit mode (27), only there (28), REX.W must be there (29).
 */
const MAPS = 4;

/** First entry of each slot. */
export const ENTRY_START: Uint16Array = new Uint16Array(MAPS * 256 + 1);
export const ENTRIES: Int32Array = new Int32Array(SLOTS.length * 8);
/** 1 for slots whose entries have a ModRM byte. */
export const SLOT_MODRM: Uint8Array = new Uint8Array(MAPS * 256);

export const ENTRY_FORM = 0xfff;
export const ENTRY_PREFIX_SHIFT = 12;
export const ENTRY_DIGIT_SHIFT = 15;
export const ENTRY_RM_SHIFT = 19;
export const ENTRY_MOD_SHIFT = 23;
export const ENTRY_PLUS: number = 1 << 25;
export const ENTRY_MODRM: number = 1 << 26;
export const ENTRY_LEGACY: number = 1 << 27;
export const ENTRY_LONG: number = 1 << 28;
export const ENTRY_REX_W: number = 1 << 29;

/** Immediates of a form, in the order of the bytes. */
export const IMMEDIATE_NONE = 0;
export const IMMEDIATE_BYTE = 1;
export const IMMEDIATE_SIGNED_BYTE = 2;
export const IMMEDIATE_WORD = 3;
/** Operand size, at most 32 bits, sign-extended to 64. */
export const IMMEDIATE_Z = 4;
/** Operand size. */
export const IMMEDIATE_V = 5;
export const IMMEDIATE_FAR = 6;
/** Address size: a moffs operand. */
export const IMMEDIATE_OFFSET = 7;
/** ENTER's level. */
export const IMMEDIATE_SECOND_BYTE = 8;
/** A branch displacement of operand size, always 32 bits in 64-bit mode. */
export const IMMEDIATE_BRANCH = 9;

export const FORM_IMMEDIATE: Uint8Array = new Uint8Array(FORMS.length * 2);
export const FORM_LOCK: Uint8Array = new Uint8Array(FORMS.length);
export const FORM_DEFAULT64: Uint8Array = new Uint8Array(FORMS.length);
/** 1: ModRM.rm names a register whatever mod says (moves of control and debug registers). */
export const FORM_REGISTER_ONLY: Uint8Array = new Uint8Array(FORMS.length);
/** 1: a near jump, call or return. */
export const FORM_NEAR_BRANCH: Uint8Array = new Uint8Array(FORMS.length);
/** What ModRM.reg names where not every number is a register. */
export const FORM_SPECIAL: Uint8Array = new Uint8Array(FORMS.length);
export const SPECIAL_NONE = 0;
export const SPECIAL_CONTROL = 1;
export const SPECIAL_DEBUG = 2;
export const SPECIAL_FROM_SEGMENT = 3;
export const SPECIAL_TO_SEGMENT = 4;
/** 1: x87, whose opcode goes to FOP. */
export const FORM_X87: Uint8Array = new Uint8Array(FORMS.length);

const KINDS: Readonly<Record<string, number>> = {
  Ib: IMMEDIATE_BYTE, sIb: IMMEDIATE_SIGNED_BYTE, Jb: IMMEDIATE_SIGNED_BYTE, Iw: IMMEDIATE_WORD, Iz: IMMEDIATE_Z, Iv: IMMEDIATE_V,
  Jz: IMMEDIATE_BRANCH, Ap: IMMEDIATE_FAR, Ob: IMMEDIATE_OFFSET, Ov: IMMEDIATE_OFFSET,
};

function specialOf(operands: readonly string[]): number {
  if (operands.includes('Cd')) return SPECIAL_CONTROL;
  if (operands.includes('Dd')) return SPECIAL_DEBUG;
  return operands.includes('Sw') ? (operands[0] === 'Sw' ? SPECIAL_TO_SEGMENT : SPECIAL_FROM_SEGMENT) : SPECIAL_NONE;
}

function pack(): void {
  const bySlot: number[][] = Array.from({ length: MAPS * 256 }, () => []);
  // Entries that ask for prefixes come before those that do not care.
  const demands = ({ opcode }: (typeof SLOTS)[number]): number => (opcode.prefix === PREFIX_ANY ? 0 : 2) + (opcode.rexW ? 1 : 0);
  const ordered = [...SLOTS].sort((a, b) => demands(b) - demands(a));
  for (const { opcode, form } of ordered) {
    const entry =
      form.id |
      (opcode.prefix << ENTRY_PREFIX_SHIFT) |
      ((opcode.digit + 1) << ENTRY_DIGIT_SHIFT) |
      ((opcode.rm + 1) << ENTRY_RM_SHIFT) |
      (opcode.mod << ENTRY_MOD_SHIFT) |
      (opcode.plus ? ENTRY_PLUS : 0) |
      (opcode.rexW ? ENTRY_REX_W : 0) |
      (opcode.hasModrm ? ENTRY_MODRM : 0) |
      (form.mode === 'legacy' ? ENTRY_LEGACY : form.mode === 'long' ? ENTRY_LONG : 0);
    for (let i = 0; i < (opcode.plus ? 8 : 1); i++) {
      const slot = (opcode.map << 8) | (opcode.byte + i);
      // PAUSE is in the middle of XCHG's eight.
      bySlot[slot]!.push(entry);
      if (opcode.hasModrm) SLOT_MODRM[slot] = 1;
    }
  }
  let next = 0;
  bySlot.forEach((entries, slot) => {
    ENTRY_START[slot] = next;
    for (const entry of entries) ENTRIES[next++] = entry;
  });
  ENTRY_START[MAPS * 256] = next;
  for (const form of FORMS) {
    const kinds = form.operands.map((code) => KINDS[code] ?? IMMEDIATE_NONE).filter((kind) => kind !== IMMEDIATE_NONE);
    if (form.name === 'Enter_Iw_Ib') kinds[1] = IMMEDIATE_SECOND_BYTE;
    FORM_IMMEDIATE[form.id * 2] = kinds[0] ?? IMMEDIATE_NONE;
    FORM_IMMEDIATE[form.id * 2 + 1] = kinds[1] ?? IMMEDIATE_NONE;
    FORM_LOCK[form.id] = form.lock ? 1 : 0;
    FORM_DEFAULT64[form.id] = form.default64 ? 1 : 0;
    FORM_REGISTER_ONLY[form.id] = form.operands.some((code) => code === 'Rd') ? 1 : 0;
    FORM_NEAR_BRANCH[form.id] = /^(J|Call_|Ret(_|$)|Loop)/.test(form.name) ? 1 : 0;
    FORM_SPECIAL[form.id] = specialOf(form.operands);
    FORM_X87[form.id] = /^D[89A-F] /.test(form.opcode) ? 1 : 0;
  }
}

pack();

