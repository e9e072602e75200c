import { type Assembler, ax, dword, eax, ebx, ecx, edx, esp, word, type Value } from '@ringzero/conformance';
import { CR0_TS, EFLAGS_FIXED, EFLAGS_IOPL, EFLAGS_NT, EFLAGS_VM } from '@ringzero/x86';
import { callFar, lldtAx, readFlags, setControl, setFlags } from './instructions.ts';
import { DIRECTORY, GDT, INNER_STACK, KERNEL_CODE, KERNEL_DATA, LDT, LOCAL_TABLE, LOG, LOG_ENTRIES, LOW_CODE, OTHER_TSS, RETURN_VECTOR, STACK2, TASK, TSS, TSS16, USER_CODE, USER_DATA, USER_STACK } from './layout.ts';
import { page } from './paging-setup.ts';
import type { Raised, SystemProgram, Topic } from './program.ts';
import { TYPE, type World } from './world.ts';

const SOURCE = 'vol. 3A §7.3';
const PRESENT = 0x80;
const BUSY = 2;
const FIRST = 0x80;
const VECTOR = 0x31;
/** The task that takes exceptions of others, and its selector. */
const TROUBLE_TSS = 0x3c00;
const TROUBLE = 0x100;
/** Bytes of an entry of the log. */
const ENTRY_BYTES = 36;
const TSS_LIMIT = 0x67;
const TSS16_LIMIT = 0x2b;
/** Offsets of a TSS of 32 bits (SDM vol. 3A figure 7-2). */
const CR3_AT = 0x1c;
const SEGMENTS_AT = 0x48;

/** What another task starts with. */
interface Task {
  readonly eip?: Value;
  readonly eflags?: number;
  readonly cs?: number;
  readonly ss?: number;
  readonly ds?: number;
  readonly es?: number;
  readonly ldt?: number;
  readonly esp?: number;
  readonly cr3?: number;
  readonly access?: number;
  readonly limit?: number;
}

/** A second task; its selector. */
function task(w: World, { eip = 'task', eflags = EFLAGS_FIXED, cs = KERNEL_CODE, ss = KERNEL_DATA, ds = KERNEL_DATA, es = KERNEL_DATA, ldt = 0, esp: top = STACK2, cr3 = DIRECTORY, access = PRESENT | TYPE.tss32, limit = TSS_LIMIT }: Task): number {
  w.put(OTHER_TSS + CR3_AT, cr3, eip, eflags, 1, 2, 3, 4, top, 6, 7, 8).put(OTHER_TSS + SEGMENTS_AT, es, cs, ss, ds, USER_DATA, 0, ldt, 0x68_0000);
  return w.segment(access, { base: OTHER_TSS, limit, flags: 0 });
}

/** A second task of the 80286; its selector. */
function task16(w: World, ip: Value): number {
  w.put16(TSS16 + 0xe, ip, EFLAGS_FIXED, 1, 2, 3, 4, 0xf00, 6, 7, 8, KERNEL_DATA, FIRST + 8, KERNEL_DATA, KERNEL_DATA, 0);
  const selector = w.segment(PRESENT | TYPE.tss16, { base: TSS16, limit: TSS16_LIMIT, flags: 0 });
  w.segment(0x9b, { flags: 4 });
  return selector;
}

type Way = (a: Assembler, selector: number) => Assembler;
const jump: Way = (a, selector) => a.farJmp(selector, 0x1234, 4);
const call: Way = (a, selector) => callFar(a, selector, 0x1234);

/** A switch to another task, which looks around and ends the program. */
function away(name: string, way: Way, other: Task = {}, raises: readonly Raised[] = [], change: (w: World) => void = () => undefined): SystemProgram {
  return {
    name, source: SOURCE, raises,
    build: (w) => {
      const selector = task(w, other);
      change(w);
      w.attempt((a) => way(a.mov(ebx, 0x5555), selector));
      w.a.jmp('end').label('task').push(eax).pop(edx);
      readFlags(w.a).db(0x0f, 0x00, 0xc9);
    },
  };
}

/**
 * A switch whose task is refused when it is the current one already, so that no handler of its own could run (SDM vol. 3A
 * §6.15, interrupt 10): a third task takes the exception and writes the log.
 */
function refused(name: string, other: Task, vector: number, errorCode: number, change: (w: World) => void = () => undefined): SystemProgram {
  return away(name, jump, other, [[vector, errorCode]], (w) => {
    change(w);
    w.put(TROUBLE_TSS + CR3_AT, DIRECTORY, 'trouble', EFLAGS_FIXED, 1, 2, 3, 4, INNER_STACK, 6, 7, 8).put(TROUBLE_TSS + SEGMENTS_AT, KERNEL_DATA, KERNEL_CODE, KERNEL_DATA, KERNEL_DATA, 0, 0, 0, 0x68_0000);
    w.interrupt(vector, { type: TYPE.taskGate, selector: w.segment(PRESENT | TYPE.tss32, { base: TROUBLE_TSS, limit: TSS_LIMIT, flags: 0, selector: TROUBLE }) });
    const words = dword({ base: eax });
    w.a.jmp('past').label('trouble').pop(ebx).mov(eax, LOG_ENTRIES).mov(dword({ ...words, displacement: 16 }), ebx).mov(dword({ ...words, displacement: 28 }), vector);
    w.a.mov(dword(LOG), LOG_ENTRIES + ENTRY_BYTES).jmp('end').label('past');
  });
}

export const TASK_SWITCHES: Topic = {
  title: 'task switches',
  programs: [
    away('JMP to a TSS', jump),
    away('CALL to a TSS', call),
    away('a task with NT, and flags of its own', jump, { eflags: EFLAGS_NT | EFLAGS_FIXED | 0x8d5 }),
    away('a task with an LDT', jump, { ldt: LOCAL_TABLE }),
    away('a task with segments of its LDT', jump, { ldt: LOCAL_TABLE, ds: 0xc }, [], (w) => w.put(LDT + 8, 0x0000_ffff, 0x00cf_9300)),
    away('a task with null in DS and ES', jump, { ds: 0, es: 3 }),
    away('JMP with NT set', (a, selector) => jump(setFlags(a, EFLAGS_NT), selector)),
    {
      name: 'CALL to a TSS and IRET back', source: SOURCE, raises: [],
      build: (w) => {
        const selector = task(w, {});
        readFlags(call(w.a.mov(ecx, 0x77), selector).mov(edx, eax)).jmp('end').label('task').push(eax).pop(edx).op('iret');
      },
    },
    {
      name: 'a task that is called twice goes on where it was', source: SOURCE, raises: [],
      build: (w) => {
        const selector = task(w, {});
        call(call(w.a, selector), selector).jmp('end').label('task').mov(eax, 0x111).op('iret').mov(eax, 0x222).op('iret');
      },
    },
    {
      name: 'a task gate by JMP', source: 'vol. 3A §7.2.5', raises: [],
      build: (w) => {
        const selector = task(w, {});
        jump(w.a, w.gateSegment({ type: TYPE.taskGate, selector })).jmp('end').label('task').push(eax);
      },
    },
    {
      name: 'a task gate by CALL from ring 3', source: 'vol. 3A §7.2.5', raises: [RETURN_VECTOR],
      build: (w) => {
        const selector = task(w, {});
        const gate = w.gateSegment({ type: TYPE.taskGate, selector, dpl: 3 });
        w.outside((a) => callFar(a.mov(ecx, 0x99), gate | 3).mov(ebx, esp));
        w.a.jmp('end').label('task').mov(ebx, 7).op('iret');
      },
    },
    {
      name: 'a task gate that ring 3 may not use', source: 'vol. 3A §7.2.5', raises: [[13, 0x88]],
      build: (w) => {
        const selector = task(w, {});
        const gate = w.gateSegment({ type: TYPE.taskGate, selector, dpl: 2 });
        w.outside((a) => callFar(a, gate)).a.label('task');
      },
    },
    {
      name: 'a TSS of ring 0 called from ring 3', source: SOURCE, raises: [[13, FIRST]],
      build: (w) => {
        const selector = task(w, {});
        w.outside((a) => callFar(a, selector)).a.label('task');
      },
    },
    {
      name: 'an absent task gate', source: 'vol. 3A §7.2.5', raises: [[11, 0x88]],
      build: (w) => {
        const selector = task(w, {});
        w.attempt((a) => jump(a, w.gateSegment({ type: TYPE.taskGate, selector, isAbsent: true }))).a.label('task');
      },
    },
    {
      name: 'a task gate to data', source: 'vol. 3A §7.2.5', raises: [[13, KERNEL_DATA]],
      build: (w) => w.attempt((a) => jump(a, w.gateSegment({ type: TYPE.taskGate, selector: KERNEL_DATA }))),
    },
    {
      name: 'INT through a task gate', source: 'vol. 3A §6.12.2', raises: [],
      build: (w) => {
        const selector = task(w, {});
        w.interrupt(VECTOR, { type: TYPE.taskGate, selector }).a.mov(ebx, 0x55).int(VECTOR).mov(ebx, 0x66).jmp('end').label('task').push(eax).op('iret');
      },
    },
    {
      name: 'INT of ring 3 through a task gate', source: 'vol. 3A §6.12.2', raises: [RETURN_VECTOR],
      build: (w) => {
        const selector = task(w, {});
        w.interrupt(VECTOR, { type: TYPE.taskGate, selector, dpl: 3 }).outside((a) => a.int(VECTOR).mov(ebx, 0x66)).a.jmp('end').label('task').push(eax).op('iret');
      },
    },
    {
      name: 'a fault with an error code through a task gate', source: 'vol. 3A §6.12.2', raises: [],
      build: (w) => {
        const selector = task(w, {});
        w.interrupt(13, { type: TYPE.taskGate, selector }).a.mov(eax, 0x200).label('faulty').db(0x8e, 0xe0).jmp('end').label('task').pop(ecx).alu('add', dword(TSS + 0x20), 2).op('iret');
      },
    },
    {
      name: 'a task with its own page tables', source: SOURCE, raises: [],
      build: (w) => {
        page(w);
        w.bytes(0x4_0000, Uint8Array.of(7, 0x60, 0, 0));
        jump(w.a, task(w, { cr3: 0x4_0000 })).jmp('end').label('task').push(eax);
      },
    },
    {
      name: 'a task in ring 3', source: SOURCE, raises: [RETURN_VECTOR],
      build: (w) => {
        const selector = task(w, { cs: USER_CODE, ss: USER_DATA, ds: USER_DATA, es: USER_DATA, esp: USER_STACK });
        w.put(OTHER_TSS + 4, STACK2, KERNEL_DATA);
        w.attempt((a) => jump(a, selector)).a.jmp('end').label('task').push(eax).int(RETURN_VECTOR);
      },
    },
    {
      name: 'a task in virtual-8086 mode', source: 'vol. 3A §20.2.1', raises: [[13, 0]],
      build: (w) => {
        w.bytes(LOW_CODE, Uint8Array.of(0x50, 0x0e, 0x1e, 0xf4));
        const selector = task(w, { eip: LOW_CODE, eflags: EFLAGS_VM | EFLAGS_FIXED, cs: 0, ss: 0x2000, ds: 0x2200, es: 0x1234, esp: 0x800 });
        w.put(OTHER_TSS + 4, STACK2, KERNEL_DATA).attempt((a) => jump(a, selector));
      },
    },
    {
      name: 'a task gate from virtual-8086 mode, and back', source: 'vol. 3A §20.3.2', raises: [RETURN_VECTOR],
      build: (w) => {
        const selector = task(w, {});
        w.interrupt(VECTOR, { type: TYPE.taskGate, selector, dpl: 3 }).virtual8086((a) => a.mov(ax, 5).int(VECTOR).mov(ax, 6), EFLAGS_IOPL);
        w.a.jmp('end').label('task').push(eax).op('iret');
      },
    },
    {
      name: 'TS after a switch', source: SOURCE, raises: [7],
      build: (w) => {
        const selector = task(w, {});
        w.attempt((a) => jump(a, selector).label('task').db(0xd9, 0xe8));
        setControl(w.a, 0, 0, CR0_TS);
      },
    },
    {
      name: 'a TSS of 16 bits by JMP, and back by JMP', source: 'vol. 3A §7.6', raises: [],
      build: (w) => {
        w.bytes(LOW_CODE, Uint8Array.of(0x50, 0x9c, 0xea, 0, 0, 0, 0, TASK, 0));
        jump(w.a.mov(ecx, 0x1234_5678), task16(w, LOW_CODE)).mov(edx, 5);
      },
    },
    {
      name: 'a TSS of 16 bits by CALL, and IRET', source: 'vol. 3A §7.6', raises: [],
      build: (w) => {
        w.bytes(LOW_CODE, Uint8Array.of(0x50, 0x9c, 0xcf));
        call(w.a.mov(ecx, 0x1234_5678), task16(w, LOW_CODE)).mov(edx, 5);
      },
    },
    away('JMP to a busy TSS', jump, { access: PRESENT | TYPE.tss32 | BUSY }, [[13, FIRST]]),
    away('JMP to an absent TSS', jump, { access: TYPE.tss32 }, [[11, FIRST]]),
    away('a TSS that is too small', jump, { limit: TSS_LIMIT - 1 }, [[10, FIRST]]),
    refused('a task with an LDT that is none', { ldt: KERNEL_DATA }, 10, KERNEL_DATA),
    refused('a task with an absent LDT', { ldt: FIRST + 8 }, 10, FIRST + 8, (w) => void w.segment(TYPE.ldt, { base: LDT, limit: 0xff, flags: 0 })),
    refused('a task with CS that is data', { cs: KERNEL_DATA }, 10, KERNEL_DATA),
    refused('a task with null in CS', { cs: 0 }, 10, 0),
    refused('a task with absent CS', { cs: FIRST + 8 }, 11, FIRST + 8, (w) => void w.segment(0x1b)),
    refused('a task with null in SS', { ss: 0 }, 10, 0),
    refused('a task with SS of another ring', { ss: USER_DATA }, 10, USER_DATA & ~3),
    refused('a task with absent SS', { ss: FIRST + 8 }, 12, FIRST + 8, (w) => void w.segment(0x13)),
    refused('a task with DS beyond the GDT', { ds: 0x500 }, 10, 0x500),
    refused('a task with absent DS', { ds: FIRST + 8 }, 11, FIRST + 8, (w) => void w.segment(0x13)),
    refused('a task with EIP beyond the limit', { cs: FIRST + 8 }, 13, 0, (w) => void w.segment(0x9b, { limit: 0xff, flags: 4 })),
    {
      name: 'IRET with NT to a task that is not busy', source: 'vol. 3A §7.4', raises: [[10, FIRST]],
      build: (w) => {
        const selector = task(w, {});
        w.put16(TSS, selector).attempt((a) => setFlags(a, EFLAGS_NT).op('iret')).a.label('task');
      },
    },
    {
      name: 'IRET with NT to null', source: 'vol. 3A §7.4', raises: [[10, 0]],
      build: (w) => w.attempt((a) => setFlags(a, EFLAGS_NT).op('iret')),
    },
    {
      name: 'LTR makes a TSS busy', source: 'vol. 2, LTR', raises: [],
      build: (w) => {
        const selector = task(w, {});
        w.a.mov(eax, selector).ltr(ax).label('task').mov(ebx, dword(GDT + selector + 4)).mov(ecx, 0).db(0x0f, 0x00, 0xc9);
        lldtAx(w.a.mov(eax, LOCAL_TABLE)).mov(edx, 0).mov(ax, word(GDT));
      },
    },
  ],
};
