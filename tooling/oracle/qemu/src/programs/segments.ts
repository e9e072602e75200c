import { type Assembler, ax, byte, ds, dword, eax, ebx, ecx, edi, es, esi, esp, fs, gs, ss, type SpecialRegister } from '@ringzero/conformance';
import { callFar, lldtAx } from './instructions.ts';
import { DATA, KERNEL_CODE, KERNEL_DATA, LDT, LOCAL_TABLE, RETURN_VECTOR, STACK, TASK, USER_CODE, USER_DATA } from './layout.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';
import type { World } from './world.ts';

const LIMITS = 'vol. 3A §5.3';
const TYPES = 'vol. 3A §5.4';
const LOADS = 'vol. 2, MOV';
/** D/B without G: limits in bytes. */
const BYTES = 4;
const SMALL = 0x0ff;
const CONFORMING = 0x9f;

interface Access {
  readonly name: string;
  readonly source?: string;
  /** Type, base DATA, and limit of the segment that FS gets. */
  readonly access: number;
  readonly limit?: number;
  readonly flags?: number;
  readonly raises?: readonly Raised[];
  readonly code: (a: Assembler) => Assembler;
  readonly isStack?: boolean;
}

const at = (displacement: number, segment: SpecialRegister = fs): { readonly displacement: number; readonly segment: SpecialRegister } => ({ displacement, segment });

function access({ name, source = LIMITS, access: type, limit = SMALL, flags = BYTES, raises = [], code, isStack = false }: Access): SystemProgram {
  return {
    name, source, raises,
    build: (w) => {
      const selector = w.segment(type, { base: DATA, limit, flags });
      w.attempt((a) => code(isStack ? a.mov(eax, selector).mov(ss, eax) : a.mov(eax, selector).mov(fs, eax)));
      w.a.mov(eax, KERNEL_DATA).mov(ss, eax).mov(esp, STACK);
    },
  };
}

const GP: readonly Raised[] = [[13, 0]];
const SS: readonly Raised[] = [[12, 0]];

/** Accesses through FS of a segment with a limit or rights. */
const THROUGH_FS: readonly Access[] = [
  { name: 'a dword that ends at the limit', access: 0x93, code: (a) => a.mov(eax, dword(at(SMALL - 3))).mov(dword(at(SMALL - 3)), eax) },
  { name: 'a dword that ends behind the limit, read', access: 0x93, raises: GP, code: (a) => a.mov(eax, dword(at(SMALL - 2))) },
  { name: 'a dword that ends behind the limit, written', access: 0x93, raises: GP, code: (a) => a.mov(dword(at(SMALL - 2)), eax) },
  { name: 'a byte behind the limit', access: 0x93, raises: GP, code: (a) => a.inc(byte(at(SMALL + 1))) },
  { name: 'an offset that wraps in 4 GB', access: 0x93, limit: 0xf_ffff, flags: 0xc, code: (a) => a.mov(ebx, -2).mov(eax, dword({ base: ebx, segment: fs })) },
  { name: 'granularity of pages', access: 0x93, limit: 0, flags: 0xc, code: (a) => a.mov(eax, dword(at(0xffc))) },
  { name: 'behind a page of granularity', access: 0x93, limit: 0, flags: 0xc, raises: GP, code: (a) => a.mov(eax, dword(at(0xffd))) },
  { name: 'expand-down: behind the limit', access: 0x97, code: (a) => a.mov(eax, dword(at(SMALL + 1))) },
  { name: 'expand-down: at the limit', access: 0x97, raises: GP, code: (a) => a.mov(eax, dword(at(SMALL))) },
  { name: 'expand-down of 16 bits: beyond FFFFh', access: 0x97, flags: 0, raises: GP, code: (a) => a.mov(eax, dword(at(0xfffe))) },
  { name: 'a write to a read-only segment', source: TYPES, access: 0x91, raises: GP, code: (a) => a.mov(dword(at(0)), eax) },
  { name: 'a read and write of a read-only segment', source: TYPES, access: 0x91, raises: GP, code: (a) => a.inc(dword(at(0))) },
  { name: 'a read of a code segment that may be read', source: TYPES, access: 0x9b, code: (a) => a.mov(eax, dword(at(0))) },
  { name: 'a write to a code segment', source: TYPES, access: 0x9b, raises: GP, code: (a) => a.mov(dword(at(0)), eax) },
  { name: 'a string into the limit', access: 0x93, raises: GP, code: (a) => a.op('cld').mov(eax, fs).mov(es, eax).mov(edi, SMALL - 7).mov(esi, DATA).mov(ecx, 4).rep().string('movs', 4) },
];

const ON_THE_STACK: readonly Access[] = [
  { name: 'a push within the limit', access: 0x93, isStack: true, code: (a) => a.mov(esp, SMALL + 1).push(eax).pop(ebx) },
  { name: 'a pop behind the limit', access: 0x93, isStack: true, raises: SS, code: (a) => a.mov(esp, SMALL - 1).pop(ebx) },
  { name: 'a read of the stack behind the limit', access: 0x93, isStack: true, raises: SS, code: (a) => a.mov(esp, SMALL - 1).mov(eax, dword({ base: esp })) },
];

interface Load {
  readonly name: string;
  readonly register: SpecialRegister;
  readonly selector: number | ((w: World) => number);
  readonly raises: (selector: number) => readonly Raised[];
}

const NONE = (): readonly Raised[] => [];
const LOADED: readonly Load[] = [
  { name: 'null into FS', register: fs, selector: 0, raises: NONE },
  { name: 'null with RPL 3 into GS', register: gs, selector: 3, raises: NONE },
  { name: 'null into SS', register: ss, selector: 0, raises: () => GP },
  { name: 'null with RPL 3 into SS', register: ss, selector: 3, raises: () => GP },
  { name: 'a selector beyond the GDT', register: fs, selector: 0x500, raises: (s) => [[13, s]] },
  { name: 'a selector beyond the GDT into SS', register: ss, selector: 0x500, raises: (s) => [[13, s]] },
  { name: 'a local selector without an LDT', register: fs, selector: 0x44, raises: (s) => [[13, s]] },
  { name: 'an empty descriptor', register: fs, selector: 0x200, raises: (s) => [[13, s]] },
  { name: 'a TSS', register: fs, selector: TASK, raises: (s) => [[13, s]] },
  { name: 'code that may be read', register: fs, selector: KERNEL_CODE, raises: NONE },
  { name: 'code that may not be read', register: fs, selector: (w) => w.segment(0x99), raises: (s) => [[13, s]] },
  { name: 'code into SS', register: ss, selector: KERNEL_CODE, raises: (s) => [[13, s]] },
  { name: 'read-only data into SS', register: ss, selector: (w) => w.segment(0x91), raises: (s) => [[13, s]] },
  { name: 'data of ring 3 into SS', register: ss, selector: USER_DATA & ~3, raises: (s) => [[13, s]] },
  { name: 'an RPL that is not CPL into SS', register: ss, selector: KERNEL_DATA | 1, raises: () => [[13, KERNEL_DATA]] },
  { name: 'absent data', register: fs, selector: (w) => w.segment(0x13), raises: (s) => [[11, s]] },
  { name: 'absent data into SS', register: ss, selector: (w) => w.segment(0x13), raises: (s) => [[12, s]] },
  { name: 'a descriptor that was not accessed', register: fs, selector: (w) => w.segment(0x92), raises: NONE },
  { name: 'a descriptor of code that was not accessed', register: fs, selector: (w) => w.segment(0x9a), raises: NONE },
  { name: 'data of ring 3 in ring 0', register: fs, selector: USER_DATA, raises: NONE },
];

function load({ name, register, selector, raises }: Load): SystemProgram {
  const choose = typeof selector === 'number' ? (): number => selector : selector;
  // The first descriptor of a program's own is where the World puts it.
  const probed = typeof selector === 'number' ? selector : 0x80;
  return { name: `load: ${name}`, source: LOADS, raises: raises(probed), build: (w) => void w.attempt((a) => a.mov(eax, choose(w)).mov(register, eax)) };
}

/** Loads in ring 3. */
const OUTSIDE: readonly Load[] = [
  { name: 'data of ring 0', register: fs, selector: KERNEL_DATA, raises: (s) => [[13, s]] },
  { name: 'data of ring 3', register: fs, selector: USER_DATA, raises: () => [RETURN_VECTOR] },
  { name: 'data of ring 3 with RPL 0', register: es, selector: USER_DATA & ~3, raises: () => [RETURN_VECTOR] },
  { name: 'data of ring 3 with RPL 0 into SS', register: ss, selector: USER_DATA & ~3, raises: (s) => [[13, s]] },
  { name: 'conforming code of ring 0', register: fs, selector: (w) => w.segment(CONFORMING), raises: () => [RETURN_VECTOR] },
  { name: 'code of ring 0', register: fs, selector: KERNEL_CODE, raises: (s) => [[13, s]] },
  { name: 'null into DS', register: ds, selector: 0, raises: () => [RETURN_VECTOR] },
];

function loadOutside({ name, register, selector, raises }: Load): SystemProgram {
  const choose = typeof selector === 'number' ? (): number => selector : selector;
  return { name: `load in ring 3: ${name}`, source: LOADS, raises: raises(typeof selector === 'number' ? selector : 0x80), build: (w) => void w.outside((a) => a.mov(eax, choose(w)).mov(register, eax)) };
}

/** Limits, types and privileges of segments: loads, accesses, and the instructions that ask. */
export const SEGMENT_VIOLATIONS: Topic = {
  title: 'segment violations',
  programs: [
    ...THROUGH_FS.map(access), ...ON_THE_STACK.map(access), ...LOADED.map(load), ...OUTSIDE.map(loadOutside),
    {
      name: 'an access through a null selector', source: 'vol. 3A §3.4.2', raises: GP,
      build: (w) => w.attempt((a) => a.mov(eax, 0).mov(fs, eax).mov(eax, dword(at(DATA)))),
    },
    {
      name: 'a call through a pointer behind the limit', source: 'vol. 2, CALL', raises: GP,
      build: (w) => {
        const selector = w.segment(0x9b, { limit: 0x2, flags: 0xc });
        w.attempt((a) => callFar(a, selector, 0x10_0000));
      },
    },
    {
      name: 'EIP that runs over the limit', source: LIMITS, raises: GP,
      build: (w) => {
        const selector = w.segment(0x9b, { base: DATA, limit: 0x10, flags: BYTES });
        w.bytes(DATA, new Uint8Array(0x20).fill(0x90));
        w.attempt((a) => a.farJmp(selector, 0x0e, 4));
      },
    },
    {
      name: 'a local descriptor', source: 'vol. 3A §3.5.1', raises: [],
      build: (w) => {
        w.put(LDT + 8, 0x0000_ffff | (DATA << 16), 0x0040_9302 | 0);
        lldtAx(w.a.mov(eax, LOCAL_TABLE)).mov(eax, 0xc).mov(fs, eax).mov(eax, dword(at(0)));
      },
    },
    {
      name: 'LLDT of a selector that is no LDT', source: 'vol. 2, LLDT', raises: [[13, KERNEL_DATA]],
      build: (w) => w.attempt((a) => lldtAx(a.mov(eax, KERNEL_DATA))),
    },
    {
      name: 'LLDT of null', source: 'vol. 2, LLDT', raises: [[13, 0xc]],
      build: (w) => w.attempt((a) => lldtAx(a.mov(eax, 0)).mov(eax, 0xc).mov(fs, eax)),
    },
    {
      name: 'LTR of a busy TSS', source: 'vol. 2, LTR', raises: [[13, TASK]],
      build: (w) => w.attempt((a) => a.mov(eax, TASK).ltr(ax)),
    },
    {
      name: 'LTR of an absent TSS', source: 'vol. 2, LTR', raises: [[11, 0x80]],
      build: (w) => {
        const selector = w.segment(0x09, { base: DATA, limit: 0x67, flags: 0 });
        w.attempt((a) => a.mov(eax, selector).ltr(ax));
      },
    },
    {
      name: 'VERR, VERW, LAR, LSL and ARPL', source: 'vol. 2, LAR', raises: [RETURN_VECTOR],
      build: (w) => {
        const code = w.segment(0x99);
        w.outside((a) => {
          for (const selector of [KERNEL_DATA, USER_DATA, USER_CODE, code, TASK, 0x500, 0]) {
            a.mov(ecx, selector).mov(ebx, 0).alu('or', eax, 1);
            a.db(0x0f, 0x00, 0xe1).set('z', byte(DATA)).db(0x0f, 0x00, 0xe9).set('z', byte(DATA)).db(0x0f, 0x02, 0xd9).set('z', byte(DATA)).db(0x0f, 0x03, 0xd9).set('z', byte(DATA)).db(0x63, 0xd9);
          }
        });
      },
    },
    {
      name: 'LDS, LES, LFS, LGS and LSS', source: 'vol. 2, LDS', raises: [[13, 0x500]],
      build: (w) => {
        w.put(DATA, 5, KERNEL_DATA).put(DATA + 8, 6, 0x500);
        // LES, LFS, LGS and LSS of EBX; the last one faults with EBX as it was.
        w.attempt((a) => a.db(0xc4, 0x1d).dd(DATA).db(0x0f, 0xb4, 0x1d).dd(DATA).db(0x0f, 0xb5, 0x1d).dd(DATA).db(0x0f, 0xb2, 0x1d).dd(DATA + 8));
      },
    },
    {
      name: 'POP of a segment register that faults', source: 'vol. 2, POP', raises: [[13, 0x500]],
      build: (w) => w.attempt((a) => a.push(0x500).pop(ds)),
    },
    {
      name: 'a far jump to data, to an empty descriptor, and to null', source: 'vol. 2, JMP', raises: [[13, KERNEL_DATA], [13, 0x200], [13, 0]],
      build: (w) => void w.attempt((a) => a.farJmp(KERNEL_DATA, 0, 4)).attempt((a) => a.farJmp(0x200, 0, 4)).attempt((a) => a.farJmp(0, 0, 4)),
    },
    {
      name: 'a far jump to absent code', source: 'vol. 2, JMP', raises: [[11, 0x80]],
      build: (w) => {
        const selector = w.segment(0x1b);
        w.attempt((a) => a.farJmp(selector, 0, 4));
      },
    },
    {
      name: 'a far jump to code of ring 3, and to conforming code', source: 'vol. 2, JMP', raises: [[13, USER_CODE & ~3]],
      build: (w) => {
        const selector = w.segment(CONFORMING);
        w.attempt((a) => a.farJmp(USER_CODE & ~3, 0, 4)).a.farJmp(selector, 'conforming', 4).label('conforming').farJmp(KERNEL_CODE, 'back', 4).label('back');
      },
    },
    {
      name: 'conforming code from ring 3', source: 'vol. 3A §5.8.1.2', raises: [RETURN_VECTOR],
      build: (w) => {
        const selector = w.segment(CONFORMING);
        w.outside((a) => a.farJmp(selector, 'conforming', 4).label('conforming').mov(ebx, ss));
      },
    },
    {
      name: 'a far call and a far return within the ring', source: 'vol. 2, CALL', raises: [],
      build: ({ a }) => void callFar(a.mov(ebx, esp), KERNEL_CODE, 'far').jmp('end').label('far').push(eax).pop(eax).op('retf'),
    },
  ],
};
