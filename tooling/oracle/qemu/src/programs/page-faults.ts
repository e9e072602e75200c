import { type Assembler, byte, cl, dword, eax, ebx, ecx, edi, esi, esp } from '@ringzero/conformance';
import { CR4_PSE } from '@ringzero/x86';
import { CODE, DATA, DIRECTORY, FRAMES, GDT, HIGH, HIGH_TABLE, KERNEL_DATA, PAE_DIRECTORY, PAE_HIGH, RETURN_VECTOR, USER_DATA, USER_STACK } from './layout.ts';
import { highAddress, page, PAGE, type HighEntry, type PagingOptions } from './paging-setup.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';

const { P, W, U, A, PS, NX } = PAGE;
/** Error codes (SDM vol. 3A §4.7). */
const PRESENT = 1;
const WRITE = 2;
const USER = 4;
const RESERVED = 8;
const FETCH = 16;

const SOURCE = 'vol. 3A §4.7';
/** The pages of the second table: absent, and with four kinds of rights. RET is the first byte of each frame. */
const ABSENT = 0;
const KERNEL = 1;
const KERNEL_READ = 2;
const USER_READ = 3;
const USER_WRITE = 4;
const PAGES: readonly HighEntry[] = [0, FRAMES | W | P, (FRAMES + 0x1000) | P, (FRAMES + 0x2000) | U | P, (FRAMES + 0x3000) | U | W | P];
const RET = 0xc3;

type Access = (a: Assembler, address: number) => Assembler;
const read: Access = (a, address) => a.mov(eax, dword(address));
const write: Access = (a, address) => a.mov(dword(address), eax);
const modify: Access = (a, address) => a.inc(dword(address));
const fetch: Access = (a, address) => a.mov(eax, address).call(eax);

interface Case {
  readonly name: string;
  readonly ring: 0 | 3;
  readonly access: Access;
  readonly index: number;
  /** Error code; undefined when nothing faults. */
  readonly error?: number;
  readonly options?: PagingOptions;
  readonly pages?: readonly HighEntry[];
  readonly offset?: number;
}

function program({ name, ring, access, index, error, options = {}, pages = PAGES, offset = 0 }: Case): SystemProgram {
  const end: readonly Raised[] = ring === 3 ? [RETURN_VECTOR] : [];
  return {
    name, source: SOURCE, raises: error === undefined ? end : [[14, error]],
    build: (w) => {
      for (let frame = 0; frame < 4; frame++) w.bytes(FRAMES + frame * 0x1000, Uint8Array.of(RET));
      page(w, pages, options);
      const address = highAddress(index, options.pae) + offset;
      if (ring === 0) w.attempt((a) => access(a.mov(eax, 0x1234_5678), address));
      else w.outside((a) => access(a.mov(eax, 0x1234_5678), address));
    },
  };
}

/** The same in 32-bit paging and with PAE. */
const BOTH: readonly Omit<Case, 'options'>[] = [
  { name: 'ring 0 reads an absent page', ring: 0, access: read, index: ABSENT, error: 0 },
  { name: 'ring 0 writes an absent page', ring: 0, access: write, index: ABSENT, error: WRITE },
  { name: 'ring 0 modifies an absent page', ring: 0, access: modify, index: ABSENT, error: WRITE },
  { name: 'ring 0 calls into an absent page', ring: 0, access: fetch, index: ABSENT, error: 0 },
  { name: 'ring 0 reads and writes a page of its own', ring: 0, access: modify, index: KERNEL },
  { name: 'ring 0 calls into a page of its own', ring: 0, access: fetch, index: KERNEL },
  { name: 'ring 0 writes a read-only page', ring: 0, access: write, index: KERNEL_READ },
  { name: 'ring 0 writes a read-only page of ring 3', ring: 0, access: write, index: USER_READ },
  { name: 'ring 3 reads an absent page', ring: 3, access: read, index: ABSENT, error: USER },
  { name: 'ring 3 writes an absent page', ring: 3, access: write, index: ABSENT, error: USER | WRITE },
  { name: 'ring 3 modifies an absent page', ring: 3, access: modify, index: ABSENT, error: USER | WRITE },
  { name: 'ring 3 jumps into an absent page', ring: 3, access: fetch, index: ABSENT, error: USER },
  { name: 'ring 3 reads a page of ring 0', ring: 3, access: read, index: KERNEL, error: USER | PRESENT },
  { name: 'ring 3 writes a page of ring 0', ring: 3, access: write, index: KERNEL, error: USER | WRITE | PRESENT },
  { name: 'ring 3 calls into a page of ring 0', ring: 3, access: fetch, index: KERNEL, error: USER | PRESENT },
  { name: 'ring 3 reads a read-only page', ring: 3, access: read, index: USER_READ },
  { name: 'ring 3 writes a read-only page', ring: 3, access: write, index: USER_READ, error: USER | WRITE | PRESENT },
  { name: 'ring 3 modifies a read-only page', ring: 3, access: modify, index: USER_READ, error: USER | WRITE | PRESENT },
  { name: 'ring 3 writes its page', ring: 3, access: modify, index: USER_WRITE },
  { name: 'ring 3 calls into its page', ring: 3, access: fetch, index: USER_WRITE },
  { name: 'a read across the end of a page', ring: 3, access: read, index: USER_WRITE, offset: 0xffe, error: USER },
  { name: 'a write across the end of a page', ring: 3, access: write, index: USER_WRITE, offset: 0xffd, error: USER | WRITE },
  { name: 'a write from an absent page into the next', ring: 0, access: write, index: ABSENT, offset: 0xfff, error: WRITE },
];

const WP: readonly Omit<Case, 'options'>[] = [
  { name: 'WP: ring 0 writes a read-only page', ring: 0, access: write, index: KERNEL_READ, error: WRITE | PRESENT },
  { name: 'WP: ring 0 modifies a read-only page of ring 3', ring: 0, access: modify, index: USER_READ, error: WRITE | PRESENT },
  { name: 'WP: ring 0 writes a writable page of ring 3', ring: 0, access: write, index: USER_WRITE },
  { name: 'WP: ring 0 reads a read-only page', ring: 0, access: read, index: KERNEL_READ },
];

const NX_PAGES: readonly HighEntry[] = [0, [FRAMES | W | P, NX], [(FRAMES + 0x1000) | P, 0], [(FRAMES + 0x2000) | U | P, NX], [(FRAMES + 0x3000) | U | W | P, 0]];
const nx: PagingOptions = { pae: true, nx: true };
const NX_CASES: readonly Case[] = [
  { name: 'NX: ring 0 calls into a page of data', ring: 0, access: fetch, index: 1, error: FETCH | PRESENT, options: nx, pages: NX_PAGES },
  { name: 'NX: ring 0 modifies a page of data', ring: 0, access: modify, index: 1, options: nx, pages: NX_PAGES },
  { name: 'NX: ring 3 calls into a page of data', ring: 3, access: fetch, index: 3, error: FETCH | USER | PRESENT, options: nx, pages: NX_PAGES },
  { name: 'NX: ring 3 calls into a page of code', ring: 3, access: fetch, index: 4, options: nx, pages: NX_PAGES },
  { name: 'NX: ring 0 calls into an absent page', ring: 0, access: fetch, index: 0, error: FETCH, options: nx, pages: NX_PAGES },
  { name: 'NX: ring 3 calls into an absent page', ring: 3, access: fetch, index: 0, error: FETCH | USER, options: nx, pages: NX_PAGES },
  { name: 'NX: ring 3 reads a page of data', ring: 3, access: read, index: 3, options: nx, pages: NX_PAGES },
  { name: 'NX reserved while NXE is clear, read in ring 0', ring: 0, access: read, index: 1, error: RESERVED | PRESENT, options: { pae: true }, pages: NX_PAGES },
  { name: 'NX reserved while NXE is clear, write in ring 3', ring: 3, access: write, index: 3, error: RESERVED | USER | WRITE | PRESENT, options: { pae: true }, pages: NX_PAGES },
  { name: 'a reserved address bit, read in ring 0', ring: 0, access: read, index: 0, error: RESERVED | PRESENT, options: nx, pages: [[FRAMES | W | P, 1 << 19]] },
  { name: 'a reserved address bit, fetch in ring 3', ring: 3, access: fetch, index: 0, error: RESERVED | FETCH | USER | PRESENT, options: nx, pages: [[FRAMES | U | W | P, 1 << 19]] },
  { name: 'a reserved address bit, read in ring 3', ring: 3, access: read, index: 0, error: RESERVED | USER | PRESENT, options: nx, pages: [[FRAMES | U | W | P, 1 << 19]] },
  { name: 'a reserved address bit, write in ring 0', ring: 0, access: write, index: 0, error: RESERVED | WRITE | PRESENT, options: nx, pages: [[FRAMES | W | P, 1 << 19]] },
  { name: 'a reserved address bit, fetch in ring 0', ring: 0, access: fetch, index: 0, error: RESERVED | FETCH | PRESENT, options: nx, pages: [[FRAMES | W | P, 1 << 19]] },
  { name: 'a reserved bit of an absent page', ring: 0, access: read, index: 0, error: 0, options: nx, pages: [[FRAMES, 1 << 19]] },
];

const OTHERS: readonly SystemProgram[] = [
  {
    name: 'an absent page table', source: SOURCE, raises: [[14, WRITE]],
    build: (w) => {
      page(w);
      w.attempt((a) => write(a, 2 * HIGH + 0x123));
    },
  },
  {
    name: 'rights of the directory entry', source: 'vol. 3A §4.6.1', raises: [[14, USER | PRESENT], [14, USER | WRITE | PRESENT]],
    build: (w) => {
      page(w, PAGES);
      // A is set from the start: it would be in the flags of what changes the entry.
      w.put(DIRECTORY + 4, HIGH_TABLE | A | U | W | P).a.alu('and', dword(DIRECTORY + 4), ~U).mov(eax, DIRECTORY).db(0x0f, 0x22, 0xd8);
      w.outside((a) => read(a, highAddress(USER_WRITE)));
      w.a.alu('xor', dword(DIRECTORY + 4), U | W).mov(eax, DIRECTORY).db(0x0f, 0x22, 0xd8);
      w.outside((a) => write(a, highAddress(USER_WRITE)));
    },
  },
  {
    name: 'a read-only directory entry under WP', source: 'vol. 3A §4.6.1', raises: [[14, WRITE | PRESENT]],
    build: (w) => {
      page(w, PAGES, { wp: true });
      w.a.alu('xor', dword(DIRECTORY + 4), W).mov(eax, DIRECTORY).db(0x0f, 0x22, 0xd8);
      w.attempt((a) => write(a, highAddress(KERNEL)));
    },
  },
  {
    name: 'a 4 MB page with reserved bits', source: 'vol. 3A §4.3', raises: [[14, RESERVED | PRESENT]],
    build: (w) => {
      page(w, [], { cr4: CR4_PSE });
      w.put(DIRECTORY + 8, (1 << 21) | PS | W | P);
      w.attempt((a) => read(a, 2 * HIGH));
    },
  },
  {
    name: 'a 2 MB page with reserved bits', source: 'vol. 3A §4.4.2', raises: [[14, RESERVED | WRITE | PRESENT]],
    build: (w) => {
      page(w, [], { pae: true });
      w.put(PAE_DIRECTORY + 16, (1 << 13) | PS | W | P);
      w.attempt((a) => write(a, 2 * PAE_HIGH));
    },
  },
  {
    name: 'a push onto an absent page', source: SOURCE, raises: [[14, USER | WRITE]],
    build: (w) => {
      page(w);
      w.outside((a) => a.mov(esp, HIGH + 4).push(eax));
    },
  },
  {
    name: 'a string instruction that runs into an absent page', source: 'vol. 2, REP', raises: [[14, USER | WRITE]],
    build: (w) => {
      page(w, [(FRAMES + 0x3000) | U | W | P]);
      w.outside((a) => a.op('cld').mov(esi, DATA).mov(edi, HIGH + 0xff8).mov(ecx, 4).rep().string('movs', 4));
    },
  },
  {
    name: 'supervisor access by a segment load of ring 3', source: 'vol. 3A §4.6: implicit supervisor accesses', raises: [[14, 0]],
    build: (w) => {
      page(w, [GDT | W | P, 0]);
      // The descriptor of selector 1003h lies in the page behind the table's first.
      w.put16(DATA, 0x1fff).put(DATA + 2, HIGH).a.lgdt(dword(DATA));
      w.outside((a) => a.mov(eax, 0x1003).db(0x8e, 0xe0));
    },
  },
  {
    name: 'a fetch across the end of a page', source: SOURCE, raises: [[14, USER]],
    build: (w) => {
      w.bytes(FRAMES + 0xffe, Uint8Array.of(0xb8, 0x11));
      page(w, [FRAMES | U | P]);
      w.outside((a) => a.mov(eax, HIGH + 0xffe).jmp(eax));
    },
  },
  {
    name: 'a page fault while ring 3 is on an absent stack', source: SOURCE, raises: [[14, USER]],
    build: (w) => {
      page(w);
      w.outside((a) => a.mov(esp, HIGH).mov(cl, byte(HIGH)), { stack: USER_STACK });
    },
  },
  {
    name: 'the pushed EIP of a fault on an instruction with prefixes', source: SOURCE, raises: [[14, WRITE]],
    build: (w) => {
      page(w);
      w.attempt((a) => a.db(0x3e, 0x66, 0xc7, 0x05).dd(HIGH).dw(5));
    },
  },
  {
    name: 'XCHG and CMPXCHG fault as writes', source: SOURCE, raises: [[14, WRITE | PRESENT], [14, WRITE | PRESENT]],
    build: (w) => {
      page(w, PAGES, { wp: true });
      w.attempt((a) => a.xchg(dword(highAddress(KERNEL_READ)), eax));
      // The comparison fails, and the destination is written back all the same.
      w.attempt((a) => a.mov(eax, 5).cmpxchg(dword(highAddress(KERNEL_READ)), ebx));
    },
  },
  {
    name: 'ring 3 on a kernel page through another selector', source: SOURCE, raises: [[14, USER | PRESENT]],
    build: (w) => {
      page(w);
      w.outside((a) => a.mov(eax, USER_DATA).db(0x8e, 0xe8).db(0x65).mov(eax, dword(GDT + KERNEL_DATA)).mov(ebx, CODE));
    },
  },
];

/** Page faults with their error codes, in 32-bit paging and with PAE, WP, and NX. */
export const PAGE_FAULTS: Topic = {
  title: 'page faults',
  programs: [
    ...BOTH.flatMap((entry) => [program(entry), program({ ...entry, name: `PAE: ${entry.name}`, options: { pae: true } })]),
    ...WP.flatMap((entry) => [program({ ...entry, options: { wp: true } }), program({ ...entry, name: `PAE, ${entry.name}`, options: { wp: true, pae: true } })]),
    ...NX_CASES.map(program),
    ...OTHERS,
  ],
};
