import { Assembler } from '../assembler/assembler.ts';
import { cl, cr3, dword, eax, ebp, ebx, ecx, edi, edx, esi, esp } from '../assembler/operands.ts';
import { HIGH, HIGH_TABLE, TABLE, turnPagingOn } from './page-tables.ts';
import type { TestProgram } from './program.ts';
import { CODE, RESULT_PORT } from './program.ts';

/** Where the code is mapped in each round, as an index of a page; false: it stays mapped there. */
const ROUNDS: readonly (readonly [page: number, isUnmapped: boolean])[] = [
  ...[3, 9, 20, 40, 9, 77, 3, 130, 131, 132, 20, 500, 9].map((page) => [page, true] as const),
  // At several addresses at once.
  ...[200, 202, 204, 206, 200, 204, 208, 202, 200, 206].map((page) => [page, false] as const),
  ...[3, 202, 300, 204].map((page) => [page, true] as const),
];
const CALLS = 4;
const LOOPS = 5;
/** Pages whose addresses differ above bit 15 only. */
const LOW_PAGE = 5;
const HIGH_PAGES = [0x15, 0x25, 0x35, 0x45];
/** Where an instruction lies across two pages, and a physical address without memory. */
const EDGE_PAGE = 0x60;
const NOWHERE = 0x3000_0000;
const NOP = 0x90;
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
  const rounds = ROUNDS.map(([page]) => {
    for (let i = 0; i < CALLS; i++) edx = model(edx, HIGH + page * 0x1000);
    return edx >>> 0;
  });
  return [...rounds, ...HIGH_PAGES.map((_, i) => CALLS + (i + 1) * CALLS * 100), 0xffff_2211, 0x4433_2211];
}

/** Code that many processes share, at another address in each: two pages with branches and calls within and between them; and what depends on more than the distance. */
export const SHARED_CODE: TestProgram = {
  name: 'shared code',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    turnPagingOn(a, false);
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
    a.alu('add', edi, 8).alu('cmp', dword({ base: edi }), -1).j('nz', 'round');

    // A branch with an operand size of 16 bits leads to the low 64 KB: within its page while that is there, else to another.
    a.alu('xor', edx, edx).lea(ecx, dword('short')).alu('or', ecx, 7).mov(dword(TABLE + 4 * LOW_PAGE), ecx);
    a.mov(ecx, cr3).mov(cr3, ecx).mov(eax, LOW_PAGE << 12).mov(ecx, CALLS);
    a.label('low').push(ecx).call(eax).pop(ecx).dec(ecx).j('nz', 'low');
    a.lea(ecx, dword('other')).alu('or', ecx, 7).mov(dword(TABLE + 4 * LOW_PAGE), ecx);
    for (const page of HIGH_PAGES) {
      a.lea(ecx, dword('short')).alu('or', ecx, 7).mov(dword(HIGH_TABLE + 4 * page), ecx).mov(ecx, cr3).mov(cr3, ecx);
      a.mov(eax, HIGH + (page << 12)).mov(ecx, CALLS).label(`high${page}`).push(ecx).call(eax).pop(ecx).dec(ecx).j('nz', `high${page}`);
      a.mov(eax, edx).out(RESULT_PORT, eax).alu('xor', ecx, ecx).mov(dword(HIGH_TABLE + 4 * page), ecx);
    }

    // An instruction whose second page is no memory, where FFh is read, and then is.
    a.lea(ecx, dword('edge')).alu('or', ecx, 7).mov(dword(HIGH_TABLE + 4 * EDGE_PAGE), ecx).mov(dword(HIGH_TABLE + 4 * EDGE_PAGE + 4), NOWHERE | 7);
    a.mov(ecx, cr3).mov(cr3, ecx).mov(dword('saved'), esp).mov(ebx, HIGH + (EDGE_PAGE << 12) + 0xffd).call(ebx);
    a.label('undefined').mov(esp, dword('saved')).out(RESULT_PORT, eax);
    a.lea(ecx, dword('rest')).alu('or', ecx, 7).mov(dword(HIGH_TABLE + 4 * EDGE_PAGE + 4), ecx).mov(ecx, cr3).mov(cr3, ecx);
    a.call(ebx).out(RESULT_PORT, eax).op('cli', 'hlt');

    a.align(0x1000).label('first').call('here').label('here').pop(ebx).mov(ecx, LOOPS);
    a.label('turn').alu('add', edx, ebx).shift('rol', edx, 3).test(cl, 1).j('z', 'even').alu('xor', edx, 0x1234);
    a.label('even').dec(ecx).j('nz', 'turn').jmp('second');
    a.label('back').call('leaf').op('ret');
    a.label('leaf').inc(edx).op('ret');
    a.label('times').lea(edx, dword({ base: edx, index: edx, scale: 4 })).op('ret');
    a.align(0x1000).label('second').call('there').label('there').pop(esi).alu('add', edx, esi).call('times').jmp('back');
    a.align(0x1000).label('short').mov(ebx, 1).db(0x66, 0xeb, 3).op('nop', 'nop', 'nop').alu('add', edx, ebx).op('ret');
    a.align(0x1000).label('other').fill(11, NOP).alu('add', edx, 100).op('ret');
    a.align(0x1000).label('edge').fill(0xffd, NOP).db(0xb8, 0x11, 0x22).label('rest').db(0x33, 0x44).op('ret');
    a.align(4).label('saved').dd(0).label('rounds');
    for (const [page, isUnmapped] of ROUNDS) a.dd(page, isUnmapped ? 1 : 0);
    return a.dd(-1);
  },
  gates: { 6: 'undefined' },
  results: results(),
};
