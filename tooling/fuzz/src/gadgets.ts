import type { Sequence } from '@ringzero/oracle/random';
import { address } from './instructions.ts';
import { SERVICE } from './handlers.ts';
import {
  CALL_GATE, CODE_ALIAS, CONFORMING, DATA, DATA_ALIAS, EXPAND_DOWN, KERNEL_CODE16, NOT_PRESENT, ODD_BASE, PAE_TABLE, PAGE_TABLE, READ_ONLY, READ_ONLY_DATA,
  SLOT_BYTES, SLOT_COUNT, SLOTS, SMALL_DATA, USER_CODE16,
} from './layout.ts';
import type { Surroundings } from './surroundings.ts';

const SELECTORS = [SMALL_DATA, EXPAND_DOWN, READ_ONLY_DATA, ODD_BASE, NOT_PRESENT, CONFORMING, 0, 0x10, 0x13, 0x23, 0x1b, 0x08, 0x28, 0x200];
const CODE_SELECTORS = [CONFORMING, 0x08, 0x1b, USER_CODE16, KERNEL_CODE16, CALL_GATE, 0x10, NOT_PRESENT, 0];
/** MOV of an immediate to AX–DI, of words to ES CS SS DS FS GS. */
const MOV_AX = 0xb8;
/** Bits of CR0 and CR4 that programs turn over: MP EM TS NE WP AM PG PE; VME PVI TSD DE PSE PAE PGE OSFXSR OSXMMEXCPT UMIP SMEP SMAP. */
const CR0_BITS = [1, 2, 3, 5, 16, 18, 31, 0];
const CR4_BITS = [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 20, 21];

type Gadget = (random: Sequence, surroundings: Surroundings, at: number) => readonly number[];

function word(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff];
}

function long(value: number): number[] {
  return [...word(value), ...word(value >>> 16)];
}

/** ModRM and displacement of an absolute address, with the segment of DS. */
function absolute(bits: 16 | 32, digit: number, at: number): number[] {
  return bits === 32 ? [(digit << 3) | 5, ...long(at)] : [(digit << 3) | 6, ...word(at)];
}

/** An immediate of the code's size into a register. */
function load(bits: 16 | 32, register: number, value: number): number[] {
  return [MOV_AX + register, ...(bits === 32 ? long(value) : word(value))];
}

/** MOV byte [place], imm: into an instruction just ahead, or anywhere in the program, by its own or another address. */
const writeIntoCode: Gadget = (random, { bits }, at) => {
  const target = random.oneIn(2) ? at + 7 + random.below(8) : SLOTS + random.below(SLOT_BYTES * SLOT_COUNT);
  const linear = bits === 32 && random.oneIn(3) ? CODE_ALIAS + (target & 0x1fff) - (SLOTS & 0x1000) : target;
  const value = random.pick([0x90, 0x40, 0x43, 0xf8, 0x0f, 0xcc, random.next() & 0xff]);
  return random.oneIn(2) ? [0xc6, ...absolute(bits, 0, linear), value] : [0x66, 0xc7, ...absolute(bits, 0, linear), ...(bits === 32 ? word(random.next()) : long(random.next()))];
};

/** A counted loop around one instruction. */
const loop: Gadget = (random, { bits }) => {
  const body = random.pick([[0x40], [0x01, 0xd8], [0xd1, 0xc0], [0x0f, 0xaf, 0xc3], [0x11, 0xd8]]);
  return [...load(bits, 1, 1 + random.below(24)), ...body, random.pick([0xe2, 0xe2, 0xe0, 0xe1]), (-2 - body.length) & 0xff];
};

/** REP string instruction across a border: into the read-only page, the absent one, or the program. */
const strings: Gadget = (random, { bits }) => {
  const border = random.pick([READ_ONLY, READ_ONLY + 0x1000, DATA + 0x1000, DATA, SLOTS + 16]);
  const setUp = [...load(bits, 7, border - random.below(24)), ...load(bits, 6, random.oneIn(2) ? border - random.below(24) : DATA + random.below(0x100)), ...load(bits, 1, random.below(20))];
  return [...setUp, random.pick([0xfc, 0xfc, 0xfd]), random.pick([0xf3, 0xf3, 0xf2]), random.pick([0xa4, 0xa5, 0xa6, 0xa7, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf])];
};

/** Read-modify-write of memory that may be read-only, absent, or across pages. */
const modify: Gadget = (random, { bits }) => {
  const at = random.pick([READ_ONLY, READ_ONLY - 2, READ_ONLY + 0xffe, DATA + 0xffe, DATA + 0xfff]);
  const operation = random.pick([[0x01], [0x11], [0x29], [0xff], [0x87], [0x0f, 0xc1], [0x0f, 0xb1], [0xd1], [0xf7], [0x0f, 0xab], [0x0f, 0xc7]]);
  const digit = operation[0] === 0xf7 ? 2 + random.below(2) : operation[1] === 0xc7 ? 1 : operation[0] === 0xff ? random.below(2) : random.below(8);
  return [...(random.oneIn(3) ? [0xf0] : []), ...operation, ...absolute(bits, digit, at)];
};

/** A segment register with a special selector, and an access through it. */
const segments: Gadget = (random, { bits }) => {
  const segment = random.pick([0, 3, 4, 5, 3, 2]);
  const override = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65][segment]!;
  const at = random.pick([0, 0x1fb, 0x1fe, 0xeff, 0xf00, 0xfffe, DATA, DATA + 3]);
  return [MOV_AX, ...(bits === 32 ? long(random.pick(SELECTORS)) : word(random.pick(SELECTORS))), 0x8e, 0xc0 | (segment << 3), override, random.pick([0x01, 0x03, 0x8b, 0x89]), ...absolute(bits, 3, at)];
};

/** A far jump or call to the next slot, in some code segment or through the gate. */
const farTransfer: Gadget = (random, { bits }, at) => {
  const target = (at & -SLOT_BYTES) + SLOT_BYTES;
  const selector = bits === 16 && random.oneIn(3) ? 0 : random.pick(CODE_SELECTORS);
  return [random.pick([0xea, 0x9a]), ...(bits === 32 ? long(target) : word(target)), ...word(selector)];
};

/** IRET or a far return to the next slot, with flags that the level may not be allowed to set. */
const interruptReturn: Gadget = (random, { bits }, at) => {
  const push = bits === 32 ? (value: number) => [0x68, ...long(value)] : (value: number) => [0x68, ...word(value)];
  const selector = push(random.pick(CODE_SELECTORS));
  const target = push((at & -SLOT_BYTES) + SLOT_BYTES);
  return random.oneIn(3) ? [...selector, ...target, 0xcb] : [...push(random.pick([2, 0x202, 0x102, 0x3002, 0x2_0002, 0x4_0002, 0x1_0002, 0x4002])), ...selector, ...target, 0xcf];
};

const softwareInterrupt: Gadget = (random) => random.pick([[0xcd, SERVICE + random.below(4)], [0xcd, random.next() & 0xff], [0xcc], [0xce], [0xf1]]);

/** PUSHF; change a flag; POPF: TF, IF, IOPL, NT, AC, RF, ID, VIF. */
const flags: Gadget = (random, { bits }) => {
  const bit = random.pick([8, 8, 9, 10, 12, 13, 14, 18, 16, 21, 19]);
  // BTC on the stack's top; a 16-bit program without a segment override for SS uses BP.
  return bits === 32 ? [0x9c, 0x0f, 0xba, 0x3c, 0x24, bit, 0x9d] : [0x9c, 0x58, 0x35, ...word(1 << (bit & 15)), 0x50, 0x9d];
};

/** Turns one bit of CR0 or CR4 over, and back a little later or never. */
const control: Gadget = (random) => {
  const register = random.oneIn(2) ? 0 : 4;
  const bit = random.pick(register === 0 ? CR0_BITS : CR4_BITS);
  const flip = [0x0f, 0x20, 0xc0 | (register << 3), 0x66, 0x0f, 0xba, 0xf8, bit & 15, 0x0f, 0x22, 0xc0 | (register << 3)];
  return bit < 16 ? flip : [0x0f, 0x20, 0xc0 | (register << 3), 0x0f, 0xba, 0xf8, bit, 0x0f, 0x22, 0xc0 | (register << 3)];
};

/** Another mapping for a page in use, with or without INVLPG or a load of CR3. */
const remap: Gadget = (random, { bits, kind }) => {
  const page = random.pick([SLOTS, SLOTS + 0x1000, DATA, DATA + 0x1000, DATA_ALIAS, READ_ONLY]) & -0x1000;
  const entry = (kind === 'pae' ? PAE_TABLE + 8 * (page >>> 12) : PAGE_TABLE + 4 * (page >>> 12)) | 0;
  const value = random.pick([0, SLOTS & -0x1000, (SLOTS & -0x1000) + 0x1000, DATA, DATA + 0x1000]) | random.pick([7, 5, 3, 0x107, 0x27, 6]);
  if (bits === 16) return [0x90];
  const invalidate = random.pick([[0x0f, 0x01, ...absolute(32, 7, page)], [0x0f, 0x20, 0xd8, 0x0f, 0x22, 0xd8], []]);
  return [0xc7, ...absolute(32, 0, entry), ...long(value), ...invalidate];
};

/** A breakpoint on the program, its data or a port. */
const debugRegisters: Gadget = (random, { bits }) => {
  if (bits === 16) return [0x90];
  const at = random.oneIn(2) ? SLOTS + random.below(SLOT_BYTES * SLOT_COUNT) : DATA + random.below(64);
  return [...load(32, 0, at), 0x0f, 0x23, 0xc0, ...load(32, 0, random.pick([0x402, 0xd_0402, 0xf_0402, 0x5_0602, 0x2_0402, 0x2402])), 0x0f, 0x23, 0xf8];
};

const call: Gadget = (random, { bits }) => (bits === 32 ? [0xe8, ...long(random.below(24))] : [0xe8, ...word(random.below(24))]);

const access: Gadget = (random, { bits }) => [random.pick([0x01, 0x03, 0x8b, 0x89, 0x11, 0x0f]), ...absolute(bits, random.below(8), address(random, bits === 32))];

/** Writes the start of an instruction at the end of the program's first page and jumps there: it goes on in the next page. */
const crossing: Gadget = (random, { bits }, at) => {
  const border = (SLOTS & -0x1000) + 0x1000;
  const start = random.pick([[0x05], [0xb8], [0x81, 0xc3], [0x0f, 0xaf], [0x8b], [0x01], [0xf3], [0x66, 0x0f], [0xe8], [0x0f, 0x84], [0xa3], [0xc8, 0x04, 0x00]]);
  const end = [0x90, 0x90, 0x90, 0x90, ...start].slice(-4);
  const store = bits === 32 ? [0xc7, 0x05, ...long(border - 4), ...end] : [0x66, 0xc7, 0x06, ...word(border - 4), ...end];
  const target = border - start.length;
  const next = at + store.length + (bits === 32 ? 5 : 3);
  return [...store, 0xe9, ...(bits === 32 ? long(target - next) : word(target - next))];
};

/** Turns CR0.PE over, and mostly goes on through a far jump; sometimes with PG. */
const modeSwitch: Gadget = (random, { bits }, at) => {
  const bit = random.oneIn(4) ? 31 : 0;
  const flip = [0x0f, 0x20, 0xc0, ...(bits === 16 ? [0x66] : []), 0x0f, 0xba, 0xf8, bit, 0x0f, 0x22, 0xc0];
  const target = (at & -SLOT_BYTES) + SLOT_BYTES;
  return random.oneIn(4) ? flip : [...flip, 0xea, ...(bits === 32 ? long(target) : word(target)), ...word(random.pick([0, 8, KERNEL_CODE16, CONFORMING]))];
};

/** IRET from ring 0 into virtual-8086 mode, at the next slot. */
const enterVirtual8086: Gadget = (random, { bits }, at) => {
  if (bits === 16) return [0x90];
  const zeros = [0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0, 0x6a, 0];
  return [...zeros, 0x68, ...long(DATA + 0x1e00), 0x68, ...long(random.pick([0x2_0002, 0x2_3202, 0x2_3002, 0x2_0102])), 0x6a, 0, 0x68, ...long((at & -SLOT_BYTES) + SLOT_BYTES), 0xcf];
};

/** REP string instruction into the limit of a segment. */
const limitedString: Gadget = (random, { bits }) => {
  const at = random.pick([0x1f0, 0xef0, 0xf10, 0xfff0]) + random.below(16);
  return [...load(bits, 0, random.pick(SELECTORS)), 0x8e, 0xc0, ...load(bits, 7, at), ...load(bits, 1, random.below(24)), random.pick([0xf3, 0xf3, 0xf2]), random.pick([0xa4, 0xa5, 0xa6, 0xaa, 0xab, 0xae, 0xaf])];
};

const COMMON: readonly Gadget[] = [writeIntoCode, writeIntoCode, loop, loop, strings, modify, access, softwareInterrupt, flags, call, crossing];
const PROTECTED: readonly Gadget[] = [...COMMON, segments, farTransfer, interruptReturn, limitedString];
const PRIVILEGED: readonly Gadget[] = [...PROTECTED, control, remap, debugRegisters, modeSwitch, enterVirtual8086];

/** A few instructions that make something happen which random ones rarely do. `at`: where they will lie. */
export function gadget(random: Sequence, surroundings: Surroundings, at: number): readonly number[] {
  const { kind, isUser } = surroundings;
  const choices = kind === 'real' ? [...COMMON, farTransfer, control, modeSwitch] : kind === 'virtual8086' ? [...COMMON, farTransfer] : isUser && !random.oneIn(12) ? PROTECTED : PRIVILEGED;
  return random.pick(choices)(random, surroundings, at);
}
