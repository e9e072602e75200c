import { Assembler } from '../assembler/assembler.ts';
import { byte, cr2, cr3, dword, eax, ebx, ecx, edi, edx, esp } from '../assembler/operands.ts';
import { al } from '../assembler/operands.ts';
import { HIGH, HIGH_TABLE, turnPagingOn } from './page-tables.ts';
import type { TestProgram } from './program.ts';
import { CODE, RESULT_PORT } from './program.ts';

/** Linear addresses that are mapped on demand, and the frames they get. */
const DEMAND = HIGH;
const FRAMES = 0x50000;
const PAGES = 6;

/** Paging with demand mapping: page faults with their codes and CR2, accessed and dirty bits, write protection, INVLPG. */
export const PAGING: TestProgram = {
  name: 'paging',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    turnPagingOn(a, true);
    // Touch pages that are not there: each fault maps one.
    a.mov(edi, DEMAND).mov(ecx, PAGES);
    a.label('touch').mov(dword({ base: edi, displacement: 0x10 }), ecx).alu('add', edi, 0x1000).dec(ecx).j('nz', 'touch');
    a.mov(eax, dword('faults')).out(RESULT_PORT, eax);
    a.mov(eax, dword('codes')).out(RESULT_PORT, eax);
    a.mov(eax, dword('last')).out(RESULT_PORT, eax);
    a.mov(eax, dword(DEMAND + 0x2010)).out(RESULT_PORT, eax);
    // An access across two pages.
    a.mov(dword(DEMAND + 0xffe), 0xaabbccdd | 0).mov(eax, dword(FRAMES + 0xffc)).out(RESULT_PORT, eax).mov(eax, dword(FRAMES + 0x1000)).alu('and', eax, 0xffff).out(RESULT_PORT, eax);
    // Accessed and dirty bits of a page that was only read.
    a.mov(dword(HIGH_TABLE + 4 * 8), FRAMES | 1).mov(al, byte(DEMAND + 0x8000)).mov(eax, dword(HIGH_TABLE + 4 * 8)).alu('and', eax, 0xfff).out(RESULT_PORT, eax);
    // CR0.WP: ring 0 may not write a read-only page either. The handler makes it writable.
    a.mov(dword(DEMAND + 0x8000), 5).mov(eax, dword('codes')).out(RESULT_PORT, eax);
    a.mov(eax, dword(HIGH_TABLE + 4 * 8)).alu('and', eax, 0xfff).out(RESULT_PORT, eax);
    // A remapped page is seen only after INVLPG, which comes before the read here.
    a.mov(dword(HIGH_TABLE), (FRAMES + 0x3000) | 7).invlpg(byte(DEMAND)).mov(eax, dword(DEMAND + 0x10)).out(RESULT_PORT, eax);
    a.op('cli', 'hlt');

    a.label('pageFault').op('pusha');
    a.inc(dword('faults')).mov(eax, cr2).mov(dword('last'), eax).mov(ebx, eax);
    a.mov(edx, dword('codes')).shift('shl', edx, 4).alu('or', edx, dword({ base: esp, displacement: 32 })).mov(dword('codes'), edx);
    a.shift('shr', ebx, 12).alu('and', ebx, 0x3ff);
    a.alu('cmp', ebx, 8).j('z', 'protect');
    a.mov(eax, ebx).shift('shl', eax, 12).alu('add', eax, FRAMES | 7).mov(dword({ index: ebx, scale: 4, displacement: HIGH_TABLE }), eax);
    a.jmp('mapped').label('protect').alu('or', dword({ index: ebx, scale: 4, displacement: HIGH_TABLE }), 2);
    a.label('mapped').mov(eax, cr3).mov(cr3, eax).op('popa').alu('add', esp, 4).op('iret');
    return a.align(4).label('faults').dd(0).label('codes').dd(0).label('last').dd(0);
  },
  gates: { 14: 'pageFault' },
  // prettier-ignore
  results: [PAGES, 0x222222, DEMAND + 0x5010, 4, 0xccdd0000, 0xaabb, 0x21, 0x2222223, 0x63, 3],
};
