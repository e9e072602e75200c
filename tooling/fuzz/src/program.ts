import { Sequence } from '@ringzero/oracle/random';
import { lane32 } from '@ringzero/x86';
import { gadget } from './gadgets.ts';
import { Instructions } from './instructions.ts';
import { DATA, DATA_BYTES, SLOT_BYTES, SLOT_COUNT, SLOTS, STACK } from './layout.ts';
import type { Patch } from './fuzz-machine.ts';
import { KINDS, type Kind, type Surroundings } from './surroundings.ts';

/** A program as bytes, and how it is run. */
export interface Program {
  readonly seed: number;
  readonly kind: Kind;
  /** Instructions of each slot. */
  readonly slots: readonly (readonly (readonly number[])[])[];
  /** Seed of the registers and of the data. */
  readonly stateSeed: number;
  /** Instructions until the state is compared, again and again; a negative number sends an interrupt afterwards. */
  readonly chunks: readonly number[];
}

const MXCSR_MASKED = 0x1f80;
const EDGES = [0, 1, -1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, -0x8000_0000, 2, 31, 32, 8];
const EFLAGS_STATUS = 0xcd5;
/** Words of data that differ from program to program. */
const DATA_WORDS = 160;

/** Bytes of a slot: what does not fit is left out, the rest is jumped over. */
function assemble(instructions: readonly (readonly number[])[]): number[] {
  const bytes: number[] = [];
  for (const instruction of instructions) if (bytes.length + instruction.length <= SLOT_BYTES - 2) bytes.push(...instruction);
  const room = SLOT_BYTES - bytes.length;
  if (room > 2) bytes.push(0xeb, room - 2);
  while (bytes.length < SLOT_BYTES) bytes.push(0x90);
  return bytes;
}

/** The program of a seed, of one of `kinds`. */
export function createProgram(seed: number, surroundings: ReadonlyMap<Kind, Surroundings>, kinds: readonly Kind[] = KINDS): Program {
  const random = new Sequence(Math.imul(seed, 0x2545_f491) ^ 0x5bd1_e995);
  const kind = random.pick(kinds);
  const around = surroundings.get(kind)!;
  const instructions = new Instructions(random);
  const slots = Array.from({ length: 1 + random.below(random.oneIn(4) ? SLOT_COUNT : 4) }, (_, index) => {
    const slot: (readonly number[])[] = [];
    let length = 0;
    for (let left = 1 + random.below(5); left > 0; left--) {
      const at = SLOTS + index * SLOT_BYTES + length;
      const next = random.oneIn(4) ? gadget(random, around, at) : instructions.next(around);
      if (length + next.length > SLOT_BYTES - 2) continue;
      slot.push(next);
      length += next.length;
    }
    return slot;
  });
  const chunks = Array.from({ length: 3 }, () => (random.oneIn(4) ? -1 : 1) * (1 + random.below(random.oneIn(3) ? 60 : 12)));
  return { seed, kind, slots, stateSeed: random.next(), chunks: [...chunks, 120] };
}

/** What a program puts into memory, and the state that it begins with. */
export function prepare({ slots, stateSeed }: Program, around: Surroundings): { readonly patches: readonly Patch[]; readonly state: Uint8Array } {
  const random = new Sequence(stateSeed);
  // HLT ends the program; in ring 3 it faults, and every slot behind does.
  const code = new Uint8Array(SLOT_COUNT * SLOT_BYTES).fill(0xf4);
  slots.forEach((slot, index) => code.set(assemble(slot), index * SLOT_BYTES));
  const data = new Int32Array(DATA_WORDS);
  for (let i = 0; i < DATA_WORDS; i++) data[i] = random.oneIn(4) ? random.pick(EDGES) : random.next();
  const words = new Uint8Array(data.buffer);
  // The same at the start of each page, at its end, and where the stack is.
  const patches = [SLOTS, DATA, DATA + 0x1000 - words.length / 2, DATA + DATA_BYTES - words.length].map((address, i) => ({ address, bytes: i === 0 ? code : words }));
  const state = around.state.slice();
  const lanes = new Int32Array(state.buffer);
  for (const register of [0, 1, 2, 3, 5, 6, 7]) {
    const choice = random.below(4);
    lanes[lane32('gpr', register)] = choice === 0 ? random.pick(EDGES) : choice === 1 ? random.next() : DATA + random.below(DATA_BYTES);
  }
  lanes[lane32('gpr', 4)] = STACK - 4 * random.below(8) - (random.oneIn(16) ? random.below(4) : 0);
  lanes[lane32('flagKind')] = 0;
  lanes[lane32('flagB')] = random.next() & EFLAGS_STATUS & ~0x400;
  if (random.oneIn(16)) lanes[lane32('rflags')] |= 0x400;
  if (random.oneIn(24)) lanes[lane32('rflags')] |= 0x100;
  if (random.oneIn(8)) lanes[lane32('rflags')] |= 0x200;
  for (let register = 0; register < 8; register++) {
    for (let lane = 0; lane < 4; lane++) lanes[lane32('xmm', register) + lane] = number(random);
    for (let lane = 0; lane < 2; lane++) lanes[lane32('st', register) + lane] = number(random);
    lanes[lane32('st', register) + 2] = random.pick([0x3fff, 0x4000, 0xbfff, 0, 0x7fff, 0xffff, 0x3ffe, 0x4010, 1, 0x7ffe]);
  }
  lanes[lane32('ftw')] = random.oneIn(2) ? 0xff : random.next() & 0xff;
  lanes[lane32('fsw')] = random.below(8) << 11;
  lanes[lane32('fcw')] = random.oneIn(4) ? (random.next() & 0xf3f) | 0x40 : 0x37f;
  lanes[lane32('mxcsr')] = random.oneIn(4) ? random.next() & 0xffff : MXCSR_MASKED;
  return { patches, state };
}

/** Words of numbers: small integers, singles and halves of doubles near 1, NaNs, anything. */
function number(random: Sequence): number {
  switch (random.below(6)) {
    case 0:
      return random.pick(EDGES);
    case 1:
      return 0x3f80_0000 ^ (random.next() & 0x80ff_ffff);
    case 2:
      return 0x3ff0_0000 ^ (random.next() & 0x803f_ffff);
    case 3:
      return random.pick([0x7f80_0000, 0x7fc0_0000, 0x7fa0_0000, -0x80_0000, 0x7ff0_0000, 0x7ff8_0000, -0x8000_0000, 0x3f80_0000, 0x4000_0000]);
    default:
      return random.next();
  }
}
