import { checkResetAll, checkResetVm } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { addAndHalt } from '../programs/core.ts';
import { enterEnvironment } from '../programs/environment.ts';
import { CODE } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';
import { machineWith } from './contract.ts';

/** State at power-up and after a reset, triple faults included. */
export function resetPart({ create, test }: SuiteContext): void {
  test('begins in the reset state, processor by processor', [], () => {
    const { processors, partition } = new TestMachine(create(), { vps: 2 });
    for (const processor of processors) expect(checkResetAll(processor.accessState(0), processor.vp)).toEqual([]);
    expect(checkResetVm(partition.accessState(0))).toEqual([]);
    expect(processors.map((processor) => processor.accessState(0).get('activity').mpState)).toEqual(['running', 'waitForSipi']);
  });

  test('begins with the values of the manual', [], () => {
    const { processor, partition } = new TestMachine(create());
    const access = processor.accessState(0);
    const registers = access.get('registers');
    const data = { base: 0n, limit: 0xffff, selector: 0, attributes: 0x93 };
    expect(registers).toMatchObject({ rax: 0n, rsp: 0n, r15: 0n, rdx: partition.caps.resetRdx, rip: 0xfff0n, rflags: 2n, cr0: 0x6000_0010n, cr2: 0n, cr3: 0n, cr4: 0n, cr8: 0n, efer: 0n });
    expect(registers.cs).toEqual({ base: 0xffff_0000n, limit: 0xffff, selector: 0xf000, attributes: 0x9b });
    for (const name of ['ds', 'es', 'fs', 'gs', 'ss'] as const) expect(registers[name]).toEqual(data);
    expect(registers.tr).toEqual({ ...data, attributes: 0x8b });
    expect(registers.ldtr).toEqual({ ...data, attributes: 0x82 });
    expect(registers.gdtr).toEqual({ base: 0n, limit: 0xffff });
    expect(registers.idtr).toEqual({ base: 0n, limit: 0xffff });
    expect(access.get('debugRegs')).toEqual({ dr0: 0n, dr1: 0n, dr2: 0n, dr3: 0n, dr6: 0xffff_0ff0n, dr7: 0x400n });
    expect(access.get('pat').value).toBe(0x0007_0406_0007_0406n);
    expect(access.get('tsc').value).toBe(0n);
    const { apicBase, registers: apic } = access.get('apic');
    expect(apicBase).toBe(partition.caps.apic ? 0xfee0_0900n : 0xfee0_0100n);
    expect([apic[2], apic[3], apic[0xf], apic[0x32], apic[0x35], apic[0x36]]).toEqual([0, 0x0005_0014, 0xff, 0x10000, 0x10000, 0x10000]);
    const { data: xsave } = access.get('xsave');
    expect([xsave[0], xsave[1], xsave[24], xsave[25], xsave[512]]).toEqual([0x7f, 0x03, 0x80, 0x1f, 0]);
  });

  test('fetches its first instruction from FFFFFFF0h', [], async () => {
    const machine = new TestMachine(create());
    const rom = new Uint8Array(0x1000).fill(0xf4);
    machine.memory.mapRom(0xffff_f000, rom);
    await machine.runToIdle();
    expect(machine.registers.rip).toBe(0xfff1n);
    expect(machine.processor.accessState(0).get('activity').mpState).toBe('halted');
  });

  test('returns to the reset state, and memory stays', [], async () => {
    const machine = machineWith(create(), addAndHalt());
    await machine.runToIdle();
    const ability = machine.partition.supportsReset();
    expect(ability).toBeDefined();
    ability?.reset();
    machine.processor.reset?.();
    expect(checkResetAll(machine.processor.accessState(0), machine.processor.vp)).toEqual([]);
    expect(checkResetVm(machine.partition.accessState(0))).toEqual([]);
    expect(machine.memory.readBytes(CODE, 1)[0]).toBe(0xb8);
    enterEnvironment(machine, 32, addAndHalt());
    await machine.runToIdle();
    expect(machine.registers.rax).toBe(42n);
  });

  test('offers VTL scrubbing as an ability or not at all', [], () => {
    const { partition, processor } = new TestMachine(create());
    expect(partition.supportsVtlScrub() !== undefined).toBe(processor.scrub !== undefined);
  });

  for (const bits of [16, 32] as const) {
    test(`shuts down on a triple fault from ${bits}-bit code`, ['faults'], async () => {
      const machine = machineWith(create(), new Assembler(bits, CODE).op('nop', 'ud2'), bits);
      machine.setRegisters({ idtr: { base: 0n, limit: 0 } });
      expect(await machine.runToIdle()).toEqual({ kind: 'tripleFault', vtl: 0 });
      // Where the instruction is that could not be finished.
      expect(machine.registers.rip).toBe(bits === 16 ? 1n : BigInt(CODE + 1));
      machine.partition.supportsReset()?.reset();
      machine.processor.reset?.();
      expect(checkResetAll(machine.processor.accessState(0), machine.processor.vp)).toEqual([]);
      enterEnvironment(machine, 32, addAndHalt());
      expect(await machine.runToIdle()).toEqual({ kind: 'stop' });
      expect(machine.registers.rax).toBe(42n);
    });
  }
}
