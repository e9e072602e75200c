import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { al, dr0, dr7, dword, eax, ebx, ecx, edi, edx, esi, esp, ss } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment } from '../programs/environment.ts';
import type { Gate } from '../programs/program.ts';
import { CODE, DATA, RESULT_PORT } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';

const TF = 8;
const RF = 16;
const EOI = 0xfee0_00b0 | 0;
const VECTOR = 0x33;

function load(context: SuiteContext, code: Assembler, gates: Readonly<Record<number, Gate>>): TestMachine {
  const machine = new TestMachine(context.create());
  enterEnvironment(machine, 32, code, gates);
  return machine;
}

/** A handler that writes RF of the flags above `offset` on its stack; EBX counts them. */
function reporting(a: Assembler, offset: number): Assembler {
  return a.push(eax).mov(eax, dword({ base: esp, displacement: offset + 4 })).shift('shr', eax, RF).alu('and', eax, 1).out(RESULT_PORT, eax).pop(eax).inc(ebx);
}

/** RF of the flags that events push (SDM vol. 3B §17.3.1.1). */
export function resumeFlagPart(context: SuiteContext): void {
  const { test } = context;

  test('is pushed set by an interrupt between two runs of a REP instruction, and clear after the last', ['instructions', 'interrupts'], async () => {
    const a = new Assembler(32, CODE).op('sti').mov(edi, DATA + 0x800).mov(ecx, 0x1000).mov(al, 0x5a).label('rep').rep().op('stosb').label('after').op('nop', 'cli').mov(eax, ecx).out(RESULT_PORT, eax).op('hlt');
    reporting(a.label('handler'), 8).mov(dword(EOI), 0).op('iret');
    for (const [place, expected] of [['rep', 1], ['after', 0]] as const) {
      const machine = load(context, a, { [VECTOR]: 'handler' });
      // STI, three moves, and one run to the end of the page; or two.
      await machine.runInstructions(place === 'rep' ? 5 : 6);
      expect(machine.registers.rip).toBe(BigInt(a.addressOf(place)));
      machine.partition.requestMsi(0, { address: 0xfee0_0000n, data: VECTOR });
      await machine.runToIdle();
      expect(machine.io.written(RESULT_PORT)).toEqual([expected, 0]);
      expect(machine.registers.rdi).toBe(BigInt(DATA + 0x1800));
    }
  });

  test('lasts from an IRET that sets it through the next instruction, wherever the processor stops', ['instructions'], async () => {
    const a = new Assembler(32, CODE).label('loop').push((1 << RF) | 2).db(0x0e).push('target').op('iret').label('target').inc(ebx).jmp('loop');
    for (let instructions = 1; instructions <= 40; instructions++) {
      const machine = load(context, a, {});
      await machine.runInstructions(instructions);
      expect((machine.registers.rflags >> BigInt(RF)) & 1n).toBe(machine.registers.rip === BigInt(a.addressOf('target')) ? 1n : 0n);
    }
  });

  test('is pushed set by single-step traps between iterations', ['instructions', 'faults'], async () => {
    const a = new Assembler(32, CODE).mov(edi, DATA).mov(ecx, 3).op('pushf').bit('bts', dword({ base: esp }), TF).op('popf');
    a.rep().op('stosb').op('nop').op('pushf').bit('btr', dword({ base: esp }), TF).op('popf').op('cli', 'hlt');
    reporting(a.label('trap'), 8).op('iret');
    const machine = load(context, a, { 1: 'trap' });
    await machine.runToIdle();
    // Three iterations, NOP, PUSHF, BTR, POPF.
    expect(machine.io.written(RESULT_PORT)).toEqual([1, 1, 0, 0, 0, 0, 0]);
  });

  test('is pushed set by faults, but not by instruction breakpoints or traps', ['instructions', 'faults'], async () => {
    const a = new Assembler(32, CODE).mov(eax, 'here').mov(dr0, eax).mov(eax, 0x402).mov(dr7, eax).mov(esi, 0);
    a.label('here').op('nop').op('int3').op('ud2').op('cli', 'hlt');
    reporting(a.label('trap'), 8).bit('bts', dword({ base: esp, displacement: 8 }), RF).op('iret');
    reporting(a.label('breakpoint'), 8).op('iret');
    reporting(a.label('undefined'), 8).alu('add', dword({ base: esp }), 2).op('iret');
    const machine = load(context, a, { 1: 'trap', 3: { label: 'breakpoint', dpl: 0 }, 6: 'undefined' });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0, 0, 1]);
    expect(machine.registers.rbx).toBe(3n);
  });

  test('nothing is reported at the instruction behind a load of SS', ['instructions', 'faults'], async () => {
    const a = new Assembler(32, CODE).mov(eax, 'behind').mov(dr0, eax).mov(eax, 0x402).mov(dr7, eax).mov(eax, ss).mov(ss, eax).label('behind').op('nop').jmp('behind2');
    // Reached by a jump, the same instruction is reported.
    a.label('behind2').bit('btc', edx, 0).op('cmc').j('nc', 'behind').op('cli', 'hlt');
    reporting(a.label('trap'), 8).bit('bts', dword({ base: esp, displacement: 8 }), RF).op('iret');
    const machine = load(context, a, { 1: 'trap' });
    machine.setRegisters({ rdx: 1n });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0]);
  });
}
