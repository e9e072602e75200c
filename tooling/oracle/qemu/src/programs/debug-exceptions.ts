import { type Assembler, al, byte, dword, ds, eax, ebx, ecx, edi, edx, esi, esp, fs, ss, type Value } from '@ringzero/conformance';
import { CR4_DE, EFLAGS_RF, EFLAGS_TF } from '@ringzero/x86';
import { callFar, movDebug, onStack, readDebug, readFlags, setControl, setFlags } from './instructions.ts';
import { DATA, GDT, KERNEL_CODE, KERNEL_DATA, OTHER_TSS, RETURN_VECTOR, STACK2, USER_CODE } from './layout.ts';
import type { SystemProgram, Topic } from './program.ts';
import { TYPE, type World } from './world.ts';

const SOURCE = 'vol. 3B §17.3.1';
const STEPS = 'TF and breakpoints are the program’s own, and a debugger’s steps use the same machinery';
/** Where the handler of #DB writes: DR6, EIP and EFLAGS of each. */
const TRACE = DATA + 0x100;
/** DR7 of one breakpoint: enabled, with a condition and a length. */
const ENABLED = 2;
const EXECUTE = 0;
const WRITE = 1;
const IO = 2;
const ACCESS = 3;
const BYTE = 0;
const WORD = 1;
const DWORD = 3;
const DR7_GD = 0x2000;
const FIXED = 0x400;

function dr7(index: number, type: number, length: number): number {
  return (ENABLED << (2 * index)) | ((type | (length << 2)) << (16 + 4 * index)) | FIXED;
}

/** The handler of #DB: it writes a trace, clears DR6, sets RF of the interrupted flags and returns. */
function handler(w: World): void {
  w.interrupt(1, { type: TYPE.interruptGate32, target: 'debug' }).put(DATA + 0xf0, TRACE);
  const a = w.a.jmp('end').label('debug').push(eax).mov(eax, ds).push(eax).push(edi).mov(eax, KERNEL_DATA).mov(ds, eax).mov(edi, dword(DATA + 0xf0));
  readDebug(a, 6).mov(dword({ base: edi }), eax).mov(eax, onStack(12)).mov(dword({ base: edi, displacement: 4 }), eax).mov(eax, onStack(20)).mov(dword({ base: edi, displacement: 8 }), eax);
  a.alu('add', edi, 12).mov(dword(DATA + 0xf0), edi).alu('or', dword({ base: esp, displacement: 20 }), EFLAGS_RF).mov(eax, 0).db(0x0f, 0x23, 0xf0);
  a.pop(edi).pop(ds).pop(eax).op('iret');
}

interface Options {
  readonly raises?: SystemProgram['raises'];
  readonly source?: string;
}

function traced(name: string, build: (a: Assembler, w: World) => void, { raises = [], source = SOURCE }: Options = {}): SystemProgram {
  return {
    name, source, raises, atEnd: STEPS,
    build: (w) => {
      build(w.a, w);
      handler(w);
    },
  };
}

/** Steps through code under TF. */
function stepped(name: string, code: (a: Assembler, w: World) => void, options: Options = {}): SystemProgram {
  return traced(`TF: ${name}`, (a, w) => {
    setFlags(a, EFLAGS_TF);
    code(a, w);
    setFlags(a, 0);
  }, { source: 'vol. 3B §17.3.1.4', ...options });
}

/** A breakpoint of DR0. */
function watched(name: string, address: Value, type: number, length: number, code: (a: Assembler, w: World) => void, options: Options = {}): SystemProgram {
  return traced(name, (a, w) => {
    movDebug(movDebug(a, 0, address), 7, dr7(0, type, length));
    code(a, w);
    movDebug(a, 7, FIXED);
  }, options);
}

export const DEBUG_EXCEPTIONS: Topic = {
  title: 'debug exceptions',
  programs: [
    stepped('plain instructions', (a) => a.op('nop').mov(ebx, 1).alu('add', ebx, 2).push(ebx).pop(ecx)),
    stepped('a repeated string instruction', (a) => a.mov(ecx, 3).mov(edi, DATA).rep().op('stosb').op('nop')),
    stepped('a repeated string instruction of no iterations', (a) => a.mov(ecx, 0).mov(edi, DATA).rep().op('stosb').op('nop')),
    stepped('jumps and calls', (a) => a.call('near').jmp('past').label('near').op('nop', 'ret').label('past')),
    stepped('INT and IRET', (a, w) => {
      w.interrupt(0x31, { type: TYPE.interruptGate32, target: 'service' });
      a.int(0x31).op('nop').jmp('past').label('service').op('nop', 'iret').label('past');
    }),
    stepped('a load of SS', (a) => a.mov(eax, ss).mov(ss, eax).op('nop', 'nop')),
    stepped('POP SS', (a) => a.push(ss).pop(ss).op('nop', 'nop')),
    stepped('STI and CLI', (a) => a.op('sti', 'cli', 'nop')),
    stepped('POPF that clears TF, and one that keeps it', (a) => a.push(EFLAGS_TF | 2).op('popf', 'nop')),
    stepped('a fault, whose handler does not step', (a, w) => {
      w.interrupt(6, { type: TYPE.trapGate32, target: 'skip' });
      a.op('ud2', 'nop').jmp('past').label('skip').alu('add', dword({ base: esp }), 2).op('iret').label('past');
    }),
    stepped('PUSHF shows TF', (a) => readFlags(a)),
    stepped('a far call through a gate', (a, w) => {
      const selector = w.gateSegment({ type: TYPE.callGate32, target: 'gate' });
      callFar(a, selector).jmp('past').label('gate').op('nop', 'retf').label('past');
    }),
    stepped('MOV CR0 and CPUID', (a) => setControl(a, 0, 0).op('nop')),
    traced('TF set by IRET', (a) => a.push(EFLAGS_TF | 2).push(KERNEL_CODE).push('there').op('iret').label('there').op('nop', 'nop').push(2).op('popf'), { source: 'vol. 3B §17.3.1.4' }),
    traced('TF in ring 3', (_a, w) => w.outside((a) => a.op('nop').mov(ebx, 5), { eflags: EFLAGS_TF }), { source: 'vol. 3B §17.3.1.4', raises: [RETURN_VECTOR] }),
    watched('an instruction breakpoint', 'here', EXECUTE, BYTE, (a) => a.op('nop').label('here').mov(ebx, 5).op('nop')),
    watched('an instruction breakpoint in a loop', 'here', EXECUTE, BYTE, (a) => a.mov(ecx, 3).label('here').op('nop').short('loop', 'here')),
    watched('RF set by IRET holds a breakpoint back', 'here', EXECUTE, BYTE, (a) => a.push(EFLAGS_RF | 2).push(KERNEL_CODE).push('here').op('iret').label('here').mov(ebx, 5).op('nop')),
    watched('POPF does not set RF', 'here', EXECUTE, BYTE, (a) => a.push(EFLAGS_RF | 2).op('popf').label('here').mov(ebx, 5)),
    watched('a breakpoint behind a load of SS', 'here', EXECUTE, BYTE, (a) => a.mov(eax, ss).mov(ss, eax).label('here').op('nop', 'nop')),
    watched('a breakpoint on a fault’s instruction', 'here', EXECUTE, BYTE, (a, w) => {
      w.interrupt(6, { type: TYPE.interruptGate32, target: 'skip' });
      a.label('here').op('ud2', 'nop').jmp('past').label('skip').alu('add', dword({ base: esp }), 2).op('iret').label('past');
    }),
    watched('a write of the byte', DATA, WRITE, BYTE, (a) => a.mov(eax, dword(DATA)).mov(byte(DATA), al).op('nop')),
    watched('a write beside the byte', DATA, WRITE, BYTE, (a) => a.mov(byte(DATA + 1), al).op('nop')),
    watched('a dword over a watched byte', DATA + 3, WRITE, BYTE, (a) => a.mov(dword(DATA), eax).op('nop')),
    watched('a byte within a watched dword', DATA, WRITE, DWORD, (a) => a.mov(byte(DATA + 3), al).op('nop')),
    watched('reads and writes', DATA, ACCESS, WORD, (a) => a.mov(eax, dword(DATA)).op('nop').mov(byte(DATA + 1), al).op('nop').alu('cmp', byte(DATA + 2), 0)),
    watched('a read and write of one instruction', DATA, ACCESS, DWORD, (a) => a.inc(dword(DATA)).op('nop')),
    watched('a push onto a watched word', DATA + 0xc0, WRITE, DWORD, (a) => a.mov(edx, esp).mov(esp, DATA + 0xc4).push(eax).op('nop').mov(esp, edx)),
    watched('a string over a watched dword', DATA + 8, WRITE, DWORD, (a) => a.op('cld').mov(edi, DATA).mov(esi, GDT).mov(ecx, 5).rep().string('movs', 4).op('nop')),
    watched('a watched descriptor', GDT + 0x23, ACCESS, BYTE, (a) => a.mov(eax, 0x23).mov(fs, eax).op('nop')),
    watched('a watched port', 0x50, IO, BYTE, (a) => a.out(0x50, al).op('nop').out(0x51, al)),
    traced('CR4.DE: a watched port', (a) => {
      setControl(a, 4, CR4_DE);
      movDebug(movDebug(a, 0, 0x50), 7, dr7(0, IO, BYTE)).out(0x50, al).op('nop').out(0x51, al).op('nop');
      movDebug(a, 7, FIXED);
    }, { source: 'vol. 3B §17.2.4' }),
    traced('two breakpoints of one instruction', (a) => {
      movDebug(movDebug(movDebug(a, 0, DATA), 1, DATA + 2), 7, dr7(0, WRITE, WORD) | dr7(1, WRITE, WORD)).mov(dword(DATA), eax).op('nop');
      movDebug(a, 7, FIXED);
    }),
    traced('a breakpoint that is not enabled, beside one that is', (a) => {
      movDebug(movDebug(movDebug(a, 0, DATA), 1, DATA), 7, dr7(0, WRITE, DWORD) | (dr7(1, WRITE, DWORD) & ~(ENABLED << 2))).mov(dword(DATA), eax).op('nop');
      movDebug(a, 7, FIXED);
    }),
    traced('a write under TF', (a) => {
      movDebug(movDebug(a, 0, DATA), 7, dr7(0, WRITE, DWORD));
      setFlags(a, EFLAGS_TF).mov(dword(DATA), eax).op('nop');
      movDebug(setFlags(a, 0), 7, FIXED);
    }),
    traced('INT1', (a) => a.op('int1', 'nop'), { source: 'vol. 2, INT' }),
    traced('GD: a read of a debug register', (a) => readDebug(movDebug(a, 7, FIXED | DR7_GD), 0).op('nop'), { source: 'vol. 3B §17.2.4' }),
    traced('a breakpoint in ring 3', (a, w) => {
      movDebug(movDebug(a, 0, 'here'), 7, dr7(0, EXECUTE, BYTE));
      w.outside((b) => b.label('here').op('nop').mov(ebx, 5));
      movDebug(a, 7, FIXED);
    }, { raises: [RETURN_VECTOR] }),
    traced('T of a TSS', (a, w) => {
      w.put(OTHER_TSS + 0x20, 'task', 2, 1, 2, 3, 4, STACK2, 6, 7, 8).put(OTHER_TSS + 0x48, KERNEL_DATA, KERNEL_CODE, KERNEL_DATA, KERNEL_DATA, 0, 0, 0, 0x68_0001);
      a.farJmp(w.segment(0x89, { base: OTHER_TSS, limit: 0x67, flags: 0 }), 0, 4).label('task').op('nop', 'nop');
    }, { source: 'vol. 3B §17.3.1.5' }),
    traced('local breakpoints end with the task', (a, w) => {
      w.put(OTHER_TSS + 0x20, 'task', 2, 1, 2, 3, 4, STACK2, 6, 7, 8).put(OTHER_TSS + 0x48, KERNEL_DATA, KERNEL_CODE, KERNEL_DATA, KERNEL_DATA, 0, 0, 0, 0x68_0000);
      movDebug(movDebug(movDebug(a, 0, DATA), 1, DATA + 4), 7, 0xff_0001 | 8 | FIXED).farJmp(w.segment(0x89, { base: OTHER_TSS, limit: 0x67, flags: 0 }), 0, 4).label('task');
      readDebug(a, 7).mov(dword(DATA), eax).mov(dword(DATA + 4), eax).op('nop');
      movDebug(a, 7, FIXED);
    }, { source: 'vol. 3B §17.2.4' }),
    {
      name: 'debug registers in ring 3', source: 'vol. 2, MOV', raises: [[13, 0], [13, 0]],
      build: (w) => void w.outside((a) => readDebug(a, 7)).outside((a) => movDebug(a, 0, USER_CODE)),
    },
    {
      name: 'DR4 and DR5 with and without CR4.DE', source: 'vol. 3B §17.2.2', raises: [6, 6],
      build: (w) => {
        readDebug(readDebug(w.a, 4), 5);
        setControl(w.a, 4, CR4_DE);
        w.attempt((a) => readDebug(a, 4)).attempt((a) => movDebug(a, 5, 0));
      },
    },
    {
      name: 'fixed bits of DR6 and DR7', source: 'vol. 3B §17.2', raises: [],
      build: ({ a }) => void readDebug(movDebug(readDebug(movDebug(a, 6, 0), 6), 7, 0xdc00 & ~DR7_GD), 7),
    },
  ],
};
