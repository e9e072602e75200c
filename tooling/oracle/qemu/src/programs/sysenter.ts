import { type Assembler, dword, eax, ebx, ecx, edx, esp, ss } from '@ringzero/conformance';
import { EFLAGS_IF, EFLAGS_RF, EFLAGS_VM } from '@ringzero/x86';
import { readFlags, wrmsr } from './instructions.ts';
import { CODE, INNER_STACK, KERNEL_CODE, KERNEL_DATA, RETURN_VECTOR, USER_STACK } from './layout.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';
import type { World } from './world.ts';

const SOURCE = 'vol. 3A §5.8.7';
const SYSENTER_CS = 0x174;
const SYSENTER_ESP = 0x175;
const SYSENTER_EIP = 0x176;
/** Four descriptors behind each other: code and data of ring 0, code and data of ring 3. KERNEL_CODE is the first of such a row. */
const GP: readonly Raised[] = [[13, 0]];
const BACK: readonly Raised[] = [RETURN_VECTOR];

function prepare(w: World, selector: number = KERNEL_CODE): void {
  wrmsr(w.a, SYSENTER_CS, selector);
  wrmsr(w.a, SYSENTER_ESP, INNER_STACK);
  wrmsr(w.a, SYSENTER_EIP, 'kernel');
}

/** The kernel's side: it looks around and leaves. */
function kernel(a: Assembler): void {
  a.jmp('end');
  readFlags(a.label('kernel')).mov(eax, ss).push(eax).pop(eax).mov(ecx, USER_STACK).mov(edx, 'user').db(0x0f, 0x35);
  a.label('user').mov(ebx, ss).push(ebx).int(RETURN_VECTOR);
}

function program(name: string, raises: readonly Raised[], build: (w: World) => void): SystemProgram {
  return { name, source: SOURCE, raises, build };
}

export const FAST_CALLS: Topic = {
  title: 'SYSENTER and SYSEXIT',
  programs: [
    program('SYSENTER from ring 3 and SYSEXIT', BACK, (w) => {
      prepare(w);
      w.outside((a) => a.mov(eax, 5).op('sysenter'), { eflags: EFLAGS_IF });
      kernel(w.a);
    }),
    program('SYSENTER from ring 0', BACK, (w) => {
      prepare(w);
      w.attempt((a) => a.op('sysenter'));
      kernel(w.a);
    }),
    program('SYSENTER clears IF, RF and VM', BACK, (w) => {
      prepare(w);
      w.virtual8086((a) => a.op('sysenter'), EFLAGS_IF | EFLAGS_RF | EFLAGS_VM);
      kernel(w.a);
    }),
    program('SYSENTER with a selector whose RPL is 3', BACK, (w) => {
      prepare(w, KERNEL_CODE | 3);
      w.outside((a) => a.op('sysenter'));
      kernel(w.a);
    }),
    program('SYSENTER with null in SYSENTER_CS', GP, (w) => {
      prepare(w, 0);
      w.outside((a) => a.op('sysenter'));
      kernel(w.a);
    }),
    program('SYSEXIT in ring 3', GP, (w) => {
      prepare(w);
      w.outside((a) => a.op('sysexit'));
      kernel(w.a);
    }),
    program('SYSEXIT with null in SYSENTER_CS', GP, (w) => {
      prepare(w, 0);
      w.attempt((a) => a.mov(ecx, USER_STACK).mov(edx, 'user').op('sysexit'));
      kernel(w.a);
    }),
    {
      name: 'SYSENTER in real mode', source: SOURCE, raises: [], bits: 16,
      build: (w) => void w.put16(13 * 4, 'fault', CODE >> 4).a.op('sysenter').label('fault').mov(ebx, esp),
    },
    program('SYSENTER gives flat segments, whatever the descriptors say', BACK, (w) => {
      const selector = w.segment(0x11, { limit: 0, flags: 0 });
      for (let i = 0; i < 3; i++) w.segment(0x11, { limit: 0, flags: 0 });
      prepare(w, selector);
      w.outside((a) => a.op('sysenter'));
      w.a.jmp('end').label('kernel').mov(eax, ss).mov(ebx, dword({ base: esp, displacement: -4 })).mov(ecx, USER_STACK).mov(edx, 'user').op('sysexit').label('user').mov(ebx, ss).push(ebx).int(RETURN_VECTOR);
    }),
    program('the MSRs are read back', [], (w) => {
      prepare(w);
      for (const register of [SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP]) w.a.mov(ecx, register).op('rdmsr').mov(ebx, KERNEL_DATA);
      kernel(w.a);
    }),
    program('RDMSR and WRMSR in ring 3', [[13, 0], [13, 0]], (w) => void w.outside((a) => a.mov(ecx, SYSENTER_CS).op('rdmsr')).outside((a) => wrmsr(a, SYSENTER_CS, 0))),
  ],
};
