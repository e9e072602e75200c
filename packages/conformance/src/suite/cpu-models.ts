import { ConfigurationError, uniformTopology } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { dword, eax, ecx, edx } from '../assembler/operands.ts';
import { TestClock } from '../machine/test-clock.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment, loadProgram } from '../programs/environment.ts';
import { IGNORED_PREFIXES, instructionSetOf, MODEL_NAMES } from '../programs/models.ts';
import { CODE, RESULT_PORT, UNEXPECTED_PORT, type TestProgram } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';
import { expectResults } from './programs.ts';

/** Named CPU models: what CPUID says, the instruction set and the control bits are those of the model. */
export function cpuModelsPart({ create, test }: SuiteContext): void {
  test('refuses a model that it does not know, naming those it does', [], () => {
    const hypervisor = create();
    let caught: unknown;
    try {
      hypervisor.newPartition({ topology: uniformTopology(1), clock: new TestClock(), cpu: '8086' });
    } catch (error) {
      caught = error;
    }
    expect(ConfigurationError.isInstance(caught)).toBe(true);
    for (const { name } of hypervisor.cpuModels) expect((caught as Error).message).toContain(name);
  });

  test('has one default at most', [], () => {
    const { cpuModels } = create();
    expect(cpuModels.filter(({ isDefault }) => isDefault)).toHaveLength(Math.min(1, cpuModels.length));
    expect(new Set(cpuModels.map(({ name }) => name)).size).toBe(cpuModels.length);
  });

  const offered = new Set(create().cpuModels.map(({ name }) => name));
  for (const cpu of MODEL_NAMES.filter((name) => offered.has(name))) {
    const run = async (program: TestProgram): Promise<void> => {
      const machine = new TestMachine(create(), { cpu });
      loadProgram({ machine }, program);
      await machine.runToIdle();
      expectResults(machine, program);
    };

    test(`${cpu}: its instructions and control bits, and no others`, ['instructions', 'faults'], () => run(instructionSetOf(cpu)));
    test(`${cpu}: prefixes that it ignores`, ['instructions'], () => run(IGNORED_PREFIXES));
    test(`${cpu}: EDX holds the signature after reset, and CPUID says the same`, ['instructions'], async () => {
      const machine = new TestMachine(create(), { cpu });
      const signature = Number(machine.registers.rdx);
      expect(signature).toBe(Number(machine.partition.caps.resetRdx));
      enterEnvironment(machine, 32, new Assembler(32, CODE).mov(eax, 1).mov(ecx, 0).op('cpuid').out(RESULT_PORT, eax).mov(eax, edx).out(RESULT_PORT, eax).op('cli', 'hlt'));
      await machine.runToIdle();
      expect(machine.io.written(RESULT_PORT)[0]).toBe(signature);
    });
  }

  test('without a local APIC: none is mapped, and several processors are refused', ['instructions'], async () => {
    if (!offered.has('486')) return expect(offered.has('486')).toBe(false);
    const machine = new TestMachine(create(), { cpu: '486' });
    expect(machine.partition.caps.apic).toBe(false);
    // What lies at FEE00020h is nobody's.
    enterEnvironment(machine, 32, new Assembler(32, CODE).mov(eax, dword(0xfee0_0030 | 0)).out(RESULT_PORT, eax).op('cli', 'hlt'));
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0xffff_ffff]);
    expect(() => new TestMachine(create(), { cpu: '486', vps: 2 })).toThrow(expect.toSatisfy(ConfigurationError.isInstance));
  });

  test('instructions follow what the leaves laid over the model say', ['instructions', 'faults'], async () => {
    const leaves = [{ function: 1, result: [0, 0, 0, 0], mask: [0, 0, 0, 1 << 15] }] as const;
    // CMOVZ EAX, ECX.
    const code = new Assembler(32, CODE).db(0x0f, 0x44, 0xc1).op('cli', 'hlt');
    const machine = new TestMachine(create(), { cpuid: leaves });
    enterEnvironment(machine, 32, code);
    await machine.runToIdle();
    expect(machine.io.written(UNEXPECTED_PORT)).toEqual([6]);
  });
}
