import { StopVpSource } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { ax, cs, ds, dword, eax, ebx, ecx, edx, esp, word } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment, USER_CODE, USER_DATA } from '../programs/environment.ts';
import type { Gate } from '../programs/program.ts';
import { CODE, DATA, RESULT_PORT, STACK } from '../programs/program.ts';
import type { Ability, SuiteContext } from './context.ts';

const NEEDS: readonly Ability[] = ['interrupts', 'instructions', 'faults'];
/** The line that the programs monitor, and a neighbour. */
const LINE = DATA + 0x40;
const MISC_ENABLE = 0x1a0;

/** MONITOR of {@link LINE}. */
function arm(a: Assembler, ecxValue: number = 0): Assembler {
  return a.mov(eax, LINE + 8).mov(ecx, ecxValue).mov(edx, 0).op('monitor');
}

function wait(a: Assembler, extensions: number = 0): Assembler {
  return a.mov(eax, 0).mov(ecx, extensions).op('mwait');
}

/** Reports EBX and halts for good. */
function finish(a: Assembler): Assembler {
  return a.op('cli').mov(eax, ebx).out(RESULT_PORT, eax).op('hlt');
}

function load(context: SuiteContext, code: Assembler, gates: Readonly<Record<number, Gate>> = {}): TestMachine {
  const machine = new TestMachine(context.create());
  enterEnvironment(machine, 32, code, gates);
  return machine;
}

function raiseLineAfter(machine: TestMachine, instructions: number): void {
  machine.clock.afterInstructions(instructions, () => {
    machine.io.picVectors.push(0x33);
    machine.partition.pulseLint(0, 0, 0);
  });
}

const HANDLER = (a: Assembler): Assembler => a.label('handler').alu('add', ebx, 100).op('iret');

function waits(context: SuiteContext): void {
  const { test } = context;

  test('MWAIT goes on at once where nothing is monitored, or the line was written since', NEEDS, async () => {
    const a = wait(new Assembler(32, CODE).mov(ebx, 1));
    wait(arm(a).mov(dword(LINE + 60), eax));
    const machine = load(context, finish(a.inc(ebx)));
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([2]);
    expect(machine.clock.now()).toBeLessThan(1000);
  });

  test('MWAIT sleeps until an interrupt, which is delivered', NEEDS, async () => {
    const a = HANDLER(finish(wait(arm(new Assembler(32, CODE).mov(ebx, 1)).op('sti')).inc(ebx)));
    const machine = load(context, a, { 0x33: 'handler' });
    raiseLineAfter(machine, 5000);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([102]);
    expect(machine.clock.now()).toBeGreaterThanOrEqual(50_000);
    expect(machine.clock.now()).toBeLessThan(50_300);
  });

  test('a masked interrupt ends the wait where the extension says so, and is not delivered', NEEDS, async () => {
    for (const extension of [0, 1]) {
      const a = HANDLER(finish(wait(arm(new Assembler(32, CODE).mov(ebx, 1)).op('cli'), extension).inc(ebx)));
      const machine = load(context, a, { 0x33: 'handler' });
      raiseLineAfter(machine, 5000);
      await machine.runToIdle();
      expect(machine.io.written(RESULT_PORT)).toEqual(extension === 0 ? [] : [2]);
    }
  });

  test('a device that writes to the line ends the wait, and not one that writes beside it', NEEDS, async () => {
    const machine = load(context, finish(wait(arm(new Assembler(32, CODE).mov(ebx, 1)).op('cli')).inc(ebx)));
    machine.clock.afterInstructions(3000, () => machine.memory.writeBytes(LINE - 1, Uint8Array.of(1)));
    machine.clock.afterInstructions(4000, () => machine.memory.writeBytes(LINE + 64, Uint8Array.of(1)));
    machine.clock.afterInstructions(5000, () => machine.memory.writeBytes(LINE + 63, Uint8Array.of(1)));
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([2]);
    expect(machine.clock.now()).toBeGreaterThanOrEqual(50_000);
  });

  test('a saved state holds the wait, which the same ends in both copies', NEEDS, async () => {
    const code = (): Assembler => finish(wait(arm(new Assembler(32, CODE).mov(ebx, 1)).op('cli')).inc(ebx));
    const first = load(context, code());
    await first.runToIdle();
    expect(first.io.written(RESULT_PORT)).toEqual([]);
    const second = load(context, code());
    second.restore(first.save());
    for (const machine of [first, second]) {
      const before = machine.clock.now();
      machine.clock.afterInstructions(5000, () => machine.memory.writeBytes(LINE + 3, Uint8Array.of(1)));
      await machine.runToIdle();
      expect(machine.clock.now()).toBeGreaterThanOrEqual(before + 50_000);
      expect(machine.io.written(RESULT_PORT)).toEqual([2]);
    }
  });

  test('another processor that writes to the line ends the wait', NEEDS, async () => {
    // The other one starts in real mode, writes the line again and again, and stops when it is told.
    const AP = 0x11000;
    const a = new Assembler(32, CODE).mov(ebx, 0);
    a.mov(dword(0xfee0_0310 | 0), 1 << 24).mov(dword(0xfee0_0300 | 0), 0x4500).mov(dword(0xfee0_0300 | 0), 0x4600 | (AP >> 12));
    a.label('next').inc(ebx);
    wait(arm(a)).alu('cmp', ebx, 20).j('nz', 'next').mov(dword(DATA), 1).mov(eax, ebx).out(RESULT_PORT, eax).op('cli', 'hlt');
    const ap = new Assembler(16, AP).mov(ax, DATA >> 4).mov(ds, ax).label('again').inc(word(LINE - DATA)).alu('cmp', word(0), 0).j('z', 'again').op('cli', 'hlt');
    const machine = new TestMachine(context.create(), { vps: 2 });
    enterEnvironment(machine, 32, a);
    machine.memory.writeBytes(AP, ap.bytes());
    const stop = new StopVpSource();
    machine.io.onWrite.set(RESULT_PORT, () => stop.stop());
    await Promise.all(machine.processors.map((processor) => processor.runVp(stop.checker(), machine.io)));
    expect(machine.io.written(RESULT_PORT)).toEqual([20]);
  });
}

function faults(context: SuiteContext): void {
  const { test } = context;
  /** Every #UD and #GP reports its vector and goes on at the label in EBX. */
  const gates = { 6: 'undefined', 13: 'protection' };
  const handlers = (a: Assembler): Assembler => {
    a.label('undefined').mov(eax, 6).out(RESULT_PORT, eax).mov(dword({ base: esp }), ebx).op('iret');
    return a.label('protection').mov(eax, 13).out(RESULT_PORT, eax).alu('add', esp, 4).mov(dword({ base: esp }), ebx).op('iret');
  };

  test('extensions that do not exist, and segment limits', NEEDS, async () => {
    const a = new Assembler(32, CODE).mov(ebx, 'one');
    arm(a, 1).label('one').mov(ebx, 'two');
    wait(a, 2).label('two').mov(ebx, 'three');
    // Through CS's alias of 64 KB in DS.
    a.mov(ax, 0x38).mov(ds, ax).mov(eax, 0x10000).mov(ecx, 0).op('monitor').label('three').op('cli', 'hlt');
    const machine = load(context, handlers(a), gates);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([13, 13, 13]);
  });

  test('undefined in ring 3, and where IA32_MISC_ENABLE says so; CPUID follows', NEEDS, async () => {
    const a = new Assembler(32, CODE);
    const report = (): Assembler => a.mov(eax, 1).op('cpuid').alu('and', ecx, 8).mov(eax, ecx).out(RESULT_PORT, eax);
    const toggle = (): Assembler => a.mov(ecx, MISC_ENABLE).op('rdmsr').alu('xor', eax, 1 << 18).op('wrmsr');
    report();
    toggle();
    report().mov(ebx, 'one');
    arm(a).label('one').mov(ebx, 'two');
    wait(a).label('two');
    toggle();
    report().mov(ax, 0x28).ltr(ax).push(USER_DATA).push(STACK - 0x2000).push(2).push(USER_CODE).push('user').op('iret');
    a.label('user').mov(ebx, 'three').op('monitor').label('three').mov(ebx, 'four').op('mwait').label('four').mov(ax, cs).op('hlt');
    // The HLT of ring 3 is a #GP that goes to `four` for ever: the last handler ends it.
    a.label('undefined').mov(eax, 6).out(RESULT_PORT, eax).mov(dword({ base: esp }), ebx).op('iret').label('protection').op('cli', 'hlt');
    const machine = load(context, a, gates);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([8, 0, 6, 6, 8, 6, 6]);
  });
}

/** MONITOR and MWAIT (SDM vol. 3A §8.10). */
export function monitorPart(context: SuiteContext): void {
  waits(context);
  faults(context);
}
