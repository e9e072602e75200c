import { Assembler } from '../assembler/assembler.ts';
import { ax, cr0, ds, dword, eax, ebx, ecx, edi, edx, es, esi, esp } from '../assembler/operands.ts';
import { KERNEL_DATA, TASK, USER_CODE, USER_DATA } from './environment.ts';
import type { TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT, STACK } from './program.ts';

const USER_STACK = STACK - 0x2000;
const CR0_AM = 0x40000;
/** AC, IOPL 3 and the bit that is always set. */
const EFLAGS_AC = 0x43002;
const OFFSETS = 9;

/**
 * Instructions over the operand at EDI, and what it must be aligned to under alignment checking (SDM vol. 3A table 6-7; where
 * the table leaves it open, as processors do it).
 */
const CASES: readonly { readonly bytes: readonly number[]; readonly alignment: 1 | 2 | 4 | 8 }[] = [
  { bytes: [0x8a, 0x07], alignment: 1 }, // MOV AL
  { bytes: [0x66, 0x8b, 0x07], alignment: 2 },
  { bytes: [0x8b, 0x07], alignment: 4 },
  { bytes: [0x89, 0x07], alignment: 4 },
  { bytes: [0x0f, 0xa3, 0x07], alignment: 4 }, // BT
  { bytes: [0x66, 0x0f, 0xab, 0x07], alignment: 2 }, // BTS
  { bytes: [0xf0, 0x01, 0x07], alignment: 4 }, // LOCK ADD
  { bytes: [0x0f, 0xc1, 0x07], alignment: 4 }, // XADD
  { bytes: [0x87, 0x07], alignment: 4 }, // XCHG
  { bytes: [0x0f, 0xc7, 0x0f], alignment: 8 }, // CMPXCHG8B
  { bytes: [0x62, 0x07], alignment: 4 }, // BOUND
  { bytes: [0x66, 0x62, 0x07], alignment: 2 },
  { bytes: [0xc4, 0x07], alignment: 4 }, // LES
  { bytes: [0x66, 0xc4, 0x07], alignment: 2 },
  { bytes: [0x0f, 0x02, 0x07], alignment: 2 }, // LAR
  { bytes: [0x8c, 0x1f], alignment: 2 }, // MOV m16, DS
  { bytes: [0xa5], alignment: 4 }, // MOVSD
  { bytes: [0xa7], alignment: 4 }, // CMPSD
  { bytes: [0x66, 0xab], alignment: 2 }, // STOSW
  { bytes: [0xd9, 0x07], alignment: 4 }, // FLD m32
  { bytes: [0xdd, 0x07], alignment: 8 }, // FLD m64
  { bytes: [0xdb, 0x2f], alignment: 8 }, // FLD m80
  { bytes: [0xdb, 0x3f], alignment: 8 }, // FSTP m80
  { bytes: [0xdf, 0x27], alignment: 8 }, // FBLD
  { bytes: [0xdf, 0x07], alignment: 2 }, // FILD m16
  { bytes: [0xda, 0x07], alignment: 4 }, // FIADD m32
  { bytes: [0xdf, 0x2f], alignment: 8 }, // FILD m64
  { bytes: [0xd9, 0x2f], alignment: 2 }, // FLDCW
  { bytes: [0xd9, 0x37], alignment: 4 }, // FNSTENV
  { bytes: [0x66, 0xd9, 0x37], alignment: 2 },
  { bytes: [0xdd, 0x37], alignment: 4 }, // FNSAVE
  { bytes: [0xdd, 0x27], alignment: 4 }, // FRSTOR
  { bytes: [0x0f, 0x6f, 0x07], alignment: 8 }, // MOVQ mm
];

/**
 * Alignment checks in ring 3: each instruction at nine offsets, one result of a bit per offset that raised #AC. The handler
 * goes on behind the instruction.
 */
export const ALIGNMENT: TestProgram = {
  name: 'alignment checks',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.mov(ax, TASK).ltr(ax).mov(eax, cr0).alu('or', eax, CR0_AM).mov(cr0, eax);
    a.mov(ax, USER_DATA).mov(ds, ax).mov(es, ax);
    a.push(USER_DATA).push(USER_STACK).push(EFLAGS_AC).push(USER_CODE).push('user').op('iret');
    a.label('user');
    CASES.forEach(({ bytes }, index) => {
      for (let offset = 0; offset < OFFSETS; offset++) {
        const next = `case${index}at${offset}`;
        a.mov(dword('resume'), next).mov(dword('bit'), 1 << offset).op('fninit');
        a.mov(eax, 0).mov(ecx, 0).mov(edx, 0).mov(ebx, 0).mov(esi, DATA + 512).mov(edi, DATA + offset);
        a.db(...bytes);
        // Zeroes, so that the next case loads null selectors and small numbers.
        a.label(next).mov(edi, DATA).mov(ecx, 32).alu('xor', eax, eax).mov(ds, dword('userData')).mov(es, dword('userData')).op('fninit').rep().string('stos', 4);
      }
      a.mov(eax, dword('faults')).out(RESULT_PORT, eax).mov(dword('faults'), 0);
    });
    a.int(0x80);
    a.label('alignment').push(eax).mov(eax, dword('bit')).alu('or', dword('faults'), eax);
    a.mov(eax, dword('resume')).mov(dword({ base: esp, displacement: 8 }), eax).pop(eax).alu('add', esp, 4).op('iret');
    a.label('finish').mov(ax, KERNEL_DATA).mov(ds, ax).op('cli', 'hlt');
    return a.align(4).label('resume').dd(0).label('bit').dd(0).label('faults').dd(0).label('userData').dd(USER_DATA);
  },
  gates: { 0x80: { label: 'finish', dpl: 3 }, 17: 'alignment' },
  results: CASES.map(({ alignment }) => Array.from({ length: OFFSETS }, (_, offset) => (offset % alignment === 0 ? 0 : 1 << offset)).reduce((mask, bit) => mask | bit, 0)),
};
