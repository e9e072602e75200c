import { Assembler } from '../assembler/assembler.ts';
import { ax, cr0, cr3, cr4, ds, dword, eax, ecx, edi, edx, es, esp } from '../assembler/operands.ts';
import { TASK, USER_CODE, USER_DATA } from './environment.ts';
import type { TestProgram } from './program.ts';
import { CODE, RESULT_PORT } from './program.ts';

const DIRECTORY = 0x40000;
const TABLE = 0x41000;
/** A user page, a supervisor page, and a user page with code. */
const USER_PAGE = 0x50000;
const SUPERVISOR_PAGE = 0x51000;
const USER_CODE_PAGE = 0x52000;
/** A local descriptor table in the user page, and its selector in the global one. */
const LDT = USER_PAGE + 0x100;
const LDT_SELECTOR = 0x40;
const GDT = 0x1000;
const CR4_SMEP = 1 << 20;
const CR4_SMAP = 1 << 21;
const STAC = [0x0f, 0x01, 0xcb] as const;
const CLAC = [0x0f, 0x01, 0xca] as const;
const RET = 0xc3;
const NO_FAULT = 0xff;

/**
 * SMEP and SMAP (SDM vol. 3A §4.6.1): each case reports the error code of its page fault, or FFh. The handler goes on at
 * `resume`, with EFLAGS.AC as it was.
 */
export const SUPERVISOR_PAGES: TestProgram = {
  name: 'supervisor access to user pages',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    let cases = 0;
    const attempt = (body: () => void): void => {
      const next = `next${cases++}`;
      a.mov(dword('resume'), next);
      body();
      a.mov(eax, NO_FAULT).out(RESULT_PORT, eax).label(next);
    };
    const read = (address: number): void => attempt(() => a.mov(eax, dword(address)));
    const write = (address: number): void => attempt(() => a.mov(dword(address), eax));
    const setCr4 = (bits: number): Assembler => a.mov(eax, bits).mov(cr4, eax);

    a.op('cld').mov(eax, 3).mov(edi, TABLE).mov(ecx, 256).label('map').string('stos', 4).alu('add', eax, 0x1000).short('loop', 'map');
    for (const page of [USER_PAGE, USER_CODE_PAGE]) a.alu('or', dword(TABLE + (page >> 10)), 4);
    a.mov(dword(DIRECTORY), TABLE | 7);
    // In the user's code page: a function for the supervisor, and what ring 3 runs: MOV EAX, [USER_PAGE]; STAC.
    a.mov(dword(USER_CODE_PAGE), RET).mov(dword(USER_CODE_PAGE + 0x10), 0xa1 | (USER_PAGE << 8)).mov(dword(USER_CODE_PAGE + 0x14), (USER_PAGE >>> 24) | 0xcb_010f00 | 0);
    a.mov(dword(GDT + LDT_SELECTOR), ((LDT & 0xffff) << 16) | 0x3f).mov(dword(GDT + LDT_SELECTOR + 4), (LDT & 0xff00_0000) | 0x8200 | (LDT >>> 16));
    a.db(0x0f, 0x01, 0x15).dd('gdtr').mov(ax, TASK).ltr(ax).mov(ax, USER_DATA).mov(ds, ax).mov(es, ax);
    a.mov(eax, DIRECTORY).mov(cr3, eax).mov(eax, cr0).alu('or', eax, 0x80010000 | 0).mov(cr0, eax);
    // Without SMAP and SMEP everything is open; translations are now cached.
    read(USER_PAGE);
    attempt(() => a.mov(eax, USER_CODE_PAGE).call(eax));
    setCr4(CR4_SMEP | CR4_SMAP);
    // Closed: reads and writes of user pages, and fetches (with the fetch bit, though there is no execute-disable).
    read(USER_PAGE);
    write(USER_PAGE);
    read(SUPERVISOR_PAGE);
    attempt(() => a.mov(eax, USER_CODE_PAGE).call(eax));
    // STAC opens data, not code; CLAC closes what was read in between.
    a.db(...STAC);
    read(USER_PAGE);
    write(USER_PAGE);
    attempt(() => a.mov(eax, USER_CODE_PAGE).call(eax));
    a.db(...CLAC);
    read(USER_PAGE);
    write(USER_PAGE);
    // POPF sets and clears AC as well.
    a.op('pushf').alu('or', dword({ base: esp }), 1 << 18).op('popf');
    read(USER_PAGE);
    a.op('pushf').alu('and', dword({ base: esp }), ~(1 << 18)).op('popf');
    read(USER_PAGE);
    // IRET does too.
    a.op('pushf').alu('or', dword({ base: esp }), 1 << 18).db(0x0e).push('opened').op('iret').label('opened');
    read(USER_PAGE);
    // An implicit access is closed whatever AC is: FS from an LDT in a user page.
    a.mov(dword(LDT + 0x10), 0xffff).mov(dword(LDT + 0x14), 0x00cf9300).mov(eax, LDT_SELECTOR).db(0x0f, 0x00, 0xd0).mov(eax, 0x14);
    attempt(() => a.db(0x8e, 0xe0));
    // Explicit ones are open again after it.
    read(USER_PAGE);
    // A loop that a compiler of traces would cover: it reads until AC is cleared in the middle.
    a.mov(ecx, 200).mov(edx, 0);
    attempt(() => a.label('loop').mov(eax, dword(USER_PAGE)).inc(edx).alu('cmp', edx, 150).j('nz', 'on').db(...CLAC).label('on').dec(ecx).j('nz', 'loop'));
    a.mov(eax, edx).out(RESULT_PORT, eax);
    // SMAP alone off again: data is open, code is not.
    setCr4(CR4_SMEP);
    read(USER_PAGE);
    attempt(() => a.mov(eax, USER_CODE_PAGE).call(eax));
    setCr4(CR4_SMAP);
    attempt(() => a.mov(eax, USER_CODE_PAGE).call(eax));
    read(USER_PAGE);
    // Ring 3 reads its page with AC clear; STAC does not exist for it.
    a.push(USER_DATA).push(USER_PAGE + 0x800).push(2).push(USER_CODE).push(USER_CODE_PAGE + 0x10).op('iret');

    a.label('fault').push(eax).mov(eax, dword({ base: esp, displacement: 4 })).out(RESULT_PORT, eax);
    a.mov(eax, dword('resume')).mov(dword({ base: esp, displacement: 8 }), eax).pop(eax).alu('add', esp, 4).op('iret');
    a.label('undefined').mov(eax, dword({ base: esp })).out(RESULT_PORT, eax).op('cli', 'hlt');
    return a.align(4).label('resume').dd(0).label('gdtr').dw(0x47).dd(GDT);
  },
  gates: { 14: 'fault', 6: 'undefined' },
  // prettier-ignore
  results: [
    NO_FAULT, NO_FAULT,
    1, 3, NO_FAULT, 0x11,
    NO_FAULT, NO_FAULT, 0x11, 1, 3,
    NO_FAULT, 1, NO_FAULT,
    1, NO_FAULT,
    1, 150,
    NO_FAULT, 0x11, NO_FAULT, 1,
    USER_CODE_PAGE + 0x15,
  ],
};
