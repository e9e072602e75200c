import { Assembler } from '../assembler/assembler.ts';
import { cl, cr0, cr3, dword, eax, ebp, ebx, ecx, edi, edx, esi } from '../assembler/operands.ts';
import type { TestProgram } from './program.ts';
import { CODE, RESULT_PORT } from './program.ts';

const DIRECTORY = 0x40000;
const TABLE = 0x41000;
const HIGH_TABLE = 0x42000;
/** Entries of HIGH_TABLE are for addresses from here on. */
const HIGH = 0x0080_0000;
/** Where the code is mapped in each round, as an index of a page; false: it stays mapped there. */
const ROUNDS: readonly (readonly [page: number, isUnmapped: boolean])[] = [
  ...[3, 9, 20, 40, 9, 77, 3, 130, 131, 132, 20, 500, 9].map((page) => [page, true] as const),
  // At several addresses at once.
  ...[200, 202, 204, 206, 200, 204, 208, 202, 200, 206].map((page) => [page, false] as const),
  ...[3, 202, 300, 204].map((page) => [page, true] as const),
];
const CALLS = 4;
const LOOPS = 5;
/** Distances of the return addresses that the code looks at from its first byte. */
const IN_FIRST = 5;
const IN_SECOND = 0x1005;

/** What the code does to EDX where it is mapped at `base`. */
function model(edx: number, base: number): number {
  let value = edx;
  for (let count = LOOPS; count > 0; count--) {
    value = (value + base + IN_FIRST) | 0;
    value = (value << 3) | (value >>> 29);
    if ((count & 1) !== 0) value ^= 0x1234;
  }
  value = (value + base + IN_SECOND) | 0;
  return (Math.imul(value, 5) + 1) | 0;
}

function results(): number[] {
  let edx = 1;
  return ROUNDS.map(([page]) => {
    for (let i = 0; i < CALLS; i++) edx = model(edx, HIGH + page * 0x1000);
    return edx >>> 0;
  });
}

/** Code that many processes share, at another address in each: two pages with branches and calls within and between them. */
export const SHARED_CODE: TestProgram = {
  name: 'shared code',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.op('cld').mov(edi, DIRECTORY).mov(ecx, 0xc00).alu('xor', eax, eax).rep().string('stos', 4);
    a.mov(dword(DIRECTORY), TABLE | 7).mov(dword(DIRECTORY + 8), HIGH_TABLE | 7);
    a.mov(eax, 3).mov(edi, TABLE).mov(ecx, 256);
    a.label('map').string('stos', 4).alu('add', eax, 0x1000).short('loop', 'map');
    a.mov(eax, DIRECTORY).mov(cr3, eax).mov(eax, cr0).alu('or', eax, 0x80000000 | 0).mov(cr0, eax);
    a.mov(edx, 1).lea(edi, dword('rounds'));
    a.label('round').mov(ebp, dword({ base: edi }));
    a.lea(ecx, dword('first')).alu('or', ecx, 7).mov(dword({ index: ebp, scale: 4, displacement: HIGH_TABLE }), ecx);
    a.lea(ecx, dword('second')).alu('or', ecx, 7).mov(dword({ index: ebp, scale: 4, displacement: HIGH_TABLE + 4 }), ecx);
    a.mov(eax, ebp).shift('shl', eax, 12).alu('add', eax, HIGH);
    a.mov(ecx, CALLS).label('again').push(ecx).call(eax).pop(ecx).dec(ecx).j('nz', 'again');
    a.mov(eax, edx).out(RESULT_PORT, eax);
    a.alu('cmp', dword({ base: edi, displacement: 4 }), 0).j('z', 'flush').alu('xor', ecx, ecx);
    a.mov(dword({ index: ebp, scale: 4, displacement: HIGH_TABLE }), ecx).mov(dword({ index: ebp, scale: 4, displacement: HIGH_TABLE + 4 }), ecx);
    a.label('flush').mov(ecx, cr3).mov(cr3, ecx);
    a.alu('add', edi, 8).alu('cmp', dword({ base: edi }), -1).j('nz', 'round').op('cli', 'hlt');

    a.align(0x1000).label('first').call('here').label('here').pop(ebx).mov(ecx, LOOPS);
    a.label('turn').alu('add', edx, ebx).shift('rol', edx, 3).test(cl, 1).j('z', 'even').alu('xor', edx, 0x1234);
    a.label('even').dec(ecx).j('nz', 'turn').jmp('second');
    a.label('back').call('leaf').op('ret');
    a.label('leaf').inc(edx).op('ret');
    a.label('times').lea(edx, dword({ base: edx, index: edx, scale: 4 })).op('ret');
    a.align(0x1000).label('second').call('there').label('there').pop(esi).alu('add', edx, esi).call('times').jmp('back');
    a.align(4).label('rounds');
    for (const [page, isUnmapped] of ROUNDS) a.dd(page, isUnmapped ? 1 : 0);
    return a.dd(-1);
  },
  results: results(),
};
