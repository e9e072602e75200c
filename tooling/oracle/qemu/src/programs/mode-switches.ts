import { ax, bx, cr0, cx, ds, dword, eax, es, esp, fs, gs, sp, ss, word } from '@ringzero/conformance';
import { CR0_PE } from '@ringzero/x86';
import { CODE, CODE16, DATA, DATA16, KERNEL_CODE, KERNEL_DATA, STACK } from './layout.ts';
import type { Topic } from './program.ts';

const SOURCE = 'vol. 3A §9.9';

/** Between real-address, protected and virtual-8086 mode, 16 and 32 bits. */
export const MODE_SWITCHES: Topic = {
  title: 'mode switches',
  programs: [
    {
      name: 'protected mode to real mode and back', source: SOURCE, raises: [],
      build: ({ a }) => {
        a.farJmp(CODE16, 'narrow', 2).bits(16).label('narrow').mov(ax, DATA16).mov(ds, ax).mov(es, ax).mov(ss, ax).mov(fs, ax).mov(gs, ax).mov(sp, 0x800);
        a.mov(eax, cr0).alu('and', eax, ~CR0_PE).mov(cr0, eax).farJmp(CODE >> 4, 'real', 2);
        a.label('real').mov(ax, DATA >> 4).mov(ds, ax).mov(ss, ax).mov(es, ax).push(ds).pop(bx).mov(word(0x10), 0x1234).mov(cx, word(0x10));
        a.mov(eax, cr0).alu('or', eax, CR0_PE).mov(cr0, eax).farJmp(KERNEL_CODE, 'wide', 4).bits(32);
        a.label('wide').mov(ax, KERNEL_DATA).mov(ds, ax).mov(es, ax).mov(fs, ax).mov(gs, ax).mov(ss, ax).mov(esp, STACK).mov(eax, dword(DATA + 0x10));
      },
    },
    {
      name: 'an undefined opcode', source: 'vol. 2, UD', raises: [6],
      build: (w) => w.attempt((a) => a.op('ud2')),
    },
    {
      name: 'ring 3 and back', source: 'vol. 3A §5.8.5', raises: [0x30],
      build: (w) => w.outside((a) => a.mov(eax, 5)),
    },
    {
      name: 'virtual-8086 mode and back', source: 'vol. 3A §20.2', raises: [13],
      build: (w) => w.virtual8086((a) => a.mov(ax, 5)),
    },
  ],
};
