import { BreakpointSize, BreakpointType } from '@ringzero/processor';
import type { DebugState, HardwareBreakpoint } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { al, byte, dr0, dr6, dr7, dword, eax, ebx, ecx, edi, esi, esp, word } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { addAndHalt, echo, haltAtOnce, OUT_PORT } from '../programs/core.ts';
import { enterEnvironment } from '../programs/environment.ts';
import type { Gate } from '../programs/program.ts';
import { CODE, DATA, RESULT_PORT } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';
import { machineWith } from './contract.ts';

function debugState(...breakpoints: readonly HardwareBreakpoint[]): DebugState {
  return { singleStep: false, breakpoints: [breakpoints[0], breakpoints[1], breakpoints[2], breakpoints[3]] };
}

function execute(address: number): HardwareBreakpoint {
  return { address: BigInt(address), type: BreakpointType.execute, size: BreakpointSize.byte };
}

function machineWithGates(context: SuiteContext, code: Assembler, gates: Readonly<Record<number, Gate>>): TestMachine {
  const machine = new TestMachine(context.create());
  enterEnvironment(machine, 32, code, gates);
  return machine;
}

function stepping(context: SuiteContext): void {
  const { create, test } = context;

  test('steps one instruction at a time', [], async () => {
    const machine = machineWith(create(), addAndHalt());
    const places: number[] = [];
    for (let i = 0; i < 6; i++) {
      expect(await machine.step()).toEqual({ kind: 'singleStep' });
      places.push(Number(machine.registers.rip) - CODE);
    }
    expect(places).toEqual([5, 8, 13, 15, 16, 17]);
    expect(machine.io.written(OUT_PORT)).toEqual([42]);
    expect(machine.processor.accessState(0).get('activity').mpState).toBe('halted');
    expect(machine.clock.instructions).toBe(6);
  });

  test('steps over an access that a device answers later', [], async () => {
    const machine = machineWith(create(), echo());
    machine.io.reply = async (value) => value;
    for (let i = 0; i < 3; i++) await machine.step();
    expect(machine.io.log.length).toBe(2);
    expect(machine.registers.rip).toBe(BigInt(CODE + 7));
  });

  test('runs freely again once stepping is off', [], async () => {
    const machine = machineWith(create(), echo());
    await machine.step();
    expect(await machine.runToIdle()).toEqual({ kind: 'stop' });
    expect(machine.registers.rcx).toBe(8n);
  });

  test('steps one iteration of a repeated string instruction', ['instructions'], async () => {
    const a = new Assembler(32, CODE).op('cld').mov(esi, CODE).mov(edi, DATA).mov(ecx, 3);
    const rep = a.here;
    const machine = machineWith(create(), a.rep().op('movsb', 'cli', 'hlt'));
    for (let i = 0; i < 4; i++) await machine.step();
    const seen: [number, bigint][] = [];
    for (let i = 0; i < 3; i++) {
      await machine.step();
      seen.push([Number(machine.registers.rip), machine.registers.rcx]);
    }
    expect(seen).toEqual([[rep, 2n], [rep, 1n], [rep + 2, 0n]]);
  });

  test('steps into calls, jumps, software interrupts and faults', ['instructions', 'faults'], async () => {
    const a = new Assembler(32, CODE).call('routine').short('jmp', 'next').op('nop').label('next').int(0x30).op('ud2').label('after').op('cli', 'hlt');
    a.label('routine').op('ret').label('interrupt').op('iret').label('fault').alu('add', dword({ base: esp }), 2).op('iret');
    const machine = machineWithGates(context, a, { 0x30: 'interrupt', 6: 'fault' });
    const places: number[] = [];
    for (let i = 0; i < 8; i++) {
      expect(await machine.step()).toEqual({ kind: 'singleStep' });
      places.push(Number(machine.registers.rip));
    }
    const at = (label: string): number => a.addressOf(label);
    // The instruction that faults ends at the handler's first instruction.
    expect(places).toEqual([at('routine'), CODE + 5, at('next'), at('interrupt'), at('next') + 2, at('fault'), at('fault') + 8, at('after')]);
  });

  test('hides from the guest: no TF in the flags it pushes', ['instructions'], async () => {
    const machine = machineWith(create(), new Assembler(32, CODE).op('pushf').push(eax).op('popf', 'cli', 'hlt'));
    for (let i = 0; i < 3; i++) await machine.step();
    expect(machine.read32(0x30000 - 4) & 0x100).toBe(0);
    expect(machine.registers.rflags & 0x100n).toBe(0n);
  });

  test("leaves the guest's own single-stepping alone", ['instructions', 'faults'], async () => {
    const results: number[][] = [];
    for (const debugged of [false, true]) {
      const a = new Assembler(32, CODE).alu('xor', ebx, ebx).op('pushf').alu('or', dword({ base: esp }), 0x100).op('popf').op('nop', 'into', 'nop').op('pushf');
      a.alu('and', dword({ base: esp }), ~0x100).op('popf').op('nop').mov(eax, ebx).out(RESULT_PORT, eax).op('cli', 'hlt');
      a.label('trap').inc(ebx).op('iret');
      const machine = machineWithGates(context, a, { 1: 'trap' });
      if (debugged) for (let i = 0; i < 12; i++) await machine.step();
      await machine.runToIdle();
      results.push(machine.io.written(RESULT_PORT));
    }
    // After each NOP, the INTO that finds OF clear, PUSHF, AND and the POPF that clears TF: it traps too, as TF was set when it began.
    expect(results).toEqual([[6], [6]]);
  });
}

function breakpoints(context: SuiteContext): void {
  const { create, test } = context;

  test('stops before an instruction', ['breakpoints'], async () => {
    const machine = machineWith(create(), echo());
    const breakpoint = execute(CODE + 7 * 3);
    machine.processor.setDebugState(0, debugState(execute(CODE + 1), breakpoint));
    expect(await machine.runToIdle()).toEqual({ kind: 'hwBreak', breakpoint });
    expect(machine.registers.rip).toBe(BigInt(CODE + 21));
    expect(machine.registers.rcx).toBe(3n);
    expect(machine.io.log.length).toBe(6);
    // On again: the instruction runs, and the breakpoint is not met a second time.
    expect(await machine.runToIdle()).toEqual({ kind: 'stop' });
    expect(machine.registers.rcx).toBe(8n);
  });

  test('stops each time round a loop', ['breakpoints', 'instructions'], async () => {
    const a = new Assembler(32, CODE).mov(ecx, 4).label('loop').inc(eax).short('loop', 'loop').op('cli', 'hlt');
    const machine = machineWith(create(), a);
    machine.processor.setDebugState(0, debugState(execute(a.addressOf('loop'))));
    const counts: bigint[] = [];
    for (;;) {
      const halt = await machine.runToIdle();
      if (halt.kind !== 'hwBreak') break;
      counts.push(machine.registers.rcx);
    }
    expect(counts).toEqual([4n, 3n, 2n, 1n]);
  });

  test('forgets breakpoints that are taken away', ['breakpoints'], async () => {
    const machine = machineWith(create(), echo());
    machine.processor.setDebugState(0, debugState(execute(CODE + 7)));
    machine.processor.setDebugState(0, undefined);
    expect(await machine.runToIdle()).toEqual({ kind: 'stop' });
  });

  const watch = (type: BreakpointType, size: BreakpointSize, address: number): HardwareBreakpoint => ({ address: BigInt(address), type, size });
  const { write, readOrWrite } = BreakpointType;
  const cases: readonly { readonly name: string; readonly breakpoint: HardwareBreakpoint; readonly hits: readonly string[] }[] = [
    { name: 'writes of four bytes', breakpoint: watch(write, BreakpointSize.dword, DATA), hits: ['w32', 'w8', 'rmw', 'push', 'rep'] },
    { name: 'reads and writes', breakpoint: watch(readOrWrite, BreakpointSize.dword, DATA), hits: ['w32', 'w8', 'r16', 'rmw', 'push', 'rep'] },
    { name: 'one byte', breakpoint: watch(readOrWrite, BreakpointSize.byte, DATA + 1), hits: ['w32', 'w8', 'rmw', 'push', 'rep'] },
    { name: 'two bytes', breakpoint: watch(readOrWrite, BreakpointSize.word, DATA + 2), hits: ['w32', 'r16', 'rmw', 'push'] },
    { name: 'bytes that nobody touches', breakpoint: watch(readOrWrite, BreakpointSize.dword, DATA + 4), hits: [] },
  ];
  for (const { name, breakpoint, hits } of cases) {
    test(`watches ${name}, after the access`, ['breakpoints', 'instructions'], async () => {
      const a = new Assembler(32, CODE).op('cld').mov(eax, 1).mov(dword(DATA), eax).label('w32').mov(byte(DATA + 1), 9).label('w8');
      a.db(0x66, 0xa1).dd(DATA + 2).label('r16').inc(dword(DATA)).label('rmw').mov(ebx, esp).mov(esp, DATA + 4).push(ecx).label('push').mov(esp, ebx);
      a.mov(edi, DATA - 1).mov(ecx, 3).mov(al, 0x11).rep().op('stosb').label('rep').op('cli', 'hlt');
      const machine = machineWith(create(), a);
      machine.processor.setDebugState(0, debugState(breakpoint));
      const seen: string[] = [];
      for (;;) {
        const halt = await machine.runToIdle();
        if (halt.kind !== 'hwBreak') break;
        expect(halt.breakpoint).toEqual(breakpoint);
        const rip = Number(machine.registers.rip);
        const place = ['w32', 'w8', 'r16', 'rmw', 'push', 'rep'].find((label) => a.addressOf(label) === rip) ?? (rip === a.addressOf('rep') - 2 ? 'rep' : rip.toString(16));
        if (seen.at(-1) !== place) seen.push(place);
      }
      expect(seen).toEqual(hits);
      expect(machine.registers.rip).toBe(BigInt(a.addressOf('rep') + 2));
    });
  }

  test("leaves the guest's own breakpoints alone", ['breakpoints', 'instructions', 'faults'], async () => {
    const a = new Assembler(32, CODE).mov(eax, 'here').mov(dr0, eax).mov(eax, 0x402).mov(dr7, eax).mov(ecx, 2);
    a.label('loop').op('nop').label('here').inc(ebx).label('there').short('loop', 'loop');
    a.mov(eax, edi).out(RESULT_PORT, eax).op('cli', 'hlt');
    // Counts, and sets RF so that the instruction runs on return.
    a.label('trap').mov(esi, dr6).inc(edi).bit('bts', dword({ base: esp, displacement: 8 }), 16).op('iret');
    const machine = machineWithGates(context, a, { 1: 'trap' });
    machine.processor.setDebugState(0, debugState(execute(a.addressOf('there'))));
    const seen: [bigint, bigint][] = [];
    for (;;) {
      const halt = await machine.runToIdle();
      if (halt.kind !== 'hwBreak') break;
      seen.push([machine.registers.rbx, machine.registers.rdi]);
    }
    expect(seen).toEqual([[1n, 1n], [2n, 2n]]);
    expect(machine.io.written(RESULT_PORT)).toEqual([2]);
    expect(machine.registers.rsi & 0xfn).toBe(1n);
    expect(machine.processor.accessState(0).get('debugRegs')).toMatchObject({ dr0: BigInt(a.addressOf('here')), dr7: 0x402n });
  });

  test("reports the guest's own data watchpoints to the guest", ['breakpoints', 'instructions', 'faults'], async () => {
    const a = new Assembler(32, CODE).mov(eax, DATA).mov(dr0, eax).mov(eax, 0x000d_0402).mov(dr7, eax);
    a.mov(word(DATA), 5).label('after').op('nop').mov(eax, edi).out(RESULT_PORT, eax).op('cli', 'hlt');
    a.label('trap').mov(edi, dword({ base: esp })).op('iret');
    const machine = machineWithGates(context, a, { 1: 'trap' });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([a.addressOf('after')]);
  });
}

/** A debugger's steps and breakpoints, and the guest's own beside them. */
export function debugPart(context: SuiteContext): void {
  stepping(context);
  breakpoints(context);

  context.test('refuses a breakpoint of the invalid type', ['breakpoints'], () => {
    const machine = machineWith(context.create(), haltAtOnce());
    const invalid = { address: 0n, type: BreakpointType.invalid, size: BreakpointSize.byte };
    expect(() => machine.processor.setDebugState(0, debugState(invalid))).toThrow();
  });
}
