/** Two-operand arithmetic, by the digit that selects it in opcodes 80h–83h. */
export const ARITHMETIC = ['add', 'or', 'adc', 'sbb', 'and', 'sub', 'xor', 'cmp'] as const;
/** Shifts and rotates, by the digit that selects them in opcodes C0h–D3h. */
export const SHIFTS = ['rol', 'ror', 'rcl', 'rcr', 'shl', 'shr', 'sal', 'sar'] as const;
/** One-operand arithmetic, by the digit that selects it in opcodes F6h and F7h. */
export const UNARY = { not: 2, neg: 3, mul: 4, div: 6, idiv: 7 } as const;
/** Bit tests, by opcode with a register and by digit in 0F BAh. */
export const BIT_TESTS = { bt: [0xa3, 4], bts: [0xab, 5], btr: [0xb3, 6], btc: [0xbb, 7] } as const;
/** Conditions by encoding; a few have a second name. */
// prettier-ignore
export const CONDITIONS = {
  o: 0, no: 1, c: 2, b: 2, nc: 3, ae: 3, z: 4, e: 4, nz: 5, ne: 5, be: 6, a: 7, s: 8, ns: 9, p: 10, np: 11, l: 12, ge: 13, le: 14, g: 15,
} as const;
/** Instructions with one fixed encoding. */
// prettier-ignore
export const FIXED = {
  nop: [0x90], hlt: [0xf4], cli: [0xfa], sti: [0xfb], cld: [0xfc], std: [0xfd], clc: [0xf8], stc: [0xf9], cmc: [0xf5],
  leave: [0xc9], ret: [0xc3], retf: [0xcb], iret: [0xcf], int3: [0xcc], into: [0xce], int1: [0xf1],
  pusha: [0x60], popa: [0x61], pushf: [0x9c], popf: [0x9d], lahf: [0x9f], sahf: [0x9e], xlat: [0xd7], cbw: [0x98], cwd: [0x99],
  daa: [0x27], das: [0x2f], aaa: [0x37], aas: [0x3f],
  cpuid: [0x0f, 0xa2], rdtsc: [0x0f, 0x31], rdmsr: [0x0f, 0x32], wrmsr: [0x0f, 0x30], clts: [0x0f, 0x06], ud2: [0x0f, 0x0b],
  wbinvd: [0x0f, 0x09], monitor: [0x0f, 0x01, 0xc8], mwait: [0x0f, 0x01, 0xc9], sysenter: [0x0f, 0x34], sysexit: [0x0f, 0x35],
  fninit: [0xdb, 0xe3], fld1: [0xd9, 0xe8], fldpi: [0xd9, 0xeb], fldz: [0xd9, 0xee], fldl2e: [0xd9, 0xea], faddp: [0xde, 0xc1], fmulp: [0xde, 0xc9],
  fsubp: [0xde, 0xe9], fdivp: [0xde, 0xf9], fsqrt: [0xd9, 0xfa], fchs: [0xd9, 0xe0], fabs: [0xd9, 0xe1], fxch: [0xd9, 0xc9], fcompp: [0xde, 0xd9],
  fnstswAx: [0xdf, 0xe0], fsin: [0xd9, 0xfe], fcos: [0xd9, 0xff], frndint: [0xd9, 0xfc], fdup: [0xd9, 0xc0],
  movsb: [0xa4], cmpsb: [0xa6], stosb: [0xaa], lodsb: [0xac], scasb: [0xae], insb: [0x6c], outsb: [0x6e],
} as const;
/** String instructions whose size is that of the operand: 16 or 32 bits. */
export const STRINGS = { movs: 0xa5, cmps: 0xa7, stos: 0xab, lods: 0xad, scas: 0xaf, ins: 0x6d, outs: 0x6f } as const;
/** x87 instructions with a memory operand: opcode and digit by operand size. */
// prettier-ignore
export const X87_MEMORY = {
  fld:   { 4: [0xd9, 0], 8: [0xdd, 0], 10: [0xdb, 5] },
  fstp:  { 4: [0xd9, 3], 8: [0xdd, 3], 10: [0xdb, 7] },
  fild:  { 2: [0xdf, 0], 4: [0xdb, 0], 8: [0xdf, 5] },
  fistp: { 2: [0xdf, 3], 4: [0xdb, 3], 8: [0xdf, 7] },
  fldcw: { 2: [0xd9, 5] }, fnstcw: { 2: [0xd9, 7] }, fnstsw: { 2: [0xdd, 7] },
} as const;

export type Arithmetic = (typeof ARITHMETIC)[number];
export type Shift = (typeof SHIFTS)[number];
export type Condition = keyof typeof CONDITIONS;
export type Fixed = keyof typeof FIXED;
export type StringOperation = keyof typeof STRINGS;
