import { MOD_MEMORY, MOD_REGISTER, PREFIX_66, PREFIX_ANY, PREFIX_F2, PREFIX_F3, PREFIX_NONE } from '../map/opcode.ts';
import {
  ENTRIES,
  ENTRY_DIGIT_SHIFT,
  ENTRY_FORM,
  ENTRY_LEGACY,
  ENTRY_LONG,
  ENTRY_MOD_SHIFT,
  ENTRY_MODRM,
  ENTRY_PLUS,
  ENTRY_PREFIX_SHIFT,
  ENTRY_REX_W,
  ENTRY_RM_SHIFT,
  ENTRY_START,
  FORM_DEFAULT64,
  FORM_IMMEDIATE,
  FORM_LOCK,
  FORM_NEAR_BRANCH,
  FORM_REGISTER_ONLY,
  FORM_SPECIAL,
  FORM_X87,
  IMMEDIATE_BRANCH,
  IMMEDIATE_BYTE,
  IMMEDIATE_FAR,
  IMMEDIATE_NONE,
  IMMEDIATE_OFFSET,
  IMMEDIATE_SECOND_BYTE,
  IMMEDIATE_SIGNED_BYTE,
  IMMEDIATE_V,
  IMMEDIATE_WORD,
  IMMEDIATE_Z,
  SLOT_MODRM,
  SPECIAL_CONTROL,
  SPECIAL_DEBUG,
  SPECIAL_NONE,
  SPECIAL_TO_SEGMENT,
} from '../map/packed.ts';
import {
  INVALID_FORM,
  PREFIX_ADDRESS_SIZE,
  PREFIX_LOCK,
  PREFIX_OPERAND_SIZE,
  PREFIX_REP,
  PREFIX_REPNE,
  PREFIX_SEGMENT,
  RIP_BASE,
  type Instruction,
} from './instruction.ts';

/** Bytes that an instruction may have (vol. 2 §2.3.11). */
const MAX_LENGTH = 15;
/** Control registers that exist: CR0, CR2, CR3, CR4 and CR8. */
const CONTROL_REGISTERS = 0b1_0001_1101;
const SEGMENT_CS = 1;
const SEGMENT_SS = 2;
const SEGMENT_DS = 3;
const SEGMENT_FS = 4;
const LAST_SEGMENT = 5;
const BASES_16: readonly number[] = [3, 3, 5, 5, 6, 7, 5, 3];
const INDEXES_16: readonly number[] = [6, 7, 6, 7, -1, -1, -1, -1];
const REX_W = 8;
const REX_R = 4;
const REX_X = 2;
const REX_B = 1;

/** Decodes the instructions of one mode. Holds no state between calls but its own scratch. */
export class Decoder {
  readonly #mode: 16 | 32 | 64;
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #limit = 0;

  constructor(mode: 16 | 32 | 64) {
    this.#mode = mode;
  }

  /**
   * Decodes the instruction at `offset` of `bytes` into `out` and returns its length; 0 if it goes on beyond `limit`.
   * An undefined opcode gives INVALID_FORM and the length read so far; so does one of more than 15 bytes, with `tooLong`.
   */
  decode(bytes: Uint8Array, offset: number, limit: number, out: Instruction): number {
    // A sixteenth byte is never part of an instruction.
    const end = Math.min(limit, offset + MAX_LENGTH);
    this.#bytes = bytes;
    this.#at = offset;
    this.#limit = end;
    clear(out);
    let length = this.#decode(out) ? this.#at - offset : 0;
    if (length === 0 && end < limit) {
      out.form = INVALID_FORM;
      out.tooLong = true;
      length = MAX_LENGTH;
    }
    out.length = length;
    return length;
  }

  /** False when the bytes end too soon. */
  #decode(out: Instruction): boolean {
    const bytes = this.#bytes;
    const isLong = this.#mode === 64;
    let operandOverride = false;
    let addressOverride = false;
    let segment = -1;
    let prefixes = 0;
    let rex = 0;
    let byte = 0;
    for (;;) {
      if (this.#at >= this.#limit) return false;
      byte = bytes[this.#at++]!;
      if (isLong && (byte & 0xf0) === 0x40) {
        // It counts only right before the opcode.
        rex = byte;
        continue;
      }
      if (byte === 0x66) {
        operandOverride = true;
        prefixes |= PREFIX_OPERAND_SIZE;
      } else if (byte === 0x67) {
        addressOverride = true;
        prefixes |= PREFIX_ADDRESS_SIZE;
      } else if (byte === 0xf0) prefixes |= PREFIX_LOCK;
      else if (byte === 0xf3) prefixes = (prefixes & ~PREFIX_REPNE) | PREFIX_REP;
      else if (byte === 0xf2) prefixes = (prefixes & ~PREFIX_REP) | PREFIX_REPNE;
      else {
        const override = segmentOf(byte);
        if (override < 0) break;
        prefixes |= PREFIX_SEGMENT;
        // In 64-bit mode ES, CS, SS and DS overrides do nothing.
        if (!isLong || override >= SEGMENT_FS) segment = override;
      }
      rex = 0;
    }
    let slot = byte;
    if (byte === 0x0f) {
      if (this.#at >= this.#limit) return false;
      byte = bytes[this.#at++]!;
      slot = 256 | byte;
      if (byte === 0x38 || byte === 0x3a) {
        if (this.#at >= this.#limit) return false;
        slot = (byte === 0x38 ? 512 : 768) | bytes[this.#at++]!;
        byte = slot & 0xff;
      }
    }
    out.prefixes = prefixes;
    out.rex = rex;
    out.segment = segment < 0 ? SEGMENT_DS : segment;
    out.operandSize = this.#operandSize(operandOverride, rex);
    out.addressSize = this.#addressSize(addressOverride);
    // NOP and PAUSE are the exchange of the accumulator with itself; REX.B makes it another (vol. 2, XCHG).
    if (slot === 0x90 && (rex & REX_B) !== 0) slot = 0x91;
    let modrm = -1;
    if (SLOT_MODRM[slot] !== 0) {
      if (this.#at >= this.#limit) return false;
      modrm = bytes[this.#at]!;
    }
    const entry = this.#find(slot, modrm, mandatory(prefixes, operandOverride), rex);
    if (entry === 0) {
      out.form = INVALID_FORM;
      if (modrm >= 0) this.#at++;
      return true;
    }
    const form = entry & ENTRY_FORM;
    if (isLong && FORM_DEFAULT64[form] !== 0) out.operandSize = operandOverride && (rex & REX_W) === 0 && !isNearBranch(form) ? 16 : 64;
    if ((entry & ENTRY_PLUS) !== 0) {
      out.reg = (byte & 7) | ((rex & REX_B) !== 0 ? 8 : 0);
      out.rm = out.reg;
    }
    if ((entry & ENTRY_MODRM) !== 0) {
      this.#at++;
      if (!this.#modrm(out, modrm, rex, segment < 0, FORM_REGISTER_ONLY[form] !== 0)) return false;
    }
    if (!this.#immediate(out, FORM_IMMEDIATE[form * 2]!) || !this.#immediate(out, FORM_IMMEDIATE[form * 2 + 1]!)) return false;
    if (FORM_X87[form] !== 0) out.immediate = ((slot & 7) << 8) | modrm;
    // LOCK is for a few read-modify-write forms, with memory (vol. 2, LOCK).
    const isLockBad = (prefixes & PREFIX_LOCK) !== 0 && (FORM_LOCK[form] === 0 || !out.isMemory);
    const isMissing = FORM_SPECIAL[form] !== SPECIAL_NONE && isRegisterMissing(out, FORM_SPECIAL[form]!);
    out.form = isLockBad || isMissing ? INVALID_FORM : form;
    return true;
  }

  #operandSize(override: boolean, rex: number): number {
    if ((rex & REX_W) !== 0) return 64;
    return (this.#mode === 16) === override ? 32 : 16;
  }

  #addressSize(override: boolean): number {
    if (this.#mode === 64) return override ? 32 : 64;
    return (this.#mode === 16) === override ? 32 : 16;
  }

  /** The first entry of the slot that fits, 0 for none. */
  #find(slot: number, modrm: number, prefix: number, rex: number): number {
    const excluded = (this.#mode === 64 ? ENTRY_LEGACY : ENTRY_LONG) | ((rex & REX_W) === 0 ? ENTRY_REX_W : 0);
    const end = ENTRY_START[slot + 1]!;
    for (let i = ENTRY_START[slot]!; i < end; i++) {
      const entry = ENTRIES[i]!;
      if ((entry & excluded) !== 0) continue;
      const wanted = (entry >>> ENTRY_PREFIX_SHIFT) & 7;
      if (wanted !== PREFIX_ANY && wanted !== prefix) continue;
      const digit = (entry >>> ENTRY_DIGIT_SHIFT) & 15;
      if (digit !== 0 && digit - 1 !== ((modrm >>> 3) & 7)) continue;
      const rm = (entry >>> ENTRY_RM_SHIFT) & 15;
      if (rm !== 0 && rm - 1 !== (modrm & 7)) continue;
      const mod = (entry >>> ENTRY_MOD_SHIFT) & 3;
      if (mod === MOD_MEMORY ? modrm >= 0xc0 : mod === MOD_REGISTER && modrm < 0xc0) continue;
      return entry;
    }
    return 0;
  }

  /** ModRM, SIB and displacement (vol. 2 §2.1.5). */
  #modrm(out: Instruction, modrm: number, rex: number, defaultSegment: boolean, registerOnly: boolean): boolean {
    out.modrm = modrm;
    out.reg = ((modrm >>> 3) & 7) | ((rex & REX_R) !== 0 ? 8 : 0);
    out.rm = (modrm & 7) | ((rex & REX_B) !== 0 ? 8 : 0);
    const mod = modrm >>> 6;
    if (mod === 3 || registerOnly) return true;
    out.isMemory = true;
    if (out.addressSize === 16) return this.#memory16(out, mod, modrm & 7, defaultSegment);
    let bytes = mod === 1 ? 1 : mod === 2 ? 4 : 0;
    let low = modrm & 7;
    if (low === 4) {
      if (this.#at >= this.#limit) return false;
      const sib = this.#bytes[this.#at++]!;
      const index = ((sib >>> 3) & 7) | ((rex & REX_X) !== 0 ? 8 : 0);
      out.index = index === 4 ? -1 : index;
      out.scale = index === 4 ? 0 : sib >>> 6;
      low = sib & 7;
      if (low === 5 && mod === 0) bytes = 4;
      else out.base = low | ((rex & REX_B) !== 0 ? 8 : 0);
    } else if (low === 5 && mod === 0) {
      bytes = 4;
      if (this.#mode === 64) out.base = RIP_BASE;
    } else out.base = out.rm;
    if (defaultSegment && (out.base === 4 || out.base === 5) && this.#mode !== 64) out.segment = SEGMENT_SS;
    if (this.#at + bytes > this.#limit) return false;
    out.displacement = bytes === 1 ? (this.#bytes[this.#at]! << 24) >> 24 : bytes === 4 ? this.#read(4) : 0;
    if (bytes === 1) this.#at++;
    out.displacementHigh = out.displacement >> 31;
    return true;
  }

  /** 16-bit addressing (vol. 2 table 2-1). */
  #memory16(out: Instruction, mod: number, rm: number, defaultSegment: boolean): boolean {
    out.base = BASES_16[rm]!;
    out.index = INDEXES_16[rm]!;
    let bytes = mod === 1 ? 1 : mod === 2 ? 2 : 0;
    if (mod === 0 && rm === 6) {
      out.base = -1;
      bytes = 2;
    }
    if (defaultSegment && out.base === 5) out.segment = SEGMENT_SS;
    if (this.#at + bytes > this.#limit) return false;
    out.displacement = bytes === 0 ? 0 : bytes === 1 ? (this.#read(1) << 24) >> 24 : (this.#read(2) << 16) >> 16;
    out.displacementHigh = out.displacement >> 31;
    return true;
  }

  #immediate(out: Instruction, kind: number): boolean {
    if (kind === IMMEDIATE_NONE) return true;
    const bytes = this.#immediateBytes(out, kind);
    if (this.#at + bytes > this.#limit) return false;
    switch (kind) {
      case IMMEDIATE_SECOND_BYTE:
        out.immediate2 = this.#read(1);
        return true;
      case IMMEDIATE_OFFSET:
        out.isMemory = true;
        out.displacement = this.#read(Math.min(bytes, 4));
        out.displacementHigh = bytes === 8 ? this.#read(4) : 0;
        return true;
      case IMMEDIATE_FAR:
        out.immediate = this.#read(bytes - 2);
        out.immediate2 = this.#read(2);
        return true;
      case IMMEDIATE_SIGNED_BYTE:
        out.immediate = (this.#read(1) << 24) >> 24;
        break;
      case IMMEDIATE_BRANCH:
        out.immediate = bytes === 2 ? (this.#read(2) << 16) >> 16 : this.#read(4);
        break;
      default:
        out.immediate = this.#read(Math.min(bytes, 4));
        if (bytes === 8) {
          out.immediateHigh = this.#read(4);
          return true;
        }
        if (kind === IMMEDIATE_BYTE || kind === IMMEDIATE_WORD) return true;
    }
    out.immediateHigh = out.immediate >> 31;
    return true;
  }

  #immediateBytes(out: Instruction, kind: number): number {
    const { operandSize } = out;
    switch (kind) {
      case IMMEDIATE_WORD:
        return 2;
      case IMMEDIATE_Z:
        return operandSize === 16 ? 2 : 4;
      case IMMEDIATE_V:
        return operandSize >>> 3;
      case IMMEDIATE_BRANCH:
        return this.#mode !== 64 && operandSize === 16 ? 2 : 4;
      case IMMEDIATE_FAR:
        return (operandSize === 16 ? 2 : 4) + 2;
      case IMMEDIATE_OFFSET:
        return out.addressSize >>> 3;
      default:
        return 1;
    }
  }

  /** The next 1, 2 or 4 bytes, zero-extended (4: as int32). */
  #read(count: number): number {
    const bytes = this.#bytes;
    const at = this.#at;
    this.#at = at + count;
    if (count === 1) return bytes[at]!;
    if (count === 2) return bytes[at]! | (bytes[at + 1]! << 8);
    return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
  }
}

function clear(out: Instruction): void {
  out.form = INVALID_FORM;
  out.modrm = -1;
  out.reg = 0;
  out.rm = 0;
  out.isMemory = false;
  out.base = -1;
  out.index = -1;
  out.scale = 0;
  out.displacement = 0;
  out.displacementHigh = 0;
  out.immediate = 0;
  out.immediateHigh = 0;
  out.immediate2 = 0;
  out.tooLong = false;
}

/** Segment that an override prefix names, −1 for any other byte. */
function segmentOf(byte: number): number {
  switch (byte) {
    case 0x26:
      return 0;
    case 0x2e:
      return 1;
    case 0x36:
      return 2;
    case 0x3e:
      return 3;
    case 0x64:
      return 4;
    case 0x65:
      return 5;
    default:
      return -1;
  }
}

/** Which mandatory prefix is there: F2 and F3 win over 66 (vol. 2 §2.1.2). */
function mandatory(prefixes: number, operandOverride: boolean): number {
  if ((prefixes & PREFIX_REP) !== 0) return PREFIX_F3;
  if ((prefixes & PREFIX_REPNE) !== 0) return PREFIX_F2;
  return operandOverride ? PREFIX_66 : PREFIX_NONE;
}

/** Whether ModRM.reg names a control, debug or segment register that does not exist, or CS as a destination (vol. 2, MOV). */
function isRegisterMissing(out: Instruction, special: number): boolean {
  switch (special) {
    case SPECIAL_NONE:
      return false;
    case SPECIAL_CONTROL:
      return ((CONTROL_REGISTERS >> out.reg) & 1) === 0;
    case SPECIAL_DEBUG:
      return out.reg > 7;
    default:
      // REX.R does not reach segment registers.
      out.reg &= 7;
      return out.reg > LAST_SEGMENT || (special === SPECIAL_TO_SEGMENT && out.reg === SEGMENT_CS);
  }
}

/** In 64-bit mode a near branch has 64-bit operands whatever the prefixes say. */
function isNearBranch(form: number): boolean {
  return FORM_NEAR_BRANCH[form] !== 0;
}
