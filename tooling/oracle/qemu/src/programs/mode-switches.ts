import { ax, bx, cr0, cr3, cx, ds, dword, eax, ebx, edx, es, esp, fs, gs, sp, ss, word, type Assembler } from '@ringzero/conformance';
import { CR0_PE, CR0_PG, CR0_TS, EFLAGS_IF } from '@ringzero/x86';
import { lmswAx, setControl } from './instructions.ts';
import { CODE, CODE16, DATA, DATA16, DIRECTORY, KERNEL_CODE, KERNEL_DATA, RETURN_VECTOR, STACK, TABLE } from './layout.ts';
import { preparePaging } from './paging-setup.ts';
import type { Topic } from './program.ts';

const SWITCHING = 'vol. 3A §9.9';
const TOP16 = 0x800;

/** Into the 16-bit segments, from where real mode can be entered. */
function narrow(a: Assembler): Assembler {
  a.farJmp(CODE16, 'narrow', 2).bits(16).label('narrow').mov(ax, DATA16);
  return a.mov(ds, ax).mov(es, ax).mov(ss, ax).mov(fs, ax).mov(gs, ax).mov(esp, TOP16);
}

function enterReal(a: Assembler): Assembler {
  setControl(a, 0, 0, CR0_PE);
  return a.farJmp(CODE >> 4, 'real', 2).label('real');
}

/** From real mode back to flat segments. */
function leaveReal(a: Assembler): Assembler {
  setControl(a, 0, CR0_PE).farJmp(KERNEL_CODE, 'wide', 4).bits(32).label('wide').mov(ax, KERNEL_DATA);
  return a.mov(ds, ax).mov(es, ax).mov(fs, ax).mov(gs, ax).mov(ss, ax).mov(esp, STACK);
}

/** Between real-address and protected mode, 16 and 32 bits, paging on and off. */
export const MODE_SWITCHES: Topic = {
  title: 'mode switches',
  programs: [
    {
      name: 'protected mode to real mode and back', source: SWITCHING, raises: [],
      build: ({ a }) => {
        enterReal(narrow(a)).mov(ax, DATA >> 4).mov(ds, ax).mov(ss, ax).mov(es, ax).push(ds).pop(bx).mov(word(0x10), 0x1234).mov(cx, word(0x10));
        leaveReal(a).mov(eax, dword(DATA + 0x10));
      },
    },
    {
      name: 'real mode with the segments of protected mode', source: SWITCHING, raises: [],
      // Selectors and bases stay until they are loaded.
      build: ({ a }) => void leaveReal(enterReal(narrow(a)).mov(eax, dword(8)).mov(word(8), 0x5678).push(ax).pop(bx)),
    },
    {
      name: 'CS after PE is cleared, before the far jump', source: SWITCHING, raises: [],
      build: ({ a }) => {
        setControl(narrow(a), 0, 0, CR0_PE).mov(bx, 7).op('nop').farJmp(CODE >> 4, 'real', 2).label('real');
        leaveReal(a);
      },
    },
    {
      name: 'segments beyond 64 KB in real mode', source: 'vol. 3A §20.1.1', raises: [],
      build: ({ a }) => {
        narrow(a).mov(ax, KERNEL_DATA).mov(fs, ax);
        enterReal(a).mov(eax, dword({ displacement: 0, segment: fs })).mov(ebx, DATA + 4).mov(dword({ base: ebx, segment: fs }), eax).mov(ax, 0x10).mov(fs, ax).mov(edx, dword({ base: ebx, segment: fs }));
        leaveReal(a);
      },
    },
    {
      name: 'INT in real mode', source: 'vol. 3A §20.1.4', raises: [], bits: 16,
      build: (w) => {
        w.put16(0x40 * 4, 'handler', CODE >> 4).a.op('sti', 'stc').mov(bx, 0).int(0x40).jmp('end').label('handler').mov(bx, 1).op('clc', 'iret');
      },
    },
    {
      name: 'divide error in real mode', source: 'vol. 3A §20.1.4', raises: [], bits: 16,
      build: (w) => {
        w.put16(0, 'handler', CODE >> 4).a.mov(cx, 0).mov(ax, 100).alu('xor', bx, bx).label('again').unary('div', cx).jmp('end').label('handler').mov(cx, 7).op('iret');
      },
    },
    {
      name: 'real mode, protected mode and back', source: SWITCHING, raises: [], bits: 16,
      build: (w) => {
        w.put16(0x100, 0x1f).put(0x102, 0x200).put(0x200, 0, 0, (CODE << 16) | 0xffff, 0x0000_9b01, 0x0000_ffff, 0x008f_9300);
        w.a.mov(ax, 0).mov(ds, ax).lgdt(dword(0x100));
        setControl(w.a, 0, CR0_PE).farJmp(8, 'protected', 2).label('protected').mov(ax, 0x10).mov(es, ax).mov(eax, dword({ displacement: 0, segment: es }));
        setControl(w.a, 0, 0, CR0_PE).farJmp(CODE >> 4, 'real', 2).label('real').mov(ax, DATA >> 4).mov(ds, ax).mov(bx, word(0));
      },
    },
    {
      name: 'LMSW sets PE and cannot clear it', source: 'vol. 2, LMSW', raises: [], bits: 16,
      build: (w) => {
        w.put16(0x100, 0x1f).put(0x102, 0x200).put(0x200, 0, 0, (CODE << 16) | 0xffff, 0x0000_9b01, 0x0000_ffff, 0x008f_9300);
        lmswAx(w.a.mov(ax, 0).mov(ds, ax).lgdt(dword(0x100)).mov(ax, 0xb)).farJmp(8, 'protected', 2).label('protected');
        lmswAx(w.a.mov(ax, 0)).mov(eax, cr0);
      },
    },
    {
      name: 'CLTS', source: 'vol. 2, CLTS', raises: [],
      build: ({ a }) => void setControl(a, 0, CR0_TS).op('clts').mov(ebx, cr0),
    },
    {
      name: 'paging on and off', source: 'vol. 3A §9.9', raises: [],
      build: (w) => {
        preparePaging(w);
        const { a } = w;
        a.mov(eax, DIRECTORY).mov(cr3, eax);
        setControl(a, 0, CR0_PG).jmp('paged').label('paged').mov(eax, dword(DATA)).mov(dword(DATA), eax);
        setControl(a, 0, 0, CR0_PG).mov(ebx, dword(TABLE + 4 * (DATA >> 12)));
      },
    },
    {
      name: 'PG without PE', source: 'vol. 2, MOV to control registers', raises: [[13, 0]],
      build: (w) => w.attempt((a) => setControl(a, 0, CR0_PG, CR0_PE)),
    },
    {
      name: 'NW without CD', source: 'vol. 2, MOV to control registers', raises: [[13, 0]],
      build: (w) => w.attempt((a) => setControl(a, 0, 0x2000_0000, 0x4000_0000)),
    },
    {
      name: 'a reserved bit of CR4', source: 'vol. 3A §2.5', raises: [[13, 0]],
      build: (w) => w.attempt((a) => setControl(a, 4, 0x0008_0000 << 6)),
    },
    {
      name: '16-bit code and stack in protected mode', source: 'vol. 3A §21', raises: [],
      build: ({ a }) => {
        narrow(a).push(ax).call('near').pop(bx).farJmp(KERNEL_CODE, 'wide', 4).label('near').op('pusha', 'popa').enter(8, 2).op('leave', 'ret').bits(32);
        a.label('wide').mov(ax, KERNEL_DATA).mov(ss, ax).mov(esp, STACK);
      },
    },
    {
      name: 'ESP above SP in a 16-bit stack', source: 'vol. 3A §21.3', raises: [],
      build: ({ a }) => {
        a.mov(esp, 0x1234_0000 | TOP16).mov(ax, DATA16).mov(ss, ax).push(eax).pop(ebx).mov(sp, 0).push(eax).mov(ax, KERNEL_DATA).mov(ss, ax).mov(ebx, esp).mov(esp, STACK);
      },
    },
    {
      name: 'an exception in 16-bit protected mode', source: 'vol. 3A §21.5', raises: [6],
      build: (w) => w.attempt((a) => void narrow(a).op('ud2').bits(32)),
    },
    {
      name: 'ring 3 and back', source: 'vol. 3A §5.8.5', raises: [RETURN_VECTOR],
      build: (w) => w.outside((a) => a.mov(eax, 5).op('pushf').pop(ebx), { eflags: EFLAGS_IF }),
    },
    {
      name: 'virtual-8086 mode and back', source: 'vol. 3A §20.2', raises: [[13, 0]],
      build: (w) => w.virtual8086((a) => a.mov(ax, ss).mov(bx, ds).mov(word(0x20), 5).mov(cx, sp)),
    },
  ],
};
