import { al, ax, bx, cx, eax, ebx, sp, ss, type Assembler } from '@ringzero/conformance';
import { CR4_PVI, CR4_VME, EFLAGS_IF, EFLAGS_IOPL, EFLAGS_VIF, EFLAGS_VIP } from '@ringzero/x86';
import { readFlags, setControl } from './instructions.ts';
import { CODE, DATA, RETURN_VECTOR, TSS } from './layout.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';
import { TYPE, type World } from './world.ts';

const PLAIN = 'vol. 3A §20.2';
const EXTENDED = 'vol. 3A §20.3';
const VECTOR = 0x31;
const GP: readonly Raised[] = [[13, 0]];
const BACK: readonly Raised[] = [RETURN_VECTOR];
/** Offset of the I/O permission bitmap when the interrupt redirection bitmap lies in front of it. */
const REDIRECTION = 0x68;
const IO_BITMAP = 0x88;

function plain(name: string, iopl: 0 | 3, code: (a: Assembler) => void, raises: readonly Raised[] = iopl === 3 ? BACK : GP, change: (w: World) => void = () => undefined): SystemProgram {
  return {
    name: `IOPL ${iopl}: ${name}`, source: PLAIN, raises,
    build: (w) => {
      change(w);
      w.virtual8086((a) => code(a), (iopl === 3 ? EFLAGS_IOPL : 0) | EFLAGS_IF);
    },
  };
}

/** With CR4.VME. `redirected` vectors stay with the program, through the table at 0. */
function extended(name: string, iopl: 0 | 3, code: (a: Assembler) => void, raises: readonly Raised[], eflags: number = EFLAGS_IF, isRedirected: boolean = true): SystemProgram {
  return {
    name: `VME, IOPL ${iopl}: ${name}`, source: EXTENDED, raises,
    build: (w) => {
      setControl(w.a, 4, CR4_VME);
      w.put16(TSS + 0x66, IO_BITMAP).bytes(TSS + REDIRECTION, new Uint8Array(0x20).fill(isRedirected ? 0 : 0xff));
      // The program leaves by HLT, which is never its own.
      w.put16(4 * VECTOR, 'handler', CODE >> 4);
      w.virtual8086((a) => code(a), (iopl === 3 ? EFLAGS_IOPL : 0) | eflags);
      w.a.jmp('end').bits(16).label('handler').op('pushf').pop(bx).mov(cx, sp).op('iret').bits(32);
    },
  };
}

/** CR4.PVI in ring 3. */
function protectedVirtual(name: string, code: (a: Assembler) => void, raises: readonly Raised[], eflags: number = EFLAGS_IF): SystemProgram {
  return {
    name: `PVI: ${name}`, source: 'vol. 3A §20.4', raises,
    build: (w) => {
      setControl(w.a, 4, CR4_PVI);
      w.outside((a) => readFlags((code(a), a)), { eflags });
    },
  };
}

const ports = (a: Assembler): Assembler => a.out(0x50, al);

export const VIRTUAL_8086: Topic = {
  title: 'virtual-8086 mode',
  programs: [
    plain('CLI and STI', 3, (a) => a.op('cli', 'pushf').pop(ax).op('sti', 'pushf').pop(bx)),
    plain('CLI', 0, (a) => a.op('cli')),
    plain('STI', 0, (a) => a.op('sti')),
    plain('PUSHF and POPF', 3, (a) => a.op('pushf').pop(ax).push(0x3ed7).op('popf', 'pushf').pop(bx).push(2).op('popf')),
    plain('PUSHF', 0, (a) => a.op('pushf')),
    plain('POPF', 0, (a) => a.op('popf')),
    plain('IRET', 3, (a) => a.op('pushf').push(CODE >> 4).push('there').op('iret').label('there').mov(ax, sp)),
    plain('IRET', 0, (a) => a.op('iret')),
    plain('INT', 0, (a) => a.int(VECTOR)),
    plain('INT through an interrupt gate', 3, (a) => a.int(VECTOR), [VECTOR], (w) => w.interrupt(VECTOR, { type: TYPE.interruptGate32, target: 0x1_8000 + 16 * VECTOR, dpl: 3 })),
    plain('INT through a gate of ring 0', 3, (a) => a.int(VECTOR), [[13, VECTOR * 8 + 2]]),
    plain('INT through a gate to ring 1', 3, (a) => a.int(VECTOR), [[13, 0x48]], (w) => w.interrupt(VECTOR, { type: TYPE.interruptGate32, selector: 0x48, target: 0, dpl: 3 })),
    plain('INT3', 0, (a) => a.op('int3'), [3], (w) => w.interrupt(3, { type: TYPE.interruptGate32, target: 0x1_8000 + 16 * 3, dpl: 3 })),
    plain('HLT', 3, (a) => a.op('hlt'), GP),
    plain('MOV CR0', 3, (a) => a.db(0x0f, 0x20, 0xc0), GP),
    plain('LGDT', 3, (a) => a.db(0x0f, 0x01, 0x16, 0, 0), GP),
    plain('an undefined opcode', 3, (a) => a.op('ud2'), [6]),
    plain('SLDT, LAR and ARPL are undefined', 3, (a) => a.db(0x0f, 0x00, 0xc0), [6]),
    plain('LAR', 3, (a) => a.db(0x0f, 0x02, 0xc0), [6]),
    plain('ARPL', 3, (a) => a.db(0x63, 0xc0), [6]),
    plain('divide error', 0, (a) => a.mov(cx, 0).unary('div', cx), [0]),
    plain('segment loads, a far call and LES', 3, (a) => {
      a.mov(ax, DATA >> 4).mov(ss, ax).mov(ax, 0x1234).db(0x8e, 0xe0).mov(bx, ax).db(0x9a).dw('far', CODE >> 4).jmp('past').label('far').op('retf').label('past').db(0xc4, 0x1e, 0, 0);
    }),
    plain('a port that the bitmap allows', 0, ports, GP, (w) => w.bytes(TSS + 0x68, Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfe))),
    plain('a port that the bitmap refuses', 3, ports, GP, (w) => w.bytes(TSS + 0x68, new Uint8Array(0x20).fill(0xff))),
    plain('a word across a refused port', 3, (a) => a.out(0x4f, ax), GP, (w) => w.bytes(TSS + 0x68 + 10, Uint8Array.of(1))),
    plain('an offset beyond 64 KB', 3, (a) => a.db(0x66, 0xbb).dd(0x1_0000).db(0x67, 0x8a, 0x03), GP),
    plain('a word at FFFFh', 3, (a) => a.mov(bx, 0xffff).db(0x8b, 0x07), GP),
    plain('a push at SP 1', 3, (a) => a.mov(sp, 1).push(ax), [[12, 0]]),
    extended('INT that stays', 0, (a) => a.int(VECTOR).mov(ax, sp).op('hlt'), GP),
    extended('INT that stays', 3, (a) => a.int(VECTOR).mov(ax, sp).op('hlt'), GP),
    extended('INT that does not stay', 0, (a) => a.int(VECTOR), GP, EFLAGS_IF, false),
    extended('INT that does not stay', 3, (a) => a.int(VECTOR), [[13, VECTOR * 8 + 2]], EFLAGS_IF, false),
    extended('INT that stays, with VIF', 0, (a) => a.int(VECTOR).op('hlt'), GP, EFLAGS_IF | EFLAGS_VIF),
    extended('CLI and STI change VIF', 0, (a) => a.op('sti').mov(ax, 1).op('cli').mov(ax, 2).op('sti', 'hlt'), GP),
    extended('CLI and STI change IF', 3, (a) => a.op('cli').mov(ax, 1).op('sti', 'hlt'), GP),
    extended('PUSHF shows VIF as IF', 0, (a) => a.op('pushf').pop(ax).op('sti', 'pushf').pop(bx).op('hlt'), GP),
    extended('POPF changes VIF', 0, (a) => a.push(0x202).op('popf').push(2).op('popf', 'hlt'), GP),
    extended('POPF with TF', 0, (a) => a.push(0x102).op('popf', 'hlt'), GP),
    extended('STI while VIP', 0, (a) => a.op('sti', 'hlt'), GP, EFLAGS_IF | EFLAGS_VIP),
    extended('POPF with IF while VIP', 0, (a) => a.push(0x202).op('popf', 'hlt'), GP, EFLAGS_IF | EFLAGS_VIP),
    extended('IRET changes VIF', 0, (a) => a.push(0x202).push(CODE >> 4).push('there').op('iret').label('there').op('hlt'), GP),
    extended('a 32-bit PUSHF', 0, (a) => a.db(0x66).op('pushf', 'hlt'), GP),
    protectedVirtual('CLI and STI change VIF', (a) => a.op('sti').mov(eax, 1).op('cli').mov(eax, 2), BACK),
    protectedVirtual('STI while VIP', (a) => a.op('sti'), GP, EFLAGS_IF | EFLAGS_VIP),
    protectedVirtual('PUSHF and POPF do not know VIF', (a) => a.op('pushf').pop(ebx).push(0x202).op('popf'), BACK, EFLAGS_IF | EFLAGS_VIF),
  ],
};
