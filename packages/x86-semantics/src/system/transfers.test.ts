import { describe, expect, test } from 'vitest';
import { CR0, DR6, DR7, ECX, EDX, EFER, ESP, FAULT, RFLAGS, RIP, SEG_ATTRIBUTES, SEG_SELECTOR } from '../vp/lanes.ts';
import { STATUS_ALONE, STATUS_BRANCHED } from '../vp/status.ts';
import { deliverExternal, EVENT_HARDWARE } from './deliver.ts';
import { Bench, CODE0, CODE3, DATA0, DATA3, FREE, GDT, STACK0, STACK3, TASK, TASK2, TSS, TSS2 } from './fixture.ts';
import { lane32 } from '@ringzero/x86';

const CS = 1;
const SS = 2;
const FREE2 = FREE + 8;

function selector(bench: Bench, segment: number): number {
  return bench.vp.H[SEG_SELECTOR + segment];
}

describe('far transfers in real-address mode', () => {
  test('CALL and RET', () => {
    const bench = new Bench();
    bench.vp.R[ESP] = 0x400;
    bench.vp.R[RIP] = 0x100;
    expect(bench.run('Callf_Ap', { operandSize: 16, immediate: 0x44, immediate2: 0x2000, nextIp: 0x105 })).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], selector(bench, CS), bench.stack(2, 2)]).toEqual([0x44, 0x2000, [0x105, 0xf000]]);
    expect(bench.run('Retf_Iw', { operandSize: 16, immediate: 6 })).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], selector(bench, CS), bench.vp.R[ESP]]).toEqual([0x105, 0xf000, 0x406]);
  });

  test('an offset beyond the limit is #GP(0)', () => {
    const bench = new Bench();
    expect(bench.run('Jmpf_Ap', { immediate: 0x1_0000, immediate2: 0x2000 })).toBe(1);
    expect(bench.fault).toBe('13(0)');
  });

  test('the way into protected mode and back', () => {
    const bench = new Bench();
    bench.writeDescriptor(CODE0, 0, 0xfffff, 0xc09a);
    bench.vp.R[lane32('gdtrBase')] = GDT;
    bench.vp.R[0] = bench.vp.R[CR0] | 1;
    expect(bench.run('Mov_Cd_Rd', { regNumber: 0, rm: 0 })).toBe(0);
    expect(bench.run('Jmpf_Ap', { immediate: 0x5000, immediate2: CODE0 })).toBe(STATUS_BRANCHED);
    expect([selector(bench, CS), bench.vp.mode & 1]).toEqual([CODE0, 1]);
    bench.vp.R[0] = bench.vp.R[CR0] & ~1;
    expect(bench.run('Mov_Cd_Rd', { regNumber: 0, rm: 0 })).toBe(0);
    expect(bench.vp.isProtected).toBe(false);
  });
});

describe('far transfers in protected mode', () => {
  test('JMP checks type, privilege and presence', () => {
    const bench = Bench.protectedMode();
    const jump = (target: number): string => (bench.run('Jmpf_Ap', { immediate: 0x10, immediate2: target }) === STATUS_BRANCHED ? 'ok' : bench.fault);
    expect(jump(0)).toBe('13(0)');
    expect(jump(DATA0)).toBe('13(10)');
    expect(jump(CODE3)).toBe('13(18)');
    bench.writeDescriptor(FREE, 0, 0xffff, 0x401a);
    expect(jump(FREE)).toBe('11(40)');
    bench.writeDescriptor(FREE, 0, 0xf, 0x409a);
    expect(jump(FREE)).toBe('13(0)');
    bench.enter(3);
    bench.writeDescriptor(FREE, 0, 0xffff, 0x409e);
    expect(jump(FREE)).toBe('ok');
    expect([selector(bench, CS), bench.vp.cpl]).toEqual([FREE | 3, 3]);
  });

  test('a call gate to CPL 0 copies parameters; RET n goes back and drops segments', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    bench.loadSystem(0, CODE0);
    bench.writeGateAt(GDT + FREE, CODE0, 0x12345, 0xec, 2);
    bench.write32(STACK3 - 8, 0x1111);
    bench.write32(STACK3 - 4, 0x2222);
    bench.vp.R[ESP] = STACK3 - 8;
    expect(bench.run('Callf_Ap', { immediate: 0, immediate2: FREE | 3, nextIp: 0x107 })).toBe(STATUS_BRANCHED);
    expect(bench.stack(6)).toEqual([0x107, CODE3, 0x1111, 0x2222, STACK3 - 8, DATA3]);
    expect([bench.vp.R[RIP], bench.vp.cpl, selector(bench, CS), selector(bench, SS)]).toEqual([0x12345, 0, CODE0, DATA0]);
    bench.loadSystem(3, DATA0);
    expect(bench.run('Retf_Iw', { immediate: 8 })).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.vp.cpl, bench.vp.R[ESP], selector(bench, SS), selector(bench, 3)]).toEqual([0x107, 3, STACK3, DATA3, 0]);
  });

  test('a gate is out of reach above its DPL', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    bench.writeGateAt(GDT + FREE, CODE0, 0x12345, 0x8c, 0);
    expect(bench.run('Callf_Ap', { immediate: 0, immediate2: FREE })).toBe(1);
    expect(bench.fault).toBe('13(40)');
  });

  test('a bad inner stack is #TS, and nothing has changed', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    bench.writeGateAt(GDT + FREE, CODE0, 0x12345, 0xec, 0);
    bench.write32(TSS + 8, DATA3);
    const before = bench.vp.B.slice();
    expect(bench.run('Callf_Ap', { immediate: 0, immediate2: FREE })).toBe(1);
    expect(bench.fault).toBe('10(20)');
    expect(bench.vp.B.slice()).toEqual(before);
  });

  test('RET to an inner level is #GP', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    bench.write32(STACK3 - 8, 0);
    bench.write32(STACK3 - 4, CODE0);
    bench.vp.R[ESP] = STACK3 - 8;
    expect(bench.run('Retf')).toBe(1);
    expect(bench.fault).toBe('13(8)');
  });

  test('IRET to CPL 3 loads what CPL 0 may: IF and IOPL', () => {
    const bench = Bench.protectedMode();
    [0x444, CODE3, 0x3246, STACK3, DATA3].forEach((value, i) => bench.write32(STACK0 - 20 + 4 * i, value));
    bench.vp.R[ESP] = STACK0 - 20;
    expect(bench.run('Iret')).toBe(STATUS_BRANCHED);
    expect([bench.vp.cpl, bench.vp.R[RIP], bench.vp.R[ESP], bench.vp.flags(), selector(bench, 3)]).toEqual([3, 0x444, STACK3, 0x3246, 0]);
  });

  test('IRET at CPL 3 leaves IF and IOPL alone', () => {
    const bench = Bench.protectedMode();
    bench.enter(3);
    [0x444, CODE3, 0x3200].forEach((value, i) => bench.write32(STACK3 - 12 + 4 * i, value));
    bench.vp.R[ESP] = STACK3 - 12;
    expect(bench.run('Iret')).toBe(STATUS_BRANCHED);
    expect([bench.vp.flags(), bench.vp.R[ESP]]).toEqual([2, STACK3]);
  });
});

describe('fast system calls', () => {
  test('SYSENTER and SYSEXIT', () => {
    const bench = Bench.protectedMode();
    const { R } = bench.vp;
    bench.enter(3);
    expect(bench.run('Sysenter')).toBe(1);
    expect(bench.fault).toBe('13(0)');
    R[lane32('sysenterCs')] = CODE0;
    R[lane32('sysenterEsp')] = STACK0;
    R[lane32('sysenterEip')] = 0xc000_0000 | 0;
    bench.vp.setFlags(0x200, 0x200);
    expect(bench.run('Sysenter')).toBe(STATUS_BRANCHED);
    expect([R[RIP], R[ESP], bench.vp.cpl, selector(bench, CS), selector(bench, SS), R[RFLAGS] & 0x200]).toEqual([0xc000_0000 | 0, STACK0, 0, CODE0, CODE0 + 8, 0]);
    R[ECX] = STACK3;
    R[EDX] = 0x1234;
    expect(bench.run('Sysexit')).toBe(STATUS_BRANCHED);
    expect([R[RIP], R[ESP], bench.vp.cpl, selector(bench, CS), selector(bench, SS)]).toEqual([0x1234, STACK3, 3, CODE3, DATA3]);
    expect(bench.run('Sysexit')).toBe(1);
  });

  test('SYSCALL and SYSRET need EFER.SCE', () => {
    const bench = Bench.protectedMode();
    const { R } = bench.vp;
    expect([bench.run('Syscall'), bench.fault]).toEqual([1, '6(-1)']);
    R[EFER] = 1;
    R[lane32('star')] = 0x7000;
    R[lane32('star') + 1] = ((CODE3 & ~3) << 16) | CODE0;
    bench.enter(3);
    R[RIP] = 0x300;
    expect(bench.run('Syscall')).toBe(STATUS_BRANCHED);
    expect([R[RIP], R[ECX], bench.vp.cpl]).toEqual([0x7000, 0x302, 0]);
    expect(bench.run('Sysret')).toBe(STATUS_BRANCHED);
    expect([R[RIP], bench.vp.cpl, selector(bench, CS), R[RFLAGS] & 0x200]).toEqual([0x302, 3, CODE3, 0x200]);
  });
});

describe('task switches', () => {
  function writeTask(bench: Bench, at: number, values: { ip: number; flags: number; cs: number; data: number; esp: number; ldt?: number; trap?: boolean }): void {
    bench.write32(at + 0x20, values.ip);
    bench.write32(at + 0x24, values.flags);
    for (let i = 0; i < 8; i++) bench.write32(at + 0x28 + 4 * i, 0x100 + i);
    bench.write32(at + 0x38, values.esp);
    for (let i = 0; i < 6; i++) bench.write32(at + 0x48 + 4 * i, i === CS ? values.cs : values.data);
    bench.write32(at + 0x60, values.ldt ?? 0);
    bench.write32(at + 0x64, values.trap === true ? 1 : 0);
  }

  function busy(bench: Bench, task: number): boolean {
    return ((bench.read32(GDT + task + 4) >>> 9) & 1) !== 0;
  }

  const TASK_VALUES = { ip: 0x7777, flags: 0x202, cs: CODE3, data: DATA3, esp: STACK3 };

  test('JMP saves the old task and loads the new', () => {
    const bench = Bench.protectedMode();
    bench.write32(GDT + TASK + 4, bench.read32(GDT + TASK + 4) | 0x200);
    writeTask(bench, TSS2, TASK_VALUES);
    bench.vp.R[0] = 0xabcd;
    expect(bench.run('Jmpf_Ap', { immediate: 0, immediate2: TASK2, nextIp: 0x999 })).toBe(STATUS_BRANCHED);
    expect([bench.read32(TSS + 0x20), bench.read32(TSS + 0x28), bench.read32(TSS + 0x38), bench.read16(TSS + 0x4c)]).toEqual([0x999, 0xabcd, STACK0, CODE0]);
    const { vp } = bench;
    expect([vp.R[RIP], vp.R[0], vp.R[ESP], vp.cpl, vp.flags(), selector(bench, 7)]).toEqual([0x7777, 0x100, STACK3, 3, 0x202, TASK2]);
    expect([busy(bench, TASK), busy(bench, TASK2), (vp.R[CR0] >>> 3) & 1]).toEqual([false, true, 1]);
  });

  test('CALL nests and IRET returns', () => {
    const bench = Bench.protectedMode();
    bench.write32(GDT + TASK + 4, bench.read32(GDT + TASK + 4) | 0x200);
    writeTask(bench, TSS2, { ...TASK_VALUES, cs: CODE0, data: DATA0, esp: 0x8800 });
    bench.vp.R[RIP] = 0x100;
    expect(bench.run('Callf_Ap', { immediate: 0, immediate2: TASK2, nextIp: 0x107 })).toBe(STATUS_BRANCHED);
    expect([bench.read16(TSS2), bench.vp.flags() & 0x4000, busy(bench, TASK), busy(bench, TASK2)]).toEqual([TASK, 0x4000, true, true]);
    expect(bench.run('Iret')).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], selector(bench, 7), bench.vp.flags() & 0x4000, busy(bench, TASK), busy(bench, TASK2)]).toEqual([0x107, TASK, 0, true, false]);
    expect(bench.read32(TSS2 + 0x24) & 0x4000).toBe(0);
  });

  test('an interrupt through a task gate pushes nothing on the old stack', () => {
    const bench = Bench.protectedMode();
    writeTask(bench, TSS2, { ...TASK_VALUES, cs: CODE0, data: DATA0, esp: 0x8800 });
    bench.writeGate(0x22, TASK2, 0, 0x85);
    bench.vp.R[RIP] = 0x100;
    expect(deliverExternal(bench.vp, EVENT_HARDWARE, 0x22)).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.vp.R[ESP], bench.read32(TSS + 0x38), bench.read32(TSS + 0x20)]).toEqual([0x7777, 0x8800, STACK0, 0x100]);
  });

  test('a fault after the switch belongs to the new task', () => {
    const bench = Bench.protectedMode();
    writeTask(bench, TSS2, { ...TASK_VALUES, cs: CODE0, data: DATA0, esp: 0x8800, ldt: DATA0 });
    // The handler runs in a task of its own: the new one has no usable segments yet.
    bench.writeDescriptor(FREE, 0x3c00, 0x67, 0x0089);
    writeTask(bench, 0x3c00, { ...TASK_VALUES, ip: 0x6666, cs: CODE0, data: DATA0, esp: 0x8c00 });
    bench.writeGate(10, FREE, 0, 0x85);
    expect(bench.run('Jmpf_Ap', { immediate: 0, immediate2: TASK2 })).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.stack(1)[0], bench.read16(0x3c00), bench.read32(TSS2 + 0x20)]).toEqual([0x6666, DATA0, TASK2, 0x7777]);
  });

  test('a TSS that is too short, busy or absent leaves the old task alone', () => {
    const bench = Bench.protectedMode();
    const jump = (): string => (bench.run('Jmpf_Ap', { immediate: 0, immediate2: TASK2 }) === 1 ? bench.fault : 'ok');
    bench.writeDescriptor(TASK2, TSS2, 0x66, 0x0089);
    expect(jump()).toBe('10(30)');
    bench.writeDescriptor(TASK2, TSS2, 0x67, 0x008b);
    expect(jump()).toBe('13(30)');
    bench.writeDescriptor(TASK2, TSS2, 0x67, 0x0009);
    expect(jump()).toBe('11(30)');
    expect(selector(bench, 7)).toBe(TASK);
  });

  test('the T flag traps before the first instruction', () => {
    const bench = Bench.protectedMode();
    writeTask(bench, TSS2, { ...TASK_VALUES, cs: CODE0, data: DATA0, esp: 0x8800, trap: true });
    expect(bench.run('Jmpf_Ap', { immediate: 0, immediate2: TASK2 })).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.stack(1)[0], bench.vp.R[DR6] & 0x8000]).toEqual([0x5000 + 16, 0x7777, 0x8000]);
  });

  test('local breakpoints end with the task, global ones go on', () => {
    const bench = Bench.protectedMode();
    writeTask(bench, TSS2, { ...TASK_VALUES, cs: CODE0, data: DATA0, esp: 0x8800 });
    const { vp, debug } = bench;
    vp.R[DR7] = 0x401 | 8;
    debug.update();
    expect(debug.hasInstructionBreakpoints).toBe(true);
    expect(bench.run('Jmpf_Ap', { immediate: 0, immediate2: TASK2 })).toBe(STATUS_BRANCHED);
    expect([vp.R[DR7], debug.hasInstructionBreakpoints]).toEqual([0x408, true]);
    vp.R[DR7] = 0x401;
    debug.update();
    bench.write32(GDT + TASK + 4, bench.read32(GDT + TASK + 4) & ~0x200);
    expect(bench.run('Jmpf_Ap', { immediate: 0, immediate2: TASK })).toBe(STATUS_BRANCHED);
    expect([vp.R[DR7], debug.hasInstructionBreakpoints]).toEqual([0x400, false]);
  });

  test('a 16-bit TSS, through a task gate in the GDT', () => {
    const bench = Bench.protectedMode();
    bench.writeDescriptor(FREE2, TSS2, 0x2b, 0x0081);
    bench.writeGateAt(GDT + FREE, FREE2, 0, 0x85, 0);
    bench.write16(TSS2 + 0x0e, 0x4321);
    bench.write16(TSS2 + 0x10, 0x46);
    bench.write16(TSS2 + 0x12, 0x1234);
    bench.write16(TSS2 + 0x1a, 0x8800);
    [DATA0, CODE0, DATA0, DATA0].forEach((value, i) => bench.write16(TSS2 + 0x22 + 2 * i, value));
    expect(bench.run('Jmpf_Ap', { immediate: 0, immediate2: FREE })).toBe(STATUS_BRANCHED);
    expect([bench.vp.R[RIP], bench.vp.U[0], selector(bench, 7), bench.vp.flags()]).toEqual([0x4321, 0xffff_1234, FREE2, 0x46]);
    expect(bench.vp.R[SEG_ATTRIBUTES + 7] & 15).toBe(3);
  });

  test('it runs alone', () => {
    const bench = Bench.protectedMode();
    bench.vp.io.end(true);
    expect(bench.run('Jmpf_Ap', { immediate: 0, immediate2: TASK2 })).toBe(STATUS_ALONE);
    expect(bench.vp.R[FAULT]).toBe(0);
  });
});
