import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { cr2, dword, eax, ebx, edx, esp } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment } from '../programs/environment.ts';
import { HIGH, turnPagingOn } from '../programs/page-tables.ts';
import { CODE, RESULT_PORT } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';

const VECTOR = 0x33;
/** Instructions until paging is on and the loop has come round some times. */
const BEFORE = 4500;

/** A loop that faults each time, in the shadow of STI. An interrupt writes where it came, and what was counted. */
function faulting(): Assembler {
  const a = new Assembler(32, CODE);
  turnPagingOn(a, true);
  a.label('loop').op('sti').mov(eax, dword(HIGH + 0x123)).label('behind').inc(ebx).op('cli').jmp('loop');
  a.label('fault').mov(edx, cr2).alu('add', edx, dword({ base: esp })).alu('add', esp, 8).push('behind').op('iret');
  return a.label('interrupt').pop(eax).out(RESULT_PORT, eax).mov(eax, ebx).out(RESULT_PORT, eax).mov(eax, edx).out(RESULT_PORT, eax).op('cli', 'hlt');
}

interface Stop {
  readonly registers: unknown;
  readonly interruptShadow: boolean;
  readonly written: readonly number[];
}

async function stopped(context: SuiteContext, steps: readonly number[]): Promise<Stop> {
  const machine = new TestMachine(context.create());
  enterEnvironment(machine, 32, faulting(), { 14: 'fault', [VECTOR]: 'interrupt' });
  for (const instructions of steps) await machine.runInstructions(instructions);
  const { registers } = machine;
  const { interruptShadow } = machine.processor.accessState(0).get('activity');
  machine.partition.requestMsi(0, { address: 0xfee0_0000n, data: VECTOR });
  await machine.runToIdle();
  return { registers, interruptShadow, written: machine.io.written(RESULT_PORT) };
}

/** Page faults one behind the other. Engines may deliver them without a look at anything else. */
export function pageFaultPart(context: SuiteContext): void {
  context.test('are the same wherever the processor stops between them, and whatever comes then', ['instructions', 'faults', 'interrupts'], async () => {
    for (let instructions = 1; instructions <= 25; instructions++) {
      const atOnce = await stopped(context, [BEFORE + instructions]);
      const oneByOne = await stopped(context, [BEFORE, ...Array.from({ length: instructions }, () => 1)]);
      expect(atOnce).toEqual(oneByOne);
      expect(oneByOne.written).toHaveLength(3);
    }
  });
}
