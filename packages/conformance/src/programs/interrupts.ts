import { Assembler } from '../assembler/assembler.ts';
import { dword, eax, ebx } from '../assembler/operands.ts';
import type { MachineSlot, TestProgram } from './program.ts';
import { CODE, RESULT_PORT } from './program.ts';

const TICKS = 20;
const TICK_VECTOR = 0x20;
/** Nanoseconds between ticks: 500 instructions of virtual time. */
const PERIOD = 5000;

/** Raises {@link TICK_VECTOR} through the interrupt controller of the machine that is current then. */
function tick(slot: MachineSlot, left: number): void {
  if (left === 0) return;
  slot.machine.clock.schedule(slot.machine.clock.now() + PERIOD, () => {
    slot.machine.io.picVectors.push(TICK_VECTOR);
    slot.machine.partition.pulseLint(0, 0, 0);
    tick(slot, left - 1);
  });
}

/** Timer interrupts: first while the program computes, then while it waits in HLT. */
export const TIMER: TestProgram = {
  name: 'timer interrupts',
  bits: 32,
  assemble() {
    const a = new Assembler(32, CODE);
    a.alu('xor', ebx, ebx).op('sti');
    a.label('busy').inc(ebx).alu('cmp', dword('ticks'), TICKS / 2).j('b', 'busy');
    a.label('wait').op('hlt').alu('cmp', dword('ticks'), TICKS).j('b', 'wait');
    a.op('cli').mov(eax, dword('ticks')).out(RESULT_PORT, eax).op('hlt');
    a.label('tick').inc(dword('ticks')).op('iret');
    return a.align(4).label('ticks').dd(0);
  },
  gates: { [TICK_VECTOR]: 'tick' },
  prepare: (slot) => tick(slot, TICKS),
  results: [TICKS],
};
