import { Decoder, FORMS, Instruction, INVALID_FORM, type Slot } from '@ringzero/x86';
import type { Sequence } from '../format/random.ts';

/** What an encoding is to look like; what is absent is drawn. */
export interface EncodingOptions {
  readonly mode: 16 | 32;
  readonly prefixes: readonly number[];
  /** Memory or a register in ModRM.rm, where the form leaves the choice. */
  readonly memory: boolean;
  /** Address that an operand without base and index gets, as an offset in its segment. */
  readonly absolute: number;
  /** Registers that ModRM.reg and a register in ModRM.rm may be. */
  readonly reg?: number;
  readonly rm?: number;
  /** Bytes behind ModRM and its displacement; random ones by default. */
  readonly immediate?: readonly number[];
  /** Memory operands are plain: an absolute address or EBP and a displacement. */
  readonly plainMemory?: boolean;
}

const PREFIX_BYTES: readonly (readonly number[])[] = [[], [], [0x66], [0xf3], [0xf2]];
const MAP_BYTES: readonly (readonly number[])[] = [[], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]];
const MOD_MEMORY = 1;
const MOD_REGISTER = 2;
const EDGE_BYTES = [0, 1, 0x7f, 0x80, 0xff, 0x1f, 0x20, 8, 0x10, 7, 0x40];

function littleEndian(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >> (8 * i)) & 0xff);
}

/** Displacement of a memory operand with a base: now and then a large one, which wraps. */
function displacement(random: Sequence, bytes: number): number[] {
  if (bytes === 0) return [];
  if (bytes === 1) return [random.next() & 0xff];
  return littleEndian(random.oneIn(2) ? random.next() & -16 : random.below(0x1000) & -16, bytes);
}

function modrm16(random: Sequence, reg: number, absolute: number): number[] {
  const mod = random.below(3);
  const rm = random.below(8);
  const byte = (mod << 6) | (reg << 3) | rm;
  if (mod === 0 && rm === 6) return [byte, ...littleEndian(absolute, 2)];
  return [byte, ...displacement(random, mod)];
}

function modrm32(random: Sequence, reg: number, absolute: number, isPlain: boolean): number[] {
  const mod = isPlain ? random.pick([0, 1, 2]) : random.below(3);
  const rm = isPlain ? 5 : random.below(8);
  const byte = (mod << 6) | (reg << 3) | rm;
  const bytes = mod === 0 ? 0 : mod === 1 ? 1 : 4;
  if (rm === 4) {
    const sib = random.next() & 0xff;
    const index = (sib >> 3) & 7;
    if ((sib & 7) !== 5 || mod !== 0) return [byte, sib, ...displacement(random, bytes)];
    return [byte, sib, ...(index === 4 ? littleEndian(absolute, 4) : displacement(random, 4))];
  }
  if (rm === 5 && mod === 0) return [byte, ...littleEndian(absolute, 4)];
  if (isPlain && mod === 2) return [byte, ...littleEndian(-random.below(0x380), 4)];
  return [byte, ...displacement(random, bytes)];
}

/** Makes instructions of the opcode map's slots. */
export class Encoder {
  readonly #decoders: Readonly<Record<16 | 32, Decoder>> = { 16: new Decoder(16), 32: new Decoder(32) };
  readonly #random: Sequence;

  constructor(random: Sequence) {
    this.#random = random;
  }

  /** Decodes what was made. */
  decode(bytes: Uint8Array, mode: 16 | 32): Instruction {
    const instruction = new Instruction();
    this.#decoders[mode].decode(bytes, 0, bytes.length, instruction);
    return instruction;
  }

  /** Bytes of an instruction of the slot, or undefined when the options do not make one of its form (or a LOCK that is refused). */
  encode(slot: Slot, options: EncodingOptions): Uint8Array | undefined {
    const random = this.#random;
    const { opcode, form } = slot;
    const addressSize = (options.mode === 16) === options.prefixes.includes(0x67) ? 32 : 16;
    const bytes = [...options.prefixes, ...PREFIX_BYTES[opcode.prefix], ...MAP_BYTES[opcode.map]];
    bytes.push(opcode.plus ? opcode.byte | (options.reg ?? random.below(8)) : opcode.byte);
    if (opcode.hasModrm) {
      const reg = opcode.digit >= 0 ? opcode.digit : (options.reg ?? random.below(8));
      const isMemory = opcode.mod === MOD_MEMORY || (opcode.mod !== MOD_REGISTER && options.memory);
      if (!isMemory) bytes.push(0xc0 | (reg << 3) | (opcode.rm >= 0 ? opcode.rm : (options.rm ?? random.below(8))));
      else bytes.push(...(addressSize === 16 ? modrm16(random, reg, options.absolute) : modrm32(random, reg, options.absolute, options.plainMemory === true)));
    }
    const isOffset = form.operands.some((code) => code === 'Ob' || code === 'Ov');
    const tail = options.immediate ?? (isOffset ? littleEndian(options.absolute, 4) : Array.from({ length: 8 }, () => (random.oneIn(2) ? random.pick(EDGE_BYTES) : random.next() & 0xff)));
    const padded = Uint8Array.from([...bytes, ...tail, 0, 0, 0, 0, 0, 0, 0, 0]);
    const instruction = this.decode(padded, options.mode);
    const isLocked = options.prefixes.includes(0xf0);
    if (FORMS[instruction.form].name !== form.name && !(isLocked && instruction.form === INVALID_FORM)) return undefined;
    if (instruction.form === INVALID_FORM) {
      const unlocked = this.decode(padded.subarray(options.prefixes.indexOf(0xf0) + 1), options.mode);
      if (FORMS[unlocked.form].name !== form.name || options.prefixes[0] !== 0xf0) return undefined;
      return padded.slice(0, unlocked.length + 1);
    }
    return padded.slice(0, instruction.length);
  }
}
