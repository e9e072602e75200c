import { StopVpSource } from '@ringzero/processor';
import { expect } from 'vitest';
import { TestClock } from '../machine/test-clock.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { countForever, haltAtOnce, OUT_PORT, writeThenCount } from '../programs/core.ts';
import { enterEnvironment } from '../programs/environment.ts';
import { CODE } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';
import { machineWith } from './contract.ts';

/** Milliseconds within which a processor must be back. The target is 5; the rest is for a busy host. */
const PATIENCE = 10_000;

function realTimeMachine(context: SuiteContext): TestMachine {
  const start = Date.now();
  const clock = new TestClock({ mode: 'real', now: () => (Date.now() - start) * 1e6 });
  const machine = new TestMachine(context.create(), { clock });
  return machine;
}

/** Runs end when asked to, exactly where asked to, and give way when asked to. */
export function stopPart(context: SuiteContext): void {
  const { create, test } = context;

  test('executes nothing when the stop came first', [], async () => {
    const machine = machineWith(create(), countForever());
    const stop = new StopVpSource();
    stop.stop();
    expect(await machine.processor.runVp(stop.checker(), machine.io)).toEqual({ kind: 'stop' });
    expect(machine.registers.rip).toBe(BigInt(CODE));
    expect(machine.clock.instructions).toBe(0);
  });

  test('stops after exactly as many instructions as the clock allows', [], async () => {
    for (const count of [1, 2, 3, 7, 64, 1001]) {
      const machine = machineWith(create(), countForever());
      expect(await machine.runInstructions(count)).toEqual({ halt: { kind: 'stop' }, done: false });
      expect(machine.clock.instructions).toBe(count);
      expect(machine.registers.rax).toBe(BigInt(Math.ceil(count / 2)));
      expect(machine.registers.rip).toBe(BigInt(CODE + (count % 2 === 0 ? 0 : 3)));
    }
  });

  test('goes on where it stopped', [], async () => {
    const machine = machineWith(create(), countForever());
    for (let i = 0; i < 50; i++) await machine.runInstructions(i);
    expect(machine.clock.instructions).toBe((49 * 50) / 2);
    expect(machine.registers.rax).toBe(BigInt(Math.ceil((49 * 50) / 4)));
  });

  test('leaves an endless loop soon after a stop from the event loop', [], async () => {
    const machine = realTimeMachine(context);
    enterEnvironment(machine, 32, countForever());
    const stop = new StopVpSource();
    let asked = 0;
    setTimer(30, () => {
      asked = Date.now();
      stop.stop();
    });
    expect(await machine.processor.runVp(stop.checker(), machine.io)).toEqual({ kind: 'stop' });
    expect(Date.now() - asked).toBeLessThan(PATIENCE);
    expect(machine.registers.rax).toBeGreaterThan(0n);
  });

  test('sleeps in HLT, and wakes to stop', [], async () => {
    const machine = realTimeMachine(context);
    enterEnvironment(machine, 32, haltAtOnce());
    const stop = new StopVpSource();
    let asked = 0;
    setTimer(20, () => {
      asked = Date.now();
      stop.stop();
    });
    expect(await machine.processor.runVp(stop.checker(), machine.io)).toEqual({ kind: 'stop' });
    expect(Date.now() - asked).toBeLessThan(PATIENCE);
    expect(machine.processor.accessState(0).get('activity').mpState).toBe('halted');
    // Still halted when it runs again.
    const again = new StopVpSource();
    setTimer(5, () => again.stop());
    await machine.processor.runVp(again.checker(), machine.io);
    expect(machine.registers.rip).toBe(BigInt(CODE + 2));
  });

  test('returns to the event loop when a yield is requested', [], async () => {
    const machine = machineWith(create(), writeThenCount());
    const stop = new StopVpSource();
    machine.io.onWrite.set(OUT_PORT, () => {
      machine.partition.requestYield(0);
      setTimer(0, () => stop.stop());
    });
    const start = Date.now();
    expect(await machine.processor.runVp(stop.checker(), machine.io)).toEqual({ kind: 'stop' });
    expect(Date.now() - start).toBeLessThan(PATIENCE);
  });

  test('fires timers at their instruction, in order', [], async () => {
    const machine = machineWith(create(), countForever());
    const fired: (string | number)[] = [];
    machine.clock.afterInstructions(10, () => fired.push('a', machine.clock.instructions));
    machine.clock.afterInstructions(10, () => fired.push('b', machine.clock.instructions));
    machine.clock.afterInstructions(3, () => fired.push('c', machine.clock.instructions));
    await machine.runInstructions(20);
    expect(fired).toEqual(['c', 3, 'a', 10, 'b', 10]);
  });

  test('tells devices the exact time', [], async () => {
    const machine = machineWith(create(), writeThenCount());
    machine.setRegisters({ rip: BigInt(CODE) });
    let at = -1;
    machine.io.onWrite.set(OUT_PORT, () => (at = machine.clock.now()));
    await machine.runInstructions(1000);
    // The instruction that makes the access has retired or not, depending on the reading: but no other has.
    expect([0, 10]).toContain(at);
  });
}

/** The host's timer; this package is built without a host's types. */
function setTimer(milliseconds: number, callback: () => void): void {
  (globalThis as unknown as { setTimeout(callback: () => void, milliseconds: number): void }).setTimeout(callback, milliseconds);
}
