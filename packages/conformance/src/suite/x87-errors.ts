import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { al, dword, eax, esp, word } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment } from '../programs/environment.ts';
import { CODE, DATA, RESULT_PORT } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';

const VECTOR = 0x75;
const CLEAR_PORT = 0xf0;
/** The control word with division by zero unmasked. */
const CONTROL = 0x37b;

/** 1 / 0, unmasked, then FLDZ, which waits for the exception. */
function divideByZero(a: Assembler): Assembler {
  a.op('fninit').mov(word(DATA), CONTROL).x87('fldcw', word(DATA)).op('fld1', 'fldz', 'fdivp');
  return a.label('waiting').op('fldz').label('after').x87('fnstsw', word(DATA)).movzx(eax, word(DATA)).out(RESULT_PORT, eax).op('cli', 'hlt');
}

/** How x87 exceptions are reported with CR0.NE clear (SDM vol. 1 §8.7.2): FERR#, IGNNE#, an interrupt. */
export function x87ErrorsPart(context: SuiteContext): void {
  const { test } = context;

  test('asserts FERR# and waits at the next x87 instruction for the interrupt', ['instructions', 'interrupts'], async () => {
    const a = divideByZero(new Assembler(32, CODE).op('sti'));
    a.label('handler').push(eax).mov(eax, dword({ base: esp, displacement: 4 })).out(RESULT_PORT, eax).mov(al, 0).out(CLEAR_PORT, al).db(0xdb, 0xe2).pop(eax).op('iret');
    const machine = new TestMachine(context.create());
    enterEnvironment(machine, 32, a, { [VECTOR]: 'handler' });
    machine.setRegisters({ cr0: 0x11n });
    machine.io.ignne = false;
    machine.io.onWrite.set(CLEAR_PORT, () => (machine.io.ignne = true));
    // The interrupt comes some time after the pin.
    machine.clock.afterInstructions(60, () => {
      expect(machine.io.ferr).toEqual([true]);
      machine.io.picVectors.push(VECTOR);
      machine.partition.pulseLint(0, 0, 0);
    });
    await machine.runToIdle();
    // FLDZ was done once, after the handler: FDIVP did not pop: TOP is 5, and nothing is flagged.
    expect(machine.io.written(RESULT_PORT)).toEqual([a.addressOf('waiting'), 0x2800]);
    expect(machine.io.ferr).toEqual([true, false]);
  });

  test('goes on in spite of the exception while IGNNE# is asserted', ['instructions'], async () => {
    const a = divideByZero(new Assembler(32, CODE));
    const machine = new TestMachine(context.create());
    enterEnvironment(machine, 32, a);
    machine.setRegisters({ cr0: 0x11n });
    await machine.runToIdle();
    // Busy, TOP 5, error summary and divide by zero.
    expect(machine.io.written(RESULT_PORT)).toEqual([0xa884]);
    expect(machine.io.ferr).toEqual([true]);
  });
}
