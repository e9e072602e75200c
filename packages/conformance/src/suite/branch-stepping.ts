import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { dr6, dword, eax, ebx, ecx, edx, esp } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment } from '../programs/environment.ts';
import { CODE, RESULT_PORT } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';

const DEBUG_CONTROL = 0x1d9;
const BTF = 2;

/** Single-stepping on branches: EFLAGS.TF with IA32_DEBUGCTL.BTF (SDM vol. 3B §17.4.3). */
export function branchSteppingPart({ create, test }: SuiteContext): void {
  test('traps at the target of the first branch that is taken, and turns itself off', ['instructions', 'faults', 'interrupts'], async () => {
    const a = new Assembler(32, CODE).mov(ecx, DEBUG_CONTROL).mov(eax, BTF).mov(edx, 0).op('wrmsr').alu('xor', ebx, ebx);
    a.op('pushf').alu('or', dword({ base: esp }), 0x100).op('popf');
    // None of these is a branch that is taken; a repeated string instruction is none at all.
    a.inc(ebx).alu('cmp', ebx, 7).j('z', 'target').mov(ecx, 3).rep().string('lods', 4).inc(ebx).jmp('target').inc(ebx);
    a.label('target').inc(ebx).op('cli', 'hlt');
    // The handler reports EBX, DR6 and IA32_DEBUGCTL, and ends stepping.
    a.label('debug').mov(eax, ebx).out(RESULT_PORT, eax).mov(eax, dr6).out(RESULT_PORT, eax).mov(ecx, DEBUG_CONTROL).op('rdmsr').out(RESULT_PORT, eax);
    a.mov(eax, dword({ base: esp })).out(RESULT_PORT, eax).alu('and', dword({ base: esp, displacement: 8 }), ~0x100).op('iret');
    const machine = new TestMachine(create());
    enterEnvironment(machine, 32, a, { 1: 'debug' });
    machine.setRegisters({ rsi: 0x20000n });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([2, 0xffff_4ff0, 0, a.addressOf('target')]);
    expect(Number(machine.registers.rbx)).toBe(3);
  });
}
