import { Assembler } from '../assembler/assembler.ts';
import { al, bl, byte, cl, dword, eax, ebp, ebx, ecx, edi, edx, esi, esp, word } from '../assembler/operands.ts';
import type { TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT } from './program.ts';

const TABLE_BYTES = 256;

function tableByte(i: number): number {
  return (i * 7 + 3) & 0xff;
}

function crc32(): number {
  let crc = 0xffffffff;
  for (let i = 0; i < TABLE_BYTES; i++) {
    crc ^= tableByte(i);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** CRC-32 of a table, bit by bit: nested loops, shifts through carry, conditional jumps. */
export const CRC: TestProgram = {
  name: 'crc32',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.mov(edi, DATA).mov(ecx, TABLE_BYTES).mov(al, 3).op('cld');
    a.label('fill').op('stosb').alu('add', al, 7).short('loop', 'fill');
    a.mov(esi, DATA).mov(ebx, TABLE_BYTES).mov(edx, -1);
    a.label('byte').movzx(eax, byte({ base: esi })).alu('xor', edx, eax).mov(ecx, 8);
    a.label('bit').shift('shr', edx, 1).j('nc', 'even').alu('xor', edx, 0xedb88320 | 0);
    a.label('even').dec(ecx).j('nz', 'bit');
    a.inc(esi).dec(ebx).j('nz', 'byte');
    a.unary('not', edx).mov(eax, edx).out(RESULT_PORT, eax);
    return a.op('cli', 'hlt');
  },
  results: [crc32()],
};

function wideArithmetic(): number[] {
  let sum = 0n;
  let product = 1n;
  const mask = (1n << 96n) - 1n;
  const results: number[] = [];
  for (let i = 0; i < 40; i++) {
    product = (product * 0x9e3779b1n) & mask;
    sum = (sum + product) & mask;
  }
  for (let i = 0; i < 3; i++) results.push(Number((sum >> BigInt(32 * i)) & 0xffffffffn));
  return results;
}

/** 96-bit multiply and accumulate: MUL, ADC chains, PUSH and POP, memory operands. */
export const WIDE: TestProgram = {
  name: 'wide arithmetic',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    const p = (i: number) => dword(DATA + 4 * i);
    const s = (i: number) => dword(DATA + 16 + 4 * i);
    for (let i = 0; i < 3; i++) a.mov(p(i), i === 0 ? 1 : 0).mov(s(i), 0);
    a.mov(ebp, 40).mov(ebx, 0x9e3779b1 | 0);
    a.label('next');
    a.mov(eax, p(0)).unary('mul', ebx).push(eax).mov(ecx, edx);
    a.mov(eax, p(1)).unary('mul', ebx).alu('add', eax, ecx).alu('adc', edx, 0).push(eax).mov(ecx, edx);
    a.mov(eax, p(2)).unary('mul', ebx).alu('add', eax, ecx).mov(p(2), eax);
    a.pop(p(1)).pop(p(0));
    a.mov(eax, p(0)).alu('add', s(0), eax).mov(eax, p(1)).alu('adc', s(1), eax).mov(eax, p(2)).alu('adc', s(2), eax);
    a.dec(ebp).j('nz', 'next');
    for (let i = 0; i < 3; i++) a.mov(eax, s(i)).out(RESULT_PORT, eax);
    return a.op('cli', 'hlt');
  },
  results: wideArithmetic(),
};

function divisions(): number {
  let hash = 0;
  let value = 0x12345678;
  for (let i = 1; i <= 60; i++) {
    const quotient = Math.trunc((value | 0) / (i * 3));
    const remainder = (value | 0) % (i * 3);
    hash = (Math.imul(hash, 31) + quotient) | 0;
    hash ^= remainder;
    value = (Math.imul(value, 1664525) + 1013904223) | 0;
  }
  return hash >>> 0;
}

/** Signed division, IMUL, CDQ, and an LCG. */
export const DIVIDE: TestProgram = {
  name: 'division',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.alu('xor', edi, edi).mov(esi, 0x12345678).mov(ecx, 1);
    a.label('next').lea(ebx, dword({ base: ecx, index: ecx, scale: 2 }));
    a.mov(eax, esi).op('cwd').unary('idiv', ebx);
    a.mov(ebp, 31).imul(edi, ebp).alu('add', edi, eax).alu('xor', edi, edx);
    a.mov(ebp, 1664525).imul(esi, ebp).alu('add', esi, 1013904223);
    a.inc(ecx).alu('cmp', ecx, 61).j('nz', 'next');
    a.mov(eax, edi).out(RESULT_PORT, eax);
    return a.op('cli', 'hlt');
  },
  results: [divisions()],
};

/** Instructions that are easy to get wrong, each with a result known from the manual. */
export const ODDITIES: TestProgram = {
  name: 'bit and flag oddities',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    const out = (): Assembler => a.out(RESULT_PORT, eax);
    a.mov(eax, 0x12345678).bswap(eax);
    out();
    a.mov(eax, 0x0000f000).bsf(eax, eax);
    out();
    a.mov(eax, 0x0000f000).bsr(eax, eax);
    out();
    a.mov(eax, 0x12345678).mov(edx, 0x9abcdef0 | 0).shld(eax, edx, 12);
    out();
    a.mov(eax, 0x12345678).shrd(eax, edx, 12);
    out();
    // A bit offset from a register reaches beyond the operand: bit 70 of DATA is bit 6 of DATA+8.
    a.mov(dword(DATA + 8), 0x40).mov(ecx, 70).bit('btr', dword(DATA), ecx).set('c', al).movzx(eax, al).alu('add', eax, dword(DATA + 8));
    out();
    a.mov(eax, 7).mov(dword(DATA), 7).mov(ebx, 99).lock().cmpxchg(dword(DATA), ebx).mov(eax, dword(DATA));
    out();
    a.mov(eax, 5).cmpxchg(dword(DATA), ebx);
    out();
    a.mov(ebx, 1).lock().xadd(dword(DATA), ebx).mov(eax, dword(DATA)).alu('add', eax, ebx);
    out();
    // Rotates through carry.
    a.mov(eax, 0x80000001 | 0).op('stc').shift('rcl', eax, 1);
    out();
    a.mov(cl, 33).mov(eax, 0x80000001 | 0).op('clc').shift('rcr', eax, 'cl');
    out();
    // A shift by zero changes no flag.
    a.op('stc').mov(cl, 32).mov(eax, 5).shift('shl', eax, 'cl').alu('adc', eax, 0);
    out();
    a.mov(eax, 0).mov(al, 0x79).alu('add', al, 0x18).op('daa');
    out();
    a.alu('xor', eax, eax).alu('cmp', eax, 1).cmov('c', eax, dword(DATA)).set('l', bl).movzx(ebx, bl).alu('add', eax, ebx);
    out();
    a.mov(eax, 0xffff80f0 | 0).movsx(ebx, al).mov(word(DATA), 0x8001).movsx(eax, word(DATA)).alu('xor', eax, ebx);
    out();
    // Flags of an addition, whole: OF SF AF PF.
    a.mov(eax, 0x7fffffff).alu('add', eax, 1).op('pushf').pop(eax).alu('and', eax, 0x8d5);
    out();
    a.push(dword({ base: esp, displacement: -4 })).pop(eax).mov(eax, esp);
    out();
    return a.op('cli', 'hlt');
  },
  // prettier-ignore
  results: [
    0x78563412, 12, 15, 0x456789ab, 0xef012345, 1, 99, 99, 100 + 99, 3, 0x40000000, 6, 0x97, 101,
    0x7ff1, 0x894, 0x30000,
  ],
};
