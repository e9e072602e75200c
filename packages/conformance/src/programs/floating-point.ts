import { Assembler } from '../assembler/assembler.ts';
import { cr0, cr4, dword, eax, ebx, ecx, qword, tword, word } from '../assembler/operands.ts';
import type { TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT } from './program.ts';

const TERMS = 40;

function bitsOf(values: ArrayBufferView): number[] {
  return Array.from(new Uint32Array(values.buffer));
}

function series(): number {
  let sum = 0;
  for (let i = 1; i <= TERMS; i++) sum = (sum + 1 / i) * 1.0625;
  return Math.sqrt(sum);
}

/** x87 in double precision, where JavaScript computes the same; then whole 80-bit values through memory. */
export const X87: TestProgram = {
  name: 'x87',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.op('fninit').mov(word(DATA), 0x27f).x87('fldcw', word(DATA));
    a.mov(dword(DATA + 8), 0).mov(dword(DATA + 12), 0x3ff10000).mov(ecx, 1).op('fldz');
    a.label('term').mov(dword(DATA + 4), ecx).op('fld1').x87('fild', dword(DATA + 4)).op('fdivp', 'faddp').x87('fld', qword(DATA + 8)).op('fmulp');
    a.inc(ecx).alu('cmp', ecx, TERMS + 1).j('nz', 'term');
    a.op('fsqrt').x87('fstp', qword(DATA + 16));
    for (const at of [16, 20]) a.mov(eax, dword(DATA + at)).out(RESULT_PORT, eax);
    // π as the processor has it, all 80 bits.
    a.op('fninit', 'fldpi').x87('fstp', tword(DATA + 32));
    for (const at of [32, 36]) a.mov(eax, dword(DATA + at)).out(RESULT_PORT, eax);
    a.x87('fld', tword(DATA + 32)).x87('fistp', dword(DATA + 48)).mov(eax, dword(DATA + 48)).out(RESULT_PORT, eax);
    // A division by zero is masked: ZE in the status word, beside the PE of the rounding above; infinity in the register.
    a.op('fld1', 'fldz', 'fdivp', 'fnstswAx').alu('and', eax, 0x3f).out(RESULT_PORT, eax).x87('fstp', dword(DATA + 48)).mov(eax, dword(DATA + 48)).out(RESULT_PORT, eax);
    // Leaves something on the stack for whoever saves this processor.
    a.op('fldpi', 'fldl2e', 'fld1');
    return a.op('cli', 'hlt');
  },
  results: [...bitsOf(Float64Array.of(series())), 0x2168c235, 0xc90fdaa2, 3, 0x24, 0x7f800000],
};

function packed(): number[] {
  const x = Float32Array.of(1, 2, 3, 4);
  const y = Float32Array.of(0.1, 0.2, 0.3, 0.4);
  for (let i = 0; i < 10; i++) for (let k = 0; k < 4; k++) x[k] = Math.fround(Math.fround(x[k]! + y[k]!) * y[k]!);
  return bitsOf(x);
}

/** SSE and SSE2: packed singles, integer lanes, a scalar double. */
export const SSE: TestProgram = {
  name: 'sse',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    const address = (at: number): readonly number[] => [at & 0xff, (at >> 8) & 0xff, (at >> 16) & 0xff, 0];
    a.mov(eax, cr0).alu('and', eax, ~4).alu('or', eax, 2).mov(cr0, eax).mov(eax, 0x600).mov(cr4, eax);
    // MOVUPS xmm0, [x]; MOVUPS xmm1, [y]
    a.db(0x0f, 0x10, 0x05, ...address(DATA)).db(0x0f, 0x10, 0x0d, ...address(DATA + 16)).mov(ecx, 10);
    a.label('next').db(0x0f, 0x58, 0xc1).db(0x0f, 0x59, 0xc1).dec(ecx).j('nz', 'next');
    a.db(0x0f, 0x11, 0x05, ...address(DATA + 32));
    for (let i = 0; i < 4; i++) a.mov(eax, dword(DATA + 32 + 4 * i)).out(RESULT_PORT, eax);
    // PADDD xmm1, xmm1; PSHUFD xmm1, xmm1, 1Bh; MOVD eax, xmm1
    a.db(0x66, 0x0f, 0xfe, 0xc9).db(0x66, 0x0f, 0x70, 0xc9, 0x1b).db(0x66, 0x0f, 0x7e, 0xc8).out(RESULT_PORT, eax);
    // CVTSI2SD xmm2, ebx; SQRTSD xmm2, xmm2; CVTTSD2SI eax, xmm2
    a.mov(ebx, 1_000_001).db(0xf2, 0x0f, 0x2a, 0xd3).db(0xf2, 0x0f, 0x51, 0xd2).db(0xf2, 0x0f, 0x2c, 0xc2).out(RESULT_PORT, eax);
    return a.op('cli', 'hlt');
  },
  prepare({ machine }) {
    machine.memory.writeBytes(DATA, new Uint8Array(Float32Array.of(1, 2, 3, 4, 0.1, 0.2, 0.3, 0.4).buffer));
  },
  results: [...packed(), (2 * bitsOf(Float32Array.of(0.4))[0]!) >>> 0, 1000],
};
