import { INVALID_FORM, PREFIX_ADDRESS_SIZE, PREFIX_LOCK, PREFIX_OPERAND_SIZE, PREFIX_REP, PREFIX_REPNE, PREFIX_SEGMENT, type Instruction } from '../decode/instruction.ts';
import { FORMS, SLOTS } from './map.ts';
const SEGS: Record<number, number> = { 0x26: 0, 0x2e: 1, 0x36: 2, 0x3e: 3, 0x64: 4, 0x65: 5 };
export class Decoder {
  readonly #mode: 16 | 32;
  constructor(mode: 16 | 32 | 64) { this.#mode = mode === 16 ? 16 : 32; }
  decode(b: Uint8Array, at: number, limit: number, o: Instruction): number {
    let p = at, op = this.#mode as number, ad = this.#mode as number, seg = -1, prefixes = 0, mand = 0;
    o.form = INVALID_FORM; o.modrm = -1; o.isMemory = false; o.base = -1; o.index = -1; o.scale = 0; o.displacement = 0; o.immediate = 0; o.immediate2 = 0; o.reg = 0; o.rm = 0; o.tooLong = false;
    let c = 0;
    for (;;) {
      if (p >= limit) return 0;
      c = b[p++]!;
      if (c === 0x66) { op = 48 - this.#mode; prefixes |= PREFIX_OPERAND_SIZE; } else if (c === 0x67) { ad = 48 - this.#mode; prefixes |= PREFIX_ADDRESS_SIZE; }
      else if (c === 0xf0) prefixes |= PREFIX_LOCK; else if (c === 0xf3) { prefixes = (prefixes & ~PREFIX_REPNE) | PREFIX_REP; mand = 2; } else if (c === 0xf2) { prefixes = (prefixes & ~PREFIX_REP) | PREFIX_REPNE; mand = 3; }
      else if (SEGS[c] !== undefined) { seg = SEGS[c]!; prefixes |= PREFIX_SEGMENT; } else break;
    }
    if (mand === 0 && (prefixes & PREFIX_OPERAND_SIZE)) mand = 1;
    let map = 0;
    if (c === 0x0f) { if (p >= limit) return 0; c = b[p++]!; map = 256; }
    o.operandSize = op; o.addressSize = ad; o.prefixes = prefixes; o.segment = seg < 0 ? 3 : seg;
    const slot = SLOTS[map + c]!;
    let m = -1;
    if (slot.some((e) => e.modrm)) { if (p >= limit) return 0; m = b[p]!; }
    const e = slot.find((e) => (e.prefix === 0 || e.prefix === mand || (e.prefix === 4 && mand === 0)) && (e.digit < 0 || e.digit === ((m >> 3) & 7)) && (e.rm < 0 || e.rm === (m & 7)) && (e.mod === 0 || (e.mod === 1) === m < 0xc0));
    if (e === undefined) { o.length = p - at + (m >= 0 ? 1 : 0); return o.length; }
    const form = FORMS[e.form]!;
    if (e.plus) { o.reg = c & 7; o.rm = c & 7; }
    if (e.modrm) {
      p++; o.modrm = m; o.reg = (m >> 3) & 7; o.rm = m & 7; const mod = m >> 6;
      if (form.operands.some((x) => x[0] === 'R')) { /* register always */ } else if (mod !== 3) {
        o.isMemory = true; let def = 3, size = 0;
        if (ad === 16) {
          const r = m & 7; o.base = [3, 3, 5, 5, 6, 7, 5, 3][r]!; o.index = [6, 7, 6, 7, -1, -1, -1, -1][r]!;
          if (o.base === 5) def = 2; if (mod === 0 && r === 6) { o.base = -1; def = 3; size = 2; } else size = mod;
          if (p + size > limit) return 0;
          o.displacement = size === 1 ? (b[p]! << 24) >> 24 : size === 2 ? ((b[p]! | (b[p + 1]! << 8)) << 16) >> 16 : 0;
        } else {
          let r = m & 7;
          if (r === 4) { if (p >= limit) return 0; const s = b[p++]!; o.index = ((s >> 3) & 7) === 4 ? -1 : (s >> 3) & 7; o.scale = o.index < 0 ? 0 : s >> 6; r = s & 7; }
          if (r === 5 && mod === 0) { size = 4; } else { o.base = r; size = mod === 2 ? 4 : mod; if (r === 4 || r === 5) def = 2; }
          if (p + size > limit) return 0;
          o.displacement = size === 1 ? (b[p]! << 24) >> 24 : size === 4 ? b[p]! | (b[p + 1]! << 8) | (b[p + 2]! << 16) | (b[p + 3]! << 24) : 0;
        }
        p += size; if (seg < 0) o.segment = def;
      }
    }
    const read = (n: number): number => { let v = 0; for (let i = 0; i < n; i++) v |= b[p + i]! << (8 * i); p += n; return v; };
    for (const x of form.operands) {
      let n = 0; if (x === 'Ib' || x === 'sIb' || x === 'Jb') n = 1; else if (x === 'Iw') n = 2; else if (x === 'Iz' || x === 'Iv' || x === 'Jz') n = op >> 3; else if (x === 'Ap') n = (op >> 3) + 2; else if (x[0] === 'O') n = ad >> 3;
      if (n === 0) continue;
      if (p + n > limit) return 0;
      if (x === 'Ap') { o.immediate = read(n - 2); o.immediate2 = read(2); } else if (x[0] === 'O') { o.isMemory = true; o.displacement = read(n); }
      else { let v = read(n); if (x === 'sIb' || x === 'Jb') v = (v << 24) >> 24; else if (x === 'Jz' && n === 2) v = (v << 16) >> 16; if (form.name === 'Enter_Iw_Ib' && x === 'Ib') o.immediate2 = v; else o.immediate = v; }
    }
    o.form = e.form; o.length = p - at;
    if (o.length > 15) { o.form = 0; o.tooLong = true; }
    return o.length;
  }
}
export function formatInstruction(i: Instruction, _ip: number, _mode: 16 | 32 | 64): string { return FORMS[i.form]!.mnemonic; }
