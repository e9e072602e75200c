import { Assembler } from '../assembler/assembler.ts';
import { cr0, cr4, dword, eax, ebx, ecx, edx, esi, esp } from '../assembler/operands.ts';
import { VECTOR_RESULTS } from './vector-results.ts';
import type { TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT } from './program.ts';

/** ModRM of XMM0, XMM1 (MM0, MM1), and of XMM0, [ESI]. */
const REGISTERS = 0xc1;
const MEMORY = 0x06;
const SHOWN = 64;

/** Instructions with the bytes as in the manual; `/r` stands for ModRM. Each runs with its second operand in a register and in memory. */
// prettier-ignore
const XMM: readonly string[] = [
  // SSE3: HADDPS, HADDPD, HSUBPS, HSUBPD, ADDSUBPS, ADDSUBPD, MOVSLDUP, MOVSHDUP, MOVDDUP.
  'f2 0f 7c /r', '66 0f 7c /r', 'f2 0f 7d /r', '66 0f 7d /r', 'f2 0f d0 /r', '66 0f d0 /r', 'f3 0f 12 /r', 'f3 0f 16 /r', 'f2 0f 12 /r',
  // SSSE3.
  '66 0f 38 00 /r', '66 0f 38 01 /r', '66 0f 38 02 /r', '66 0f 38 03 /r', '66 0f 38 04 /r', '66 0f 38 05 /r', '66 0f 38 06 /r', '66 0f 38 07 /r',
  '66 0f 38 08 /r', '66 0f 38 09 /r', '66 0f 38 0a /r', '66 0f 38 0b /r', '66 0f 38 1c /r', '66 0f 38 1d /r', '66 0f 38 1e /r', '66 0f 3a 0f /r 05', '66 0f 3a 0f /r 13',
  // SSE4.1 without an immediate: blends, products, PCMPEQQ, PACKUSDW, minima and maxima, PHMINPOSUW, PMOVSX, PMOVZX.
  '66 0f 38 10 /r', '66 0f 38 14 /r', '66 0f 38 15 /r', '66 0f 38 28 /r', '66 0f 38 29 /r', '66 0f 38 2b /r', '66 0f 38 38 /r', '66 0f 38 39 /r', '66 0f 38 3a /r',
  '66 0f 38 3b /r', '66 0f 38 3c /r', '66 0f 38 3d /r', '66 0f 38 3e /r', '66 0f 38 3f /r', '66 0f 38 40 /r', '66 0f 38 41 /r',
  '66 0f 38 20 /r', '66 0f 38 21 /r', '66 0f 38 22 /r', '66 0f 38 23 /r', '66 0f 38 24 /r', '66 0f 38 25 /r',
  '66 0f 38 30 /r', '66 0f 38 31 /r', '66 0f 38 32 /r', '66 0f 38 33 /r', '66 0f 38 34 /r', '66 0f 38 35 /r',
  // With one: ROUNDPS, ROUNDPD, ROUNDSS, ROUNDSD, BLENDPS, BLENDPD, PBLENDW, INSERTPS, DPPS, DPPD, MPSADBW.
  '66 0f 3a 08 /r 00', '66 0f 3a 09 /r 01', '66 0f 3a 0a /r 0a', '66 0f 3a 0b /r 04', '66 0f 3a 0c /r 05', '66 0f 3a 0d /r 02', '66 0f 3a 0e /r 5a',
  '66 0f 3a 21 /r 98', '66 0f 3a 40 /r f5', '66 0f 3a 41 /r 31', '66 0f 3a 42 /r 06',
  // SSE4.2: PCMPGTQ, PCMPESTRM and PCMPISTRM for each aggregation.
  '66 0f 38 37 /r', '66 0f 3a 60 /r 00', '66 0f 3a 60 /r 45', '66 0f 3a 62 /r 08', '66 0f 3a 62 /r 5d',
];
/** The MMX forms of SSSE3. */
// prettier-ignore
const MMX: readonly string[] = [
  '0f 38 00 /r', '0f 38 01 /r', '0f 38 02 /r', '0f 38 03 /r', '0f 38 04 /r', '0f 38 05 /r', '0f 38 06 /r', '0f 38 07 /r', '0f 38 08 /r',
  '0f 38 09 /r', '0f 38 0a /r', '0f 38 0b /r', '0f 38 1c /r', '0f 38 1d /r', '0f 38 1e /r', '0f 3a 0f /r 03',
];
/** Instructions that change EAX, ECX or flags: PCMPESTRI, PCMPISTRI, PTEST, PEXTRB, PEXTRW, PEXTRD, EXTRACTPS, CRC32 of 8, 32 and 16 bits. */
// prettier-ignore
const GENERAL: readonly string[] = [
  '66 0f 3a 61 /r 0c', '66 0f 3a 61 /r 52', '66 0f 3a 63 /r 00', '66 0f 3a 63 /r 04', '66 0f 3a 63 /r 39', '66 0f 3a 63 /r 4c', '66 0f 38 17 /r',
  '66 0f 3a 14 /r 03', '66 0f 3a 15 /r 06', '66 0f 3a 16 /r 02', '66 0f 3a 17 /r 01', 'f2 0f 38 f0 /r', 'f2 0f 38 f1 /r', '66 f2 0f 38 f1 /r',
];
/** PINSRB and PINSRD. */
const INSERTIONS: readonly string[] = ['66 0f 3a 20 /r 0d', '66 0f 3a 22 /r 02'];
/** Loads from 16 bytes that need not be aligned: LDDQU, PCMPISTRM, PMOVSXBW; then those that must be: MOVNTDQA, PHADDW, PABSB. */
const UNALIGNED: readonly string[] = ['f2 0f f0 /r', '66 0f 3a 62 /r 08', '66 0f 38 20 /r'];
const ALIGNED: readonly string[] = ['66 0f 38 2a /r', '66 0f 38 01 /r', '66 0f 38 1c /r'];

function encode(code: string, modRm: number): number[] {
  return code.split(' ').map((byte) => (byte === '/r' ? modRm : parseInt(byte, 16)));
}

/** 0F opcode XMM0 or MM0, [address]. */
function moves(prefix: readonly number[], opcode: number, at: number, register: number = 0): number[] {
  return [...prefix, 0x0f, opcode, 0x05 | (register << 3), at & 0xff, (at >> 8) & 0xff, (at >> 16) & 0xff, at >>> 24];
}

/** SSE3, SSSE3, SSE4.1 and SSE4.2: every instruction once or twice, a check word after each; #GP where alignment is asked; #XM of an unmasked exception. */
export const VECTOR: TestProgram = {
  name: 'sse3 to sse4.2',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.mov(eax, cr0).alu('and', eax, ~4).alu('or', eax, 2).mov(cr0, eax).mov(eax, 0x600).mov(cr4, eax).mov(esi, DATA + 32);
    for (const code of XMM) for (const modRm of [REGISTERS, MEMORY]) a.call('load').db(...encode(code, modRm)).call('show');
    for (const code of INSERTIONS) for (const modRm of [REGISTERS, MEMORY]) a.call('load').db(...encode(code, modRm)).call('show');
    for (const code of MMX) for (const modRm of [REGISTERS, MEMORY]) a.call('load').db(...encode(code, modRm)).db(...moves([], 0x7f, DATA + SHOWN)).call('sum');
    a.db(0x0f, 0x77);
    for (const code of GENERAL) for (const modRm of [REGISTERS, MEMORY]) a.call('load').call('flags').db(...encode(code, modRm)).call('general');
    for (const code of UNALIGNED) a.mov(esi, DATA + 35).call('load').db(...encode(code, MEMORY)).call('show');
    ALIGNED.forEach((code, i) => a.mov(dword('resume'), `aligned${i}`).call('load').db(...encode(code, MEMORY)).label(`aligned${i}`).call('show'));
    // LDMXCSR with PM clear; ROUNDPS is inexact, and with the precision exception suppressed is not. An inexact product of DPPS leaves XMM0 alone.
    a.mov(esi, DATA + 32).mov(dword(DATA + 96), 0x0f00).db(0x0f, 0xae, 0x15).dd(DATA + 96);
    a.mov(dword('resume'), 'inexact').call('load').db(...encode('66 0f 3a 08 /r 00', REGISTERS)).label('inexact').call('show');
    a.call('load').db(...encode('66 0f 3a 08 /r 08', REGISTERS)).call('show');
    a.mov(dword('resume'), 'product').call('load').db(...encode('66 0f 3a 40 /r ff', REGISTERS)).label('product').call('show');
    a.op('cli', 'hlt');

    // XMM0 and XMM1, MM0 and MM1, and general registers with lengths.
    a.label('load').db(...moves([], 0x10, DATA)).db(...moves([], 0x10, DATA + 16, 1)).db(...moves([], 0x6f, DATA)).db(...moves([], 0x6f, DATA + 16, 1));
    a.mov(eax, 11).mov(ecx, 0x1234_5678).mov(edx, -9).op('ret');
    a.label('flags').push(0x8d7).op('popf', 'ret');
    // A check word over what is at SHOWN and over MXCSR's flags.
    a.label('show').db(...moves([], 0x11, DATA + SHOWN));
    a.label('sum').db(0x0f, 0xae, 0x1d).dd(DATA + 100).mov(ebx, dword(DATA + 100));
    for (let i = 0; i < 4; i++) a.shift('rol', ebx, 7).alu('add', ebx, dword(DATA + SHOWN + 4 * i));
    a.mov(eax, ebx).out(RESULT_PORT, eax).op('ret');
    a.label('general').op('pushf').pop(ebx).alu('and', ebx, 0x8d5).shift('rol', ebx, 7).alu('add', ebx, eax).shift('rol', ebx, 7).alu('add', ebx, ecx);
    a.shift('rol', ebx, 7).alu('add', ebx, dword(DATA + 32)).mov(eax, ebx).out(RESULT_PORT, eax).mov(dword(DATA + 32), 0x6463_6261).op('ret');
    // The vector, and on behind the instruction.
    a.label('gp').alu('add', esp, 4).mov(eax, 13).jmp('report');
    a.label('xm').mov(eax, 19);
    a.label('report').alu('add', esp, 12).out(RESULT_PORT, eax).mov(eax, dword('resume')).jmp(eax);
    return a.align(4).label('resume').dd(0);
  },
  gates: { 13: 'gp', 19: 'xm' },
  prepare({ machine }) {
    // Numbers of single and double precision at once, with a few letters and signs; the third value is the operand in memory.
    machine.memory.writeBytes(DATA, new Uint8Array(Uint32Array.of(0x3fc0_6162, 0x4004_8001, 0xc0e6_6661, 0x3ff4_7f80, 0x6261_c0a0, 0xbff8_6361, 0x0061_6263, 0x4015_83ff).buffer));
    machine.memory.writeBytes(DATA + 32, new Uint8Array(Uint32Array.of(0x6463_6261, 0x4009_21fb, 0x8062_6160, 0xc005_bf0a, 0x6162_0063, 0, 0, 0).buffer));
  },
  results: VECTOR_RESULTS,
};
