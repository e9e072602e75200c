import { type Assembler, al, ax, byte, cr0, cr2, cr3, dword, eax, ebx, ecx, esp, word } from '@ringzero/conformance';
import { CR0_AM, CR0_TS, CR4_TSD, CR4_UMIP, EFLAGS_AC, EFLAGS_IOPL } from '@ringzero/x86';
import { lldtAx, lmswAx, readFlags, setControl } from './instructions.ts';
import { DATA, KERNEL_DATA, RETURN_VECTOR, TASK, TSS, USER_STACK } from './layout.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';

const GP: readonly Raised[] = [[13, 0]];
const BACK: readonly Raised[] = [RETURN_VECTOR];

/** Instructions that only ring 0 may execute. */
const PRIVILEGED: readonly (readonly [name: string, code: (a: Assembler) => Assembler])[] = [
  ['HLT', (a) => a.op('hlt')],
  ['CLTS', (a) => a.op('clts')],
  ['INVD', (a) => a.db(0x0f, 0x08)],
  ['WBINVD', (a) => a.op('wbinvd')],
  ['INVLPG', (a) => a.invlpg(byte(DATA))],
  ['LGDT', (a) => a.lgdt(dword(DATA))],
  ['LIDT', (a) => a.lidt(dword(DATA))],
  ['LLDT', (a) => lldtAx(a.mov(eax, 0))],
  ['LTR', (a) => a.mov(eax, TASK).ltr(ax)],
  ['LMSW', (a) => lmswAx(a)],
  ['MOV from CR0', (a) => a.mov(eax, cr0)],
  ['MOV to CR3', (a) => a.mov(cr3, eax)],
  ['RDPMC', (a) => a.mov(ecx, 0).db(0x0f, 0x33)],
];

const STORES: readonly (readonly [name: string, code: (a: Assembler) => Assembler])[] = [
  ['SGDT', (a) => a.db(0x0f, 0x01, 0x05).dd(DATA)],
  ['SIDT', (a) => a.db(0x0f, 0x01, 0x0d).dd(DATA)],
  ['SLDT', (a) => a.db(0x0f, 0x00, 0xc0)],
  ['STR', (a) => a.db(0x0f, 0x00, 0xc8)],
  ['SMSW', (a) => a.db(0x0f, 0x01, 0xe0)],
];

/** Misaligned accesses of ring 3 with CR0.AM and EFLAGS.AC. */
const ALIGNED: readonly (readonly [name: string, raises: readonly Raised[], code: (a: Assembler) => Assembler])[] = [
  ['a dword', [[17, 0]], (a) => a.mov(eax, dword(DATA + 2))],
  ['a word', [[17, 0]], (a) => a.mov(word(DATA + 1), ax)],
  ['a byte', BACK, (a) => a.mov(byte(DATA + 1), al)],
  ['an aligned dword', BACK, (a) => a.mov(eax, dword(DATA + 4))],
  ['a push', [[17, 0]], (a) => a.mov(esp, USER_STACK - 2).push(eax)],
];

function ring3(name: string, raises: readonly Raised[], code: (a: Assembler) => Assembler): SystemProgram {
  return { name: `ring 3: ${name}`, source: 'vol. 3A §5.9', raises, build: (w) => void w.outside(code) };
}

export const SYSTEM_INSTRUCTIONS: Topic = {
  title: 'system instructions',
  programs: [
    ...PRIVILEGED.map(([name, code]) => ring3(name, GP, code)),
    ...STORES.map(([name, code]) => ring3(name, BACK, code)),
    ...STORES.map(([name, code]): SystemProgram => ({
      name: `UMIP: ${name} in ring 3`, source: 'vol. 3A §2.5', raises: GP, needs: ['umip'],
      build: (w) => {
        setControl(w.a, 4, CR4_UMIP);
        w.outside(code);
      },
    })),
    ...ALIGNED.map(([name, raises, code]): SystemProgram => ({
      name: `AC: ${name}`, source: 'vol. 3A §6.15, interrupt 17', raises,
      build: (w) => {
        setControl(w.a, 0, CR0_AM);
        w.outside(code, { eflags: EFLAGS_AC });
      },
    })),
    {
      name: 'AC without AM, and AM without AC', source: 'vol. 3A §6.15, interrupt 17', raises: [...BACK, ...BACK],
      build: (w) => {
        w.outside((a) => a.mov(eax, dword(DATA + 2)), { eflags: EFLAGS_AC });
        setControl(w.a, 0, CR0_AM);
        w.outside((a) => a.mov(eax, dword(DATA + 2)));
      },
    },
    {
      name: 'ring 0 is never checked for alignment', source: 'vol. 3A §6.15, interrupt 17', raises: [],
      build: (w) => void setControl(w.a, 0, CR0_AM).push(EFLAGS_AC | 2).op('popf').mov(eax, dword(DATA + 2)).push(2).op('popf'),
    },
    {
      name: 'RDTSC in ring 3 under TSD', source: 'vol. 2, RDTSC', raises: GP,
      build: (w) => {
        setControl(w.a, 4, CR4_TSD);
        w.outside((a) => a.op('rdtsc'));
      },
    },
    {
      name: 'ports of ring 3 by IOPL and by the bitmap', source: 'vol. 1 §19.5', raises: [...BACK, ...BACK, [13, 0], [13, 0]],
      build: (w) => {
        w.bytes(TSS + 0x68, new Uint8Array(0x20).fill(0xff)).bytes(TSS + 0x68 + 10, Uint8Array.of(0xfe));
        w.outside((a) => a.out(0x50, al)).outside((a) => a.out(0x51, al), { eflags: EFLAGS_IOPL }).outside((a) => a.out(0x51, al)).outside((a) => a.out(0x50, ax));
      },
    },
    {
      name: 'a port beyond the bitmap', source: 'vol. 1 §19.5.2', raises: GP,
      build: (w) => void w.outside((a) => a.mov(eax, 0x400).db(0x89, 0xc2).out('dx', al)),
    },
    {
      name: 'CLI and STI in ring 3', source: 'vol. 2, CLI', raises: [[13, 0], [13, 0], ...BACK],
      build: (w) => void w.outside((a) => a.op('cli')).outside((a) => a.op('sti')).outside((a) => readFlags(readFlags(a.op('sti')).op('cli')), { eflags: EFLAGS_IOPL }),
    },
    {
      name: 'x87 under TS and EM', source: 'vol. 3A §2.5', raises: [7, 7],
      build: (w) => {
        setControl(w.a, 0, CR0_TS);
        w.attempt((a) => a.op('fld1'));
        setControl(w.a, 0, 4, CR0_TS);
        w.attempt((a) => a.op('fld1'));
      },
    },
    {
      name: 'WAIT under TS and MP', source: 'vol. 3A §2.5', raises: [7],
      build: (w) => {
        setControl(w.a, 0, CR0_TS).db(0x9b);
        setControl(w.a, 0, 2);
        w.attempt((a) => a.db(0x9b));
      },
    },
    {
      name: 'CR2 is written and read', source: 'vol. 2, MOV', raises: [],
      build: ({ a }) => void a.mov(eax, 0x1234_5678).mov(cr2, eax).mov(ebx, cr2),
    },
    {
      name: 'CR1 and CR5 are undefined', source: 'vol. 2, MOV', raises: [6, 6],
      build: (w) => void w.attempt((a) => a.db(0x0f, 0x20, 0xc8)).attempt((a) => a.db(0x0f, 0x22, 0xe8)),
    },
    {
      name: 'LOCK where it may not be', source: 'vol. 2, LOCK', raises: [6, 6, 6],
      build: (w) => void w.attempt((a) => a.lock().op('nop')).attempt((a) => a.lock().mov(eax, dword(DATA))).attempt((a) => a.lock().alu('cmp', dword(DATA), 0)),
    },
    {
      name: 'an instruction of 16 bytes', source: 'vol. 2 §2.3.11', raises: GP,
      build: (w) => w.attempt((a) => a.db(...new Array<number>(15).fill(0x66), 0x90)),
    },
    {
      name: 'SGDT, SIDT, SLDT, STR and SMSW in ring 0', source: 'vol. 2, SGDT', raises: [],
      build: ({ a }) => void STORES.reduce((code, [, store]) => store(code), a).mov(eax, dword(DATA)).mov(ebx, dword(DATA + 2)).mov(ecx, KERNEL_DATA),
    },
    {
      name: 'an MSR that does not exist', source: 'vol. 2, RDMSR', raises: GP,
      build: (w) => w.attempt((a) => a.mov(ecx, 0x1234_5678).op('rdmsr')),
    },
  ],
};
