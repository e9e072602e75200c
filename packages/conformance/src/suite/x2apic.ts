import { StopVpSource, type ApicMode } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { eax, ebx, ecx, edx } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment } from '../programs/environment.ts';
import { CODE, RESULT_PORT } from '../programs/program.ts';
import type { Ability, SuiteContext } from './context.ts';

const NEEDS: readonly Ability[] = ['interrupts', 'instructions', 'faults'];
const APIC_BASE = 0x1b;
const X2APIC = 0x400;
const TSC_DEADLINE = 0x6e0;
const VECTOR = 0x51;

function readMsr(a: Assembler, index: number): Assembler {
  return a.mov(ecx, index).op('rdmsr');
}

function writeMsr(a: Assembler, index: number, low: number, high: number = 0): Assembler {
  return a.mov(ecx, index).mov(eax, low).mov(edx, high).op('wrmsr');
}

/** Sets bit 10 of IA32_APIC_BASE. */
function enable(a: Assembler): Assembler {
  return readMsr(a, APIC_BASE).alu('or', eax, X2APIC).op('wrmsr');
}

function report(a: Assembler): Assembler {
  return a.out(RESULT_PORT, eax);
}

function machineOf(context: SuiteContext, apicMode: ApicMode, code: Assembler, vps: number = 1): TestMachine {
  const machine = new TestMachine(context.create(), { apicMode, vps });
  enterEnvironment(machine, 32, code, { 13: 'protection', [VECTOR]: 'interrupt' });
  return machine;
}

/** A #GP reports itself and goes on two bytes further; an interrupt counts in EBX and ends itself through the EOI register. */
function handlers(a: Assembler): Assembler {
  a.label('protection').mov(eax, 13).out(RESULT_PORT, eax).pop(eax).pop(eax).alu('add', eax, 2).push(eax).op('iret');
  a.label('interrupt').alu('add', ebx, 1).push(eax).push(ecx).push(edx);
  return writeMsr(a, 0x80b, 0).pop(edx).pop(ecx).pop(eax).op('iret');
}

/** x2APIC mode (SDM vol. 3A §10.12) and the TSC-deadline timer, as a guest finds them in each mode of the topology. */
export function x2apicPart(context: SuiteContext): void {
  const { test } = context;
  if (!context.create().cpuModels.some((model) => model.name === 'max' && model.hasX2apic)) {
    test('is offered by none of the models', [], () => expect(context.create().cpuModels.filter(({ hasX2apic }) => hasX2apic)).toEqual([]));
    return;
  }

  test('xapic: no x2APIC, whatever the model', NEEDS, async () => {
    const a = new Assembler(32, CODE).mov(eax, 1).op('cpuid').mov(eax, ecx).alu('and', eax, 1 << 21);
    enable(report(a));
    readMsr(a, 0x802).op('cli', 'hlt');
    const machine = machineOf(context, 'xapic', handlers(a));
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0, 13, 13]);
    expect(machine.processor.accessState(0).get('apic').registers[3]).toBe(0x0005_0014);
  });

  test('x2apicSupported: off at reset, and the guest turns it on', NEEDS, async () => {
    const a = new Assembler(32, CODE).mov(eax, 1).op('cpuid').mov(eax, ecx).shift('shr', eax, 21).alu('and', eax, 1).alu('xor', ebx, ebx);
    readMsr(report(a), 0x802);
    enable(a);
    report(readMsr(a, 0x803));
    // SELF IPI with interrupts off, then on.
    writeMsr(a, 0x83f, VECTOR).mov(eax, ebx).out(RESULT_PORT, eax).op('sti', 'nop', 'nop', 'cli').mov(eax, ebx).out(RESULT_PORT, eax);
    // The task priority holds it back; a self-addressed IPI through the 64-bit ICR.
    writeMsr(a, 0x808, 0x50);
    writeMsr(a, 0x830, VECTOR, 0).op('sti', 'nop', 'nop', 'cli').mov(eax, ebx).out(RESULT_PORT, eax);
    writeMsr(a, 0x808, 0).op('sti', 'nop', 'nop', 'cli').mov(eax, ebx).out(RESULT_PORT, eax);
    // Back to xAPIC mode is not allowed; nor is a write of the logical ID.
    readMsr(a, APIC_BASE).alu('and', eax, ~X2APIC).op('wrmsr');
    writeMsr(a, 0x80d, 0).op('cli', 'hlt');
    const machine = machineOf(context, 'x2apicSupported', handlers(a));
    expect(machine.processor.accessState(0).get('apic').apicBase).toBe(0xfee0_0900n);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([1, 13, 0x0105_0014, 0, 1, 1, 2, 13, 13]);
  });

  test('x2apicEnabled: on at reset, with the IDs of the topology', NEEDS, async () => {
    const a = new Assembler(32, CODE);
    report(readMsr(a, 0x802));
    report(readMsr(a, 0x80d)).op('cli', 'hlt');
    const machine = machineOf(context, 'x2apicEnabled', handlers(a), 2);
    expect(machine.processors.map((processor) => processor.accessState(0).get('apic').apicBase)).toEqual([0xfee0_0d00n, 0xfee0_0c00n]);
    expect(machine.processors.map((processor) => processor.accessState(0).get('apic').registers.slice(2, 14)).map((registers) => [registers[0], registers[11]])).toEqual([[0, 1], [1, 2]]);
    const stop = new StopVpSource();
    machine.clock.onIdle = () => stop.stop();
    await machine.processor.runVp(stop.checker(), machine.io);
    expect(machine.io.written(RESULT_PORT)).toEqual([0, 1]);
  });

  test('the TSC-deadline timer wakes a halted processor, on any machine that the state is restored on', NEEDS, async () => {
    const code = (): Assembler => {
      const a = enable(new Assembler(32, CODE).mov(ebx, 0));
      writeMsr(a, 0x832, 0x4_0000 | VECTOR);
      writeMsr(a, TSC_DEADLINE, 100_000).op('sti', 'hlt', 'cli').mov(eax, ebx).out(RESULT_PORT, eax);
      return handlers(report(readMsr(a, TSC_DEADLINE)).op('hlt'));
    };
    const first = machineOf(context, 'x2apicSupported', code());
    await first.runInstructions(12);
    const second = machineOf(context, 'x2apicSupported', code());
    second.restore(first.save());
    for (const machine of [first, second]) {
      await machine.runToIdle();
      expect(machine.io.written(RESULT_PORT)).toEqual([1, 0]);
      const { value } = machine.processor.accessState(0).get('tsc');
      expect(value >= 100_000n && value < 101_000n, `${value}`).toBe(true);
    }
  });
}
