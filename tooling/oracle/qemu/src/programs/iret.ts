import { type Assembler, ds, eax, ebx, ecx, edx, es, esp, fs, gs, ss } from '@ringzero/conformance';
import { EFLAGS_AC, EFLAGS_ID, EFLAGS_IF, EFLAGS_IOPL, EFLAGS_NT, EFLAGS_RF, EFLAGS_VM } from '@ringzero/x86';
import { frame, iretOtherSize, readFlags } from './instructions.ts';
import { CODE, CODE1, CODE16, DATA1, KERNEL_CODE, KERNEL_DATA, RETURN_VECTOR, STACK1, STACK16, USER_CODE, USER_DATA, USER_STACK } from './layout.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';
import type { World } from './world.ts';

const SOURCE = 'vol. 2, IRET';
const FIRST = 0x80;
const ALL = EFLAGS_ID | EFLAGS_AC | EFLAGS_IOPL | EFLAGS_IF | 0xcd5;

function iret(name: string, raises: readonly Raised[], code: (a: Assembler, w: World) => void): SystemProgram {
  return { name, source: SOURCE, raises, build: (w) => void w.attempt((a) => code(a, w)) };
}

/** From ring 3 with IOPL 0 or 3: what the flags become. */
function outer(name: string, eflags: number, wanted: number): SystemProgram {
  return { name, source: SOURCE, raises: [RETURN_VECTOR], build: (w) => void w.outside((a) => readFlags(frame(a, 'there', USER_CODE, wanted).op('iret').label('there')), { eflags }) };
}

const OUTER = { esp: USER_STACK, ss: USER_DATA };

export const IRETS: Topic = {
  title: 'IRET',
  programs: [
    iret('within ring 0', [], (a) => readFlags(frame(a, 'there', KERNEL_CODE, 0x8d5).op('iret').label('there'))),
    iret('within ring 0, every flag', [], (a) => readFlags(frame(a, 'there', KERNEL_CODE, ALL).op('iret').label('there')).op('cli')),
    iret('within ring 0, NT and RF', [], (a) => readFlags(frame(a, 'there', KERNEL_CODE, EFLAGS_NT | EFLAGS_RF).op('iret').label('there'))),
    iret('within ring 0, reserved flags', [], (a) => readFlags(frame(a, 'there', KERNEL_CODE, 0xffc0_802a | 0).op('iret').label('there'))),
    iret('to ring 3', [RETURN_VECTOR], (a) => frame(a, 'there', USER_CODE, 0, OUTER).op('iret').label('there').mov(ebx, ds).mov(ecx, es).mov(edx, esp).int(RETURN_VECTOR)),
    iret('to ring 3, every flag', [RETURN_VECTOR], (a) => readFlags(frame(a, 'there', USER_CODE, ALL & ~EFLAGS_IF, OUTER).op('iret').label('there')).int(RETURN_VECTOR)),
    iret('to ring 3 with segments of ring 3', [RETURN_VECTOR], (a) => frame(a.mov(eax, USER_DATA).mov(ds, eax).mov(fs, eax), 'there', USER_CODE, 0, OUTER).op('iret').label('there').mov(ebx, ds).mov(ecx, gs).int(RETURN_VECTOR)),
    iret('to ring 1', [RETURN_VECTOR], (a) => frame(a, 'there', CODE1, EFLAGS_IOPL, { esp: STACK1, ss: DATA1 }).op('iret').label('there').mov(ebx, ss).int(RETURN_VECTOR)),
    iret('to conforming code of ring 3', [RETURN_VECTOR], (a, w) => frame(a, 'there', w.segment(0xff) | 3, 0, OUTER).op('iret').label('there').int(RETURN_VECTOR)),
    iret('to code that was not accessed', [], (a, w) => frame(a, 'there', w.segment(0x9a), 0).op('iret').label('there').farJmp(KERNEL_CODE, 'back', 4).label('back')),
    iret('to a 16-bit segment', [], (a) => {
      a.mov(eax, 'there').alu('and', eax, 0xffff).push(2).push(CODE16).push(eax).op('iret').bits(16).label('there').push(eax).pop(eax).farJmp(KERNEL_CODE, 'back', 4).bits(32).label('back');
    }),
    iret('of 16 bits to a 16-bit segment', [], (a) => {
      a.mov(eax, 'there').db(0x66, 0x6a, 2).db(0x66, 0x6a, CODE16).db(0x66, 0x50);
      iretOtherSize(a).bits(16).label('there').push(eax).pop(eax).farJmp(KERNEL_CODE, 'back', 4).bits(32).label('back');
    }),
    iret('to a 16-bit stack keeps the high half of ESP', [RETURN_VECTOR], (a, w) => {
      frame(a, 'there', USER_CODE, 0, { esp: 0x1234_0000 | STACK16, ss: w.segment(0xf3, { base: 0x2_2000, limit: 0xffff, flags: 0 }) | 3 }).op('iret').label('there').mov(ebx, esp).int(RETURN_VECTOR);
    }),
    iret('to virtual-8086 mode', [[13, 0]], (a) => {
      for (const segment of [0x2201, 0x2202, 0x2203, 0x2204, 0x2200]) a.push(segment);
      a.push(STACK16).push(EFLAGS_VM | EFLAGS_IF | 0x8d7).push(CODE >> 4).mov(eax, 'there').alu('and', eax, 0xffff).push(eax).op('iret').bits(16).label('there').mov(ebx, ds).mov(ecx, gs).op('hlt').bits(32);
    }),
    iret('to null', [[13, 0]], (a) => frame(a, 0, 0, 0).op('iret')),
    iret('to data', [[13, KERNEL_DATA]], (a) => frame(a, 0, KERNEL_DATA, 0).op('iret')),
    iret('beyond the GDT', [[13, 0x500]], (a) => frame(a, 0, 0x500, 0).op('iret')),
    iret('to absent code', [[11, FIRST]], (a, w) => frame(a, 0, w.segment(0x1b), 0).op('iret')),
    iret('to code of ring 3 with RPL 0', [[13, USER_CODE & ~3]], (a) => frame(a, 0, USER_CODE & ~3, 0).op('iret')),
    iret('to code of ring 0 with RPL 3', [[13, KERNEL_CODE]], (a) => frame(a, 0, KERNEL_CODE | 3, 0, OUTER).op('iret')),
    iret('beyond the limit', [[13, 0]], (a, w) => frame(a, 0x100, w.segment(0x9b, { limit: 0xff, flags: 4 }), 0).op('iret')),
    iret('to ring 3 with a null stack', [[13, 0]], (a) => frame(a, 0, USER_CODE, 0, { esp: 0, ss: 0 }).op('iret')),
    iret('to ring 3 with a stack of ring 0', [[13, KERNEL_DATA]], (a) => frame(a, 0, USER_CODE, 0, { esp: 0, ss: KERNEL_DATA }).op('iret')),
    iret('to ring 3 with an absent stack', [[12, FIRST]], (a, w) => frame(a, 0, USER_CODE, 0, { esp: 0, ss: w.segment(0x73) | 3 }).op('iret')),
    iret('to ring 3 with a read-only stack', [[13, FIRST]], (a, w) => frame(a, 0, USER_CODE, 0, { esp: 0, ss: w.segment(0xf1) | 3 }).op('iret')),
    outer('in ring 3 with IOPL 0, every flag', 0, ALL | EFLAGS_NT),
    outer('in ring 3 with IOPL 3, every flag', EFLAGS_IOPL, ALL),
    outer('in ring 3 with VM in the image', 0, EFLAGS_VM),
    {
      name: 'from ring 3 inward', source: SOURCE, raises: [[13, KERNEL_CODE]],
      build: (w) => void w.outside((a) => frame(a, 0, KERNEL_CODE, 0).op('iret')),
    },
    {
      name: 'from ring 3 with NT set', source: SOURCE, raises: [[10, 0]],
      build: (w) => void w.outside((a) => frame(a, 0, USER_CODE, EFLAGS_NT).op('iret'), { eflags: EFLAGS_NT }),
    },
    {
      name: 'POPF in ring 0 and ring 3', source: 'vol. 2, POPF', raises: [RETURN_VECTOR, RETURN_VECTOR],
      build: (w) => {
        readFlags(w.a.push(ALL | EFLAGS_NT | EFLAGS_RF | EFLAGS_VM).op('popf'));
        w.a.push(2).op('popf');
        w.outside((a) => readFlags(a.push(ALL).op('popf')));
        w.outside((a) => readFlags(a.push(ALL & ~EFLAGS_IOPL).op('popf')), { eflags: EFLAGS_IOPL });
      },
    },
  ],
};
