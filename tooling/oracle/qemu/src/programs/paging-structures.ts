import { type Assembler, byte, cl, cr3, dword, eax, ebx, ecx, edi, esp, fs } from '@ringzero/conformance';
import { CR0_PG, CR4_PAE, CR4_PGE, CR4_PSE } from '@ringzero/x86';
import { setControl } from './instructions.ts';
import { CODE_PAGE, DATA, DIRECTORY, FRAMES, GDT, HIGH, HIGH_TABLE, PAE_DIRECTORY, PAE_HIGH, PAE_HIGH_TABLE, PAE_POINTERS, RETURN_VECTOR, USER_DATA } from './layout.ts';
import { highAddress, page, PAGE, preparePaging } from './paging-setup.ts';
import type { Topic } from './program.ts';

const { P, W, U, A, D, PS, G } = PAGE;
const BITS = 'vol. 3A §4.8';
const CACHES = 'vol. 3A §4.10';
const FIRST = FRAMES | U | W | P;

/** What sets accessed and dirty bits; the tables are compared at the end. */
const ACCESSES: readonly (readonly [name: string, code: (a: Assembler) => Assembler, isUser?: boolean])[] = [
  ['a read', (a) => a.mov(eax, dword(HIGH))],
  ['a write', (a) => a.mov(dword(HIGH), eax)],
  ['a read, then a write', (a) => a.mov(eax, dword(HIGH)).mov(dword(HIGH), eax)],
  ['a read and write', (a) => a.inc(dword(HIGH))],
  ['a comparison', (a) => a.alu('cmp', dword(HIGH), eax)],
  ['CMPXCHG that fails', (a) => a.mov(eax, 77).cmpxchg(dword(HIGH), ebx)],
  ['a write across two pages', (a) => a.mov(dword(HIGH + 0xffe), eax)],
  ['a read of ring 3', (a) => a.mov(cl, byte(HIGH)), true],
  ['a write of ring 3', (a) => a.mov(byte(HIGH), cl), true],
  ['a push of ring 3', (a) => a.mov(esp, HIGH + 8).push(eax), true],
  ['a string across two pages', (a) => a.op('cld').mov(edi, HIGH + 0xff8).mov(ecx, 4).rep().string('stos', 4)],
  ['PREFETCH', (a) => a.db(0x0f, 0x18, 0x0d).dd(HIGH + 0x2000).op('nop')],
];

/** A and D bits, large pages, PAE, global pages and what stays in the TLB. */
export const PAGING_STRUCTURES: Topic = {
  title: 'paging structures',
  programs: [
    ...ACCESSES.flatMap(([name, code, isUser = false]) =>
      [false, true].map((pae) => ({
        name: `${pae ? 'PAE: ' : ''}A and D after ${name}`, source: BITS, raises: isUser ? [RETURN_VECTOR] : [],
        build: (w: Parameters<Topic['programs'][number]['build']>[0]): void => {
          page(w, [FIRST, FIRST + 0x1000, FIRST + 0x2000], { pae });
          // The same accesses at the linear addresses of PAE's second table.
          if (pae) w.put(PAE_DIRECTORY + 16, PAE_HIGH_TABLE | U | W | P, 0);
          if (isUser) w.outside(code);
          else w.attempt(code);
        },
      })),
    ),
    {
      name: 'A and D that are set already', source: BITS, raises: [],
      build: (w) => {
        page(w, [FIRST | A | D, (FIRST + 0x1000) | A]);
        w.a.mov(eax, dword(HIGH)).mov(dword(HIGH), eax).mov(eax, dword(HIGH + 0x1000));
      },
    },
    {
      name: 'D after its bit is cleared without INVLPG, and with it', source: CACHES, raises: [],
      build: (w) => {
        page(w, [FIRST]);
        w.a.mov(dword(HIGH), eax).alu('and', dword(HIGH_TABLE), ~(A | D)).invlpg(byte(HIGH)).mov(eax, dword(HIGH)).mov(ebx, dword(HIGH_TABLE));
      },
    },
    {
      name: 'a page mapped anew after INVLPG', source: CACHES, raises: [],
      build: (w) => {
        w.put(FRAMES, 1).put(FRAMES + 0x1000, 2);
        page(w, [FIRST]);
        w.a.mov(eax, dword(HIGH)).mov(dword(HIGH_TABLE), FIRST + 0x1000).invlpg(byte(HIGH)).mov(ebx, dword(HIGH));
      },
    },
    {
      name: 'a page mapped anew after a load of CR3', source: CACHES, raises: [],
      build: (w) => {
        w.put(FRAMES, 1).put(FRAMES + 0x1000, 2);
        page(w, [FIRST]);
        w.a.mov(eax, dword(HIGH)).mov(dword(HIGH_TABLE), FIRST + 0x1000).mov(ecx, cr3).mov(cr3, ecx).mov(ebx, dword(HIGH));
      },
    },
    {
      name: 'a page that becomes absent, after INVLPG', source: CACHES, raises: [[14, 0]],
      build: (w) => {
        page(w, [FIRST]);
        w.a.mov(eax, dword(HIGH)).mov(dword(HIGH_TABLE), 0).invlpg(byte(HIGH));
        w.attempt((a) => a.mov(ebx, dword(HIGH)));
      },
    },
    {
      name: 'a page that becomes present needs no INVLPG', source: 'vol. 3A §4.10.2.3', raises: [[14, 0]],
      build: (w) => {
        page(w, [0]);
        w.attempt((a) => a.mov(eax, dword(HIGH)));
        w.a.mov(dword(HIGH_TABLE), FIRST | A).mov(ebx, dword(HIGH));
      },
    },
    {
      name: 'a global page after CR4.PGE is toggled', source: 'vol. 3A §4.10.2.4', raises: [],
      build: (w) => {
        w.put(FRAMES, 1).put(FRAMES + 0x1000, 2);
        page(w, [FIRST | G], { cr4: CR4_PGE });
        w.a.mov(eax, dword(HIGH)).mov(dword(HIGH_TABLE), (FIRST + 0x1000) | G);
        setControl(w.a, 4, 0, CR4_PGE).mov(ebx, dword(HIGH));
      },
    },
    {
      name: 'PSE: a 4 MB page', source: 'vol. 3A §4.3', raises: [],
      build: (w) => {
        page(w, [], { cr4: CR4_PSE });
        w.put(DIRECTORY + 8, PS | W | P).a.mov(eax, dword(2 * HIGH + DATA)).mov(dword(2 * HIGH + DATA + 4), eax);
      },
    },
    {
      name: 'PSE: ring 3 writes a 4 MB page that it may only read', source: 'vol. 3A §4.6', raises: [[14, 7]],
      build: (w) => {
        page(w, [], { cr4: CR4_PSE });
        w.put(DIRECTORY + 8, PS | U | P).outside((a) => a.mov(eax, dword(2 * HIGH + DATA)).mov(dword(2 * HIGH + DATA), eax));
      },
    },
    {
      name: 'PSE clear: the bit means nothing', source: 'vol. 3A §4.3', raises: [],
      build: (w) => {
        page(w, [FIRST]);
        w.put(DIRECTORY + 8, HIGH_TABLE | PS | U | W | P).a.mov(eax, 5).mov(dword(2 * HIGH), eax);
      },
    },
    {
      name: 'PAE: a 2 MB page', source: 'vol. 3A §4.4.2', raises: [],
      build: (w) => {
        page(w, [], { pae: true });
        w.put(PAE_DIRECTORY + 16, PS | W | P).a.mov(eax, dword(2 * PAE_HIGH + DATA)).mov(dword(2 * PAE_HIGH + DATA + 4), eax);
      },
    },
    {
      name: 'PAE: 2 MB pages need no PSE, ring 3 needs U', source: 'vol. 3A §4.4.2', raises: [[14, 5]],
      build: (w) => {
        page(w, [], { pae: true });
        w.put(PAE_DIRECTORY + 16, PS | W | P).outside((a) => a.mov(eax, dword(2 * PAE_HIGH + DATA)));
      },
    },
    {
      name: 'PAE: pointers are read when CR3 is loaded', source: 'vol. 3A §4.4.1', raises: [[14, 0]],
      build: (w) => {
        page(w, [], { pae: true });
        // The entry in memory changes the registers only with the next load.
        w.a.mov(dword(PAE_POINTERS + 8), PAE_DIRECTORY | P);
        w.attempt((a) => a.mov(eax, dword(0x4000_0000 + DATA)));
        w.a.mov(ecx, cr3).mov(cr3, ecx).mov(eax, dword(0x4000_0000 + DATA));
      },
    },
    {
      name: 'PAE: a load of CR3 with reserved bits in a pointer', source: 'vol. 3A §4.4.1', raises: [[13, 0]],
      build: (w) => {
        page(w, [], { pae: true });
        w.a.mov(dword(PAE_POINTERS + 8), PAE_DIRECTORY | 6 | P);
        w.attempt((a) => a.mov(ecx, cr3).mov(cr3, ecx));
      },
    },
    {
      name: 'PAE: an absent pointer', source: 'vol. 3A §4.4', raises: [[14, 2]],
      build: (w) => {
        page(w, [], { pae: true });
        w.attempt((a) => a.mov(dword(0xc000_0000 | 0), eax));
      },
    },
    {
      name: 'PAE turned on while paging', source: 'vol. 3A §4.4.1', raises: [],
      build: (w) => {
        page(w, [], { pae: true });
        setControl(w.a, 0, 0, CR0_PG);
        setControl(w.a, 4, 0, CR4_PAE);
        preparePaging(w);
        w.a.mov(eax, DIRECTORY).mov(cr3, eax);
        setControl(w.a, 0, CR0_PG).mov(eax, dword(DATA));
      },
    },
    {
      name: 'code that runs on a page of its own', source: BITS, raises: [RETURN_VECTOR],
      build: (w) => {
        w.bytes(CODE_PAGE, Uint8Array.of(0x40, 0xcd, RETURN_VECTOR));
        page(w, [CODE_PAGE | U | P]);
        w.outside((a) => a.mov(eax, HIGH).jmp(eax));
      },
    },
    {
      name: 'A of a descriptor in a page that is only read', source: 'vol. 3A §3.4.5.1', raises: [],
      build: (w) => {
        const selector = w.segment(0x92);
        page(w, [GDT | P]);
        w.put16(DATA, 0x3ff).put(DATA + 2, HIGH).a.lgdt(dword(DATA)).mov(eax, selector).mov(fs, eax).mov(ebx, dword(GDT + selector + 4)).mov(ecx, USER_DATA);
      },
    },
    {
      name: 'CR3 keeps its low bits', source: 'vol. 3A §2.5', raises: [],
      build: (w) => {
        preparePaging(w);
        w.a.mov(eax, DIRECTORY | 0x18).mov(cr3, eax).mov(ebx, cr3);
        setControl(w.a, 0, CR0_PG).mov(ecx, dword(highAddress(0) - HIGH + DATA));
      },
    },
  ],
};
