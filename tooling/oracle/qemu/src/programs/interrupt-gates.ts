import { type Assembler, dword, ds, eax, ebx, ecx, edx, esp, ss } from '@ringzero/conformance';
import { EFLAGS_AC, EFLAGS_IF, EFLAGS_IOPL, EFLAGS_NT, EFLAGS_OF, EFLAGS_TF } from '@ringzero/x86';
import { iretOtherSize, onStack, readFlags, setFlags } from './instructions.ts';
import { CODE1, DATA, IDT, KERNEL_CODE, KERNEL_DATA, LOW_CODE, OTHER_TSS, RETURN_VECTOR, STACK2, TSS, USER_CODE } from './layout.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';
import { type Gate, TYPE, type World } from './world.ts';

const SOURCE = 'vol. 3A §6.12';
const VECTOR = 0x31;
/** Error code of a gate of the IDT. */
const IDT_CODE: number = VECTOR * 8 + 2;
const FIRST = 0x80;
const BACK: readonly Raised[] = [RETURN_VECTOR];
/** EXT (SDM vol. 3A §6.13): the event was not the program's. */
const EXT = 1;
/** The local APIC (SDM vol. 3A table 10-1), and the command that sends its own processor a vector. */
const APIC = 0xfee0_0000 | 0;
const EOI = 0xb0;
const SVR = 0xf0;
const ICR = 0x300;
const ICR_SELF = 0x4_0000;
const APIC_ENABLED = 0x1ff;
const HELD_BACK = 'QEMU holds interrupts back while it steps';

/** INT through a gate: the handler looks at frame and flags, and returns. */
function through(name: string, ring: 0 | 3, gate: Partial<Gate>, raises: readonly Raised[] = ring === 3 ? BACK : [], change: (w: World) => void = () => undefined, eflags: number = EFLAGS_IF): SystemProgram {
  return {
    name, source: SOURCE, raises,
    build: (w) => {
      w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 'handler', dpl: 3, ...gate });
      change(w);
      if (ring === 3) w.outside((a) => a.int(VECTOR).mov(edx, esp), { eflags });
      else w.attempt((a) => setFlags(a, eflags).int(VECTOR).mov(edx, esp).op('cli'));
      readFlags(w.a.jmp('end').label('handler')).mov(eax, dword({ base: esp })).mov(ecx, onStack(8)).mov(edx, ss).op('iret');
    },
  };
}

/** A gate of 16 bits to code below 64 KB, called from there too: IP is all that it saves. */
function narrow(name: string, type: number): SystemProgram {
  return {
    name, source: SOURCE, raises: [],
    build: (w) => {
      w.interrupt(VECTOR, { type, target: LOW_CODE });
      w.bytes(LOW_CODE, Uint8Array.of(0x9c, 0x5b, 0x66, 0xcf)).bytes(LOW_CODE + 0x20, Uint8Array.of(0xcd, VECTOR, 0xff, 0xe6));
      w.a.op('sti').db(0xbe).dd('back').mov(eax, LOW_CODE + 0x20).jmp(eax).label('back').op('cli').mov(edx, esp);
    },
  };
}

/** A vector that the local APIC sends to its own processor. */
function external(name: string, gate: Partial<Gate>, ring: 0 | 3 = 0): SystemProgram {
  return {
    name, source: 'vol. 3A §6.3.1', raises: ring === 3 ? BACK : [], atEnd: HELD_BACK,
    build: (w) => {
      w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 'handler', ...gate });
      const send = (a: Assembler): Assembler => a.mov(dword(APIC + ICR), ICR_SELF | VECTOR);
      send(w.a.mov(dword(APIC + SVR), APIC_ENABLED));
      if (ring === 3) w.outside((a) => a.op('nop'), { eflags: EFLAGS_IF });
      else w.a.op('sti', 'nop', 'nop', 'cli');
      w.a.jmp('end');
      readFlags(w.a.label('handler')).push(ds).mov(eax, KERNEL_DATA).mov(ds, eax).mov(dword(DATA), ebx).mov(eax, onStack(8)).mov(dword(DATA + 4), eax).mov(dword(APIC + EOI), 0).pop(ds).op('iret');
    },
  };
}

export const INTERRUPT_GATES: Topic = {
  title: 'interrupts through gates',
  programs: [
    through('an interrupt gate in ring 0', 0, {}),
    through('a trap gate in ring 0', 0, { type: TYPE.trapGate32 }),
    through('an interrupt gate from ring 3', 3, {}),
    through('a trap gate from ring 3', 3, { type: TYPE.trapGate32 }),
    through('NT and AC through an interrupt gate', 0, {}, [], undefined, EFLAGS_NT | EFLAGS_AC),
    through('a gate from ring 3 into ring 1', 3, { selector: CODE1 & ~3 }),
    through('a gate from ring 3 to conforming code', 3, { selector: FIRST }, BACK, (w) => void w.segment(0x9f)),
    through('a gate that ring 3 may not use', 3, { dpl: 0 }, [[13, IDT_CODE]]),
    through('an absent gate', 0, { isAbsent: true }, [[11, IDT_CODE]]),
    through('an absent gate that ring 3 may not use', 3, { isAbsent: true, dpl: 0 }, [[13, IDT_CODE]]),
    through('a call gate in the IDT', 0, { type: TYPE.callGate32 }, [[13, IDT_CODE]]),
    through('a gate to null', 0, { selector: 0 }, [[13, 0]]),
    through('a gate to data', 0, { selector: KERNEL_DATA }, [[13, KERNEL_DATA]]),
    through('a gate to code of ring 3', 0, { selector: USER_CODE & ~3 }, [[13, USER_CODE & ~3]]),
    through('a gate to absent code', 0, { selector: FIRST }, [[11, FIRST]], (w) => void w.segment(0x1b)),
    through('a gate whose target is beyond the limit', 0, { selector: FIRST }, [[13, 0]], (w) => void w.segment(0x9b, { limit: 0xff, flags: 4 })),
    through('a gate into ring 1 with a null stack', 3, { selector: CODE1 & ~3 }, [[10, 0]], (w) => w.put(TSS + 16, 0)),
    through('a gate into ring 1 with a stack of ring 0', 3, { selector: CODE1 & ~3 }, [[10, KERNEL_DATA]], (w) => w.put(TSS + 16, KERNEL_DATA)),
    narrow('an interrupt gate of 16 bits', TYPE.interruptGate16),
    narrow('a trap gate of 16 bits', TYPE.trapGate16),
    {
      name: 'a vector beyond the IDT', source: 'vol. 3A §6.10', raises: [[13, 0x50 * 8 + 2]],
      build: (w) => w.attempt((a) => a.int(0x50)),
    },
    {
      name: 'INT3, INTO and BOUND', source: 'vol. 3A §6.15', raises: [3, 4, 5],
      build: (w) => {
        w.put(DATA, 0, 4).attempt((a) => a.op('int3'));
        w.attempt((a) => setFlags(a, EFLAGS_OF).op('into')).attempt((a) => a.mov(eax, 5).db(0x62, 0x05).dd(DATA));
      },
    },
    {
      name: 'INTO without overflow, BOUND within', source: 'vol. 2, BOUND', raises: [],
      build: (w) => w.put(DATA, 0, 4).attempt((a) => setFlags(a, 0).op('into').mov(eax, 4).db(0x62, 0x05).dd(DATA)),
    },
    {
      name: 'INT3 and INTO from ring 3 need DPL 3', source: 'vol. 2, INT', raises: [[13, 3 * 8 + 2], [13, 4 * 8 + 2]],
      build: (w) => void w.outside((a) => a.op('int3')).outside((a) => a.op('into'), { eflags: EFLAGS_OF }),
    },
    {
      name: 'INT1 from ring 3 does not', source: 'vol. 2, INT', raises: [1],
      build: (w) => w.outside((a) => a.op('int1')),
    },
    {
      name: 'an exception from ring 3 through a gate of ring 0', source: 'vol. 3A §6.12.1.1', raises: [6, 0, [13, 0]],
      build: (w) => void w.outside((a) => a.op('ud2')).outside((a) => a.mov(ecx, 0).unary('div', ecx)).outside((a) => a.op('hlt')),
    },
    {
      name: 'TF is off behind a gate', source: SOURCE, raises: [], atEnd: 'TF is set',
      build: (w) => {
        w.interrupt(VECTOR, { type: TYPE.trapGate32, target: 'handler' }).interrupt(1, { type: TYPE.interruptGate32, target: 'trap' });
        w.a.mov(ecx, 0);
        setFlags(w.a, EFLAGS_TF).int(VECTOR);
        setFlags(w.a, 0).jmp('end');
        readFlags(w.a.label('handler')).op('iret').label('trap').alu('add', ecx, 1).mov(eax, onStack(0)).push(eax).pop(eax).op('iret');
      },
    },
    {
      name: 'a double fault: the gate of #NP is absent', source: 'vol. 3A §6.15, interrupt 8', raises: [[8, 0]],
      build: (w) => w.interrupt(11, { type: TYPE.interruptGate32, target: 0, isAbsent: true }).attempt((a) => a.mov(eax, w.segment(0x13)).mov(ds, eax)),
    },
    {
      name: 'a fault of #DE becomes a double fault', source: 'vol. 3A table 6-5', raises: [[8, 0]],
      build: (w) => w.interrupt(0, { type: TYPE.interruptGate32, selector: KERNEL_DATA }).attempt((a) => a.mov(ecx, 0).unary('div', ecx)),
    },
    {
      name: 'a fault of #UD is a fault of its own', source: 'vol. 3A table 6-5', raises: [[13, KERNEL_DATA | EXT]],
      build: (w) => w.interrupt(6, { type: TYPE.interruptGate32, selector: KERNEL_DATA }).attempt((a) => a.op('ud2')),
    },
    {
      name: 'a triple fault', source: 'vol. 3A §6.15, interrupt 8', raises: [], shutsDown: true,
      build: (w) => {
        w.put16(DATA, 0).put(DATA + 2, IDT).a.lidt(dword(DATA)).op('ud2');
      },
    },
    {
      name: 'IRET of 16 bits behind a gate of 32', source: 'vol. 2, IRET', raises: [],
      build: (w) => {
        w.bytes(LOW_CODE, Uint8Array.of(0xff, 0xe6));
        iretOtherSize(w.a.db(0xbe).dd('back').db(0x66, 0x6a, 2).db(0x66, 0x6a, KERNEL_CODE).db(0x66, 0x68).dw(LOW_CODE)).label('back').mov(ebx, esp);
      },
    },
    external('an external interrupt in ring 0', {}),
    external('an external interrupt through a trap gate', { type: TYPE.trapGate32 }),
    external('an external interrupt in ring 3', {}, 3),
    {
      name: 'an external interrupt from ring 3 into ring 1', source: 'vol. 3A §6.12.1', raises: BACK, atEnd: HELD_BACK,
      build: (w) => {
        w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 'handler', selector: CODE1 & ~3 });
        w.a.mov(dword(APIC + SVR), APIC_ENABLED).mov(dword(APIC + ICR), ICR_SELF | VECTOR);
        w.outside((a) => a.op('nop'), { eflags: EFLAGS_IF });
        w.a.jmp('end').label('handler').mov(ebx, ss).mov(dword(DATA), ebx).mov(dword(APIC + EOI), 0).op('iret');
      },
    },
    {
      name: 'an external interrupt through a task gate', source: 'vol. 3A §6.12.2', raises: [], atEnd: HELD_BACK,
      build: (w) => {
        w.put(OTHER_TSS + 0x20, 'task', 2, 1, 2, 3, 4, STACK2, 6, 7, 8).put(OTHER_TSS + 0x48, KERNEL_DATA, KERNEL_CODE, KERNEL_DATA, KERNEL_DATA, 0, 0, 0, 0x68_0000);
        w.interrupt(VECTOR, { type: TYPE.taskGate, selector: w.segment(0x89, { base: OTHER_TSS, limit: 0x67, flags: 0 }) });
        w.a.mov(dword(APIC + SVR), APIC_ENABLED).mov(dword(APIC + ICR), ICR_SELF | VECTOR).op('sti', 'nop', 'nop', 'cli').jmp('end');
        w.a.label('task').mov(dword(APIC + EOI), 0).op('iret');
      },
    },
    {
      name: 'an external interrupt in virtual-8086 mode', source: 'vol. 3A §20.3.1', raises: BACK, atEnd: HELD_BACK,
      build: (w) => {
        w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 'handler' });
        w.a.mov(dword(APIC + SVR), APIC_ENABLED).mov(dword(APIC + ICR), ICR_SELF | VECTOR);
        w.virtual8086((a) => a.op('nop'), EFLAGS_IF | EFLAGS_IOPL);
        w.a.jmp('end').label('handler').mov(ebx, KERNEL_DATA).mov(ds, ebx).mov(dword(APIC + EOI), 0).op('iret');
      },
    },
    {
      name: 'an external interrupt through an absent gate', source: 'vol. 3A §6.13', raises: [[11, IDT_CODE | EXT]], atEnd: HELD_BACK,
      build: (w) => {
        w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 0, isAbsent: true });
        w.a.mov(dword(APIC + SVR), APIC_ENABLED).mov(dword(APIC + ICR), ICR_SELF | VECTOR);
        w.attempt((a) => a.op('sti', 'nop', 'nop'));
      },
    },
    {
      name: 'STI and the instruction behind it', source: 'vol. 2, STI', raises: [], atEnd: HELD_BACK,
      build: (w) => {
        w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 'handler' });
        w.a.mov(ebx, 0).mov(dword(APIC + SVR), APIC_ENABLED).mov(dword(APIC + ICR), ICR_SELF | VECTOR).op('sti').inc(ebx).inc(ebx).op('cli').jmp('end');
        w.a.label('handler').mov(dword(DATA), ebx).mov(dword(APIC + EOI), 0).op('iret');
      },
    },
    {
      name: 'a load of SS and the instruction behind it', source: 'vol. 3A §6.8.3', raises: [], atEnd: HELD_BACK,
      build: (w) => {
        w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 'handler' });
        w.a.mov(ebx, 0).mov(dword(APIC + SVR), APIC_ENABLED).mov(eax, ss).op('sti', 'nop').mov(dword(APIC + ICR), ICR_SELF | VECTOR).mov(ss, eax).inc(ebx).inc(ebx).op('cli').jmp('end');
        w.a.label('handler').mov(dword(APIC + EOI), 0).op('iret');
      },
    },
  ],
};
