import { Assembler } from '../assembler/assembler.ts';
import { al, byte, dword, eax, ebp, ebx, ecx, edi, edx, esi } from '../assembler/operands.ts';
import type { TestProgram } from './program.ts';
import { CODE, DATA, RESULT_PORT } from './program.ts';

const COUNT = 48;

function sortedHash(): number {
  const values: number[] = [];
  let value = 12345;
  for (let i = 0; i < COUNT; i++) {
    value = (Math.imul(value, 1103515245) + 12345) | 0;
    values.push(value);
  }
  values.sort((a, b) => a - b);
  return values.reduce((hash, entry, i) => (hash + Math.imul(entry, i + 1)) | 0, 0) >>> 0;
}

/** Bubble sort in memory, then a copy and a comparison by string instructions. */
export const SORT: TestProgram = {
  name: 'sort and strings',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.op('cld').mov(edi, DATA).mov(ecx, COUNT).mov(eax, 12345).mov(ebx, 1103515245);
    a.label('fill').imul(eax, ebx).alu('add', eax, 12345).string('stos', 4).short('loop', 'fill');
    a.mov(ebp, COUNT - 1);
    a.label('pass').mov(esi, DATA).mov(ecx, ebp);
    a.label('pair').mov(eax, dword({ base: esi })).mov(edx, dword({ base: esi, displacement: 4 }));
    a.alu('cmp', eax, edx).j('le', 'ordered').mov(dword({ base: esi }), edx).mov(dword({ base: esi, displacement: 4 }), eax);
    a.label('ordered').alu('add', esi, 4).dec(ecx).j('nz', 'pair');
    a.dec(ebp).j('nz', 'pass');
    // Copy backwards from the end, then compare.
    a.op('std').mov(esi, DATA + 4 * COUNT - 4).mov(edi, DATA + 0x1000 + 4 * COUNT - 4).mov(ecx, COUNT).rep().string('movs', 4).op('cld');
    a.mov(esi, DATA).mov(edi, DATA + 0x1000).mov(ecx, COUNT).rep().string('cmps', 4).j('nz', 'end');
    a.mov(esi, DATA + 0x1000).mov(ecx, 1).alu('xor', ebx, ebx);
    a.label('hash').string('lods', 4).imul(eax, ecx).alu('add', ebx, eax).inc(ecx).alu('cmp', ecx, COUNT + 1).j('nz', 'hash');
    a.mov(eax, ebx).out(RESULT_PORT, eax);
    // The length of a string, by REPNE SCASB.
    a.mov(edi, 'text').mov(ecx, -1).mov(al, 0).repne().op('scasb').unary('not', ecx).dec(ecx).mov(eax, ecx).out(RESULT_PORT, eax);
    a.label('end').op('cli', 'hlt');
    return a.label('text').db(...Array.from('the quick brown fox', (c) => c.charCodeAt(0)), 0);
  },
  results: [sortedHash(), 19],
};

/** Calls and the stack: recursion, ENTER and LEAVE, PUSHA, indirect calls through a table. */
export const CALLS: TestProgram = {
  name: 'calls and stack',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.push(12).call('fibonacci').out(RESULT_PORT, eax);
    a.mov(ebp, 0x55).alu('xor', esi, esi).alu('xor', ecx, ecx);
    a.label('next').mov(eax, ecx).alu('and', eax, 3).call(dword({ index: eax, scale: 4, displacement: 'table' }));
    a.inc(ecx).alu('cmp', ecx, 100).j('nz', 'next').mov(eax, esi).out(RESULT_PORT, eax);
    a.mov(eax, 1).mov(ebx, 2).op('pusha').mov(eax, 9).mov(ebx, 9).op('popa').alu('add', eax, ebx).alu('add', eax, ebp).out(RESULT_PORT, eax);
    a.op('cli', 'hlt');
    a.label('fibonacci').enter(4, 0).mov(eax, dword({ base: ebp, displacement: 8 })).alu('cmp', eax, 2).j('b', 'leaf');
    a.dec(eax).push(eax).call('fibonacci').mov(dword({ base: ebp, displacement: -4 }), eax);
    a.mov(eax, dword({ base: ebp, displacement: 8 })).alu('sub', eax, 2).push(eax).call('fibonacci');
    a.alu('add', eax, dword({ base: ebp, displacement: -4 }));
    a.label('leaf').op('leave').retn(4);
    a.label('f0').alu('add', esi, 1).op('ret');
    a.label('f1').alu('add', esi, 10).op('ret');
    a.label('f2').alu('add', esi, 100).op('ret');
    a.label('f3').alu('add', esi, 1000).op('ret');
    return a.align(4).label('table').dd('f0', 'f1', 'f2', 'f3');
  },
  results: [144, 25 * 1111, 3 + 0x55],
};

/** Code that changes itself: the next instruction, a loop body each time round, and code copied over other code. */
export const SELF_MODIFYING: TestProgram = {
  name: 'self-modifying code',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    // The instruction right behind the store.
    a.mov(byte('patched'), 0x77).db(0xb8).label('patched').dd(0x11).out(RESULT_PORT, eax);
    // A loop whose body's immediate grows.
    a.mov(ecx, 20).alu('xor', edx, edx);
    a.label('loop').db(0x81, 0xc2).label('immediate').dd(1).inc(dword('immediate')).dec(ecx).j('nz', 'loop');
    a.mov(eax, edx).out(RESULT_PORT, eax);
    // One address, two routines in turn.
    a.alu('xor', edx, edx).mov(ebx, 10);
    a.label('again').mov(esi, 'first').call('install').call('slot').mov(esi, 'second').call('install').call('slot').dec(ebx).j('nz', 'again');
    a.mov(eax, edx).out(RESULT_PORT, eax).op('cli', 'hlt');
    a.label('install').mov(edi, 'slot').mov(ecx, 8).op('cld').rep().op('movsb').op('ret');
    a.label('first').alu('add', edx, 0x111).op('ret', 'nop');
    a.label('second').alu('add', edx, 0x10000).op('ret', 'nop');
    return a.align(16).label('slot').fill(8, 0xf4);
  },
  results: [0x77, (20 * 21) / 2, 10 * 0x10111],
};
