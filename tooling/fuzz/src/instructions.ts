import { Encoder } from '@ringzero/oracle/encoding';
import type { Sequence } from '@ringzero/oracle/random';
import { SLOTS as MAP, type Slot } from '@ringzero/x86';
import { ABSENT, CODE_ALIAS, DATA, DATA_ALIAS, DATA_BYTES, READ_ONLY, SLOT_BYTES, SLOT_COUNT, SLOTS } from './layout.ts';
import type { Surroundings } from './surroundings.ts';

const EXISTING = MAP.filter(({ form }) => form.mode !== 'long');
const isVectorForm = (slot: Slot): boolean => slot.form.operands.some((code) => /^[VWUPQN](dq|p|s|d|q|w|i)/.test(code));
const isX87 = (slot: Slot): boolean => /^(D[89A-F] |9B)/.test(slot.form.opcode);
/** The map by how often its parts are drawn: common instructions, vectors, the x87, strings, everything. */
const PARTS: readonly (readonly Slot[])[] = [
  EXISTING.filter((slot) => slot.form.feature === undefined && !/^(J|Call|Ret|Loop|Int|Iret|Hlt|In_|Out_|Mov_.d_.d|L[gil]dt|Ltr|Lmsw|Ud|Rsm)/.test(slot.form.name)),
  EXISTING.filter(isVectorForm),
  EXISTING.filter(isX87),
  EXISTING.filter((slot) => /^(Movs|Cmps|Stos|Lods|Scas)_/.test(slot.form.name)),
  EXISTING,
];
/** Of sixteen instructions, how many come from each part. */
const WEIGHTS = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 4];
const PREFIXES = [0x66, 0x66, 0x67, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0xf0, 0xf2, 0xf3];

/** An offset that a memory operand may have: mostly in the data, sometimes at its borders, an alias, or the program itself. */
export function address(random: Sequence, isWide: boolean): number {
  switch (random.below(isWide ? 16 : 13)) {
    case 0:
      return DATA + 0x1000 - 1 - random.below(8);
    case 1:
      return READ_ONLY - 1 - random.below(8);
    case 2:
      return ABSENT - 1 - random.below(8);
    case 3:
      return SLOTS + random.below(SLOT_BYTES * SLOT_COUNT);
    case 13:
      return CODE_ALIAS + (SLOTS & 0xfff) + random.below(SLOT_BYTES * SLOT_COUNT);
    case 14:
      return DATA_ALIAS + random.below(DATA_BYTES);
    case 15:
      return random.oneIn(8) ? random.next() : DATA_ALIAS + 0x1000 - random.below(8);
    default:
      return DATA + (random.oneIn(3) ? random.below(0x1f00) : 16 * random.below(0x1f0));
  }
}

/** Draws instructions of the opcode map. */
export class Instructions {
  readonly #random: Sequence;
  readonly #encoder: Encoder;

  constructor(random: Sequence) {
    this.#random = random;
    this.#encoder = new Encoder(random);
  }

  /** One instruction for code of `bits`, or bytes that are none. */
  next({ bits }: Surroundings): readonly number[] {
    const random = this.#random;
    if (random.oneIn(24)) return Array.from({ length: 1 + random.below(6) }, () => random.next() & 0xff);
    const slot = random.pick(PARTS[random.pick(WEIGHTS)]!);
    const prefixes: number[] = [];
    while (prefixes.length < 3 && random.oneIn(5)) prefixes.push(random.pick(PREFIXES));
    const absolute = address(random, bits === 32);
    const bytes = this.#encoder.encode(slot, { mode: bits, prefixes, memory: random.oneIn(2), absolute, plainMemory: random.oneIn(3) });
    // A branch of a random distance mostly leaves the program: short ones stay in it.
    return bytes === undefined ? [0x90] : shorten(random, slot, bytes);
  }
}

function shorten(random: Sequence, { form }: Slot, bytes: Uint8Array): number[] {
  const code = [...bytes];
  if (form.operands.includes('Jb')) code[code.length - 1] = (random.below(40) - 12) & 0xff;
  return code;
}
