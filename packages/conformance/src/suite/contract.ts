import { PAGE_CODE } from '@ringzero/guest-memory';
import { ConfigurationError, inspectLeaf, inspectPath, InspectError, overrideCpuid, restoreVm, saveAll, saveVm, StateAccessError, StopVpSource, uniformTopology, UnsupportedVtlError, VP_STATE, VP_STATE_NAMES, VpRunningError } from '@ringzero/processor';
import type { Hypervisor, ProcessorTopology } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { dword, eax } from '../assembler/operands.ts';
import { CountedMemory } from '../machine/counted-memory.ts';
import { TestClock } from '../machine/test-clock.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { addAndHalt, countForever, haltAtOnce, OUT_PORT } from '../programs/core.ts';
import { enterEnvironment } from '../programs/environment.ts';
import { CODE, RESULT_PORT } from '../programs/program.ts';
import type { SuiteContext } from './context.ts';

/** A machine with this code loaded in flat protected mode. */
export function machineWith(hypervisor: Hypervisor, code: Assembler, bits: 16 | 32 = 32): TestMachine {
  const machine = new TestMachine(hypervisor);
  enterEnvironment(machine, bits, code);
  return machine;
}

function construction({ create, test }: SuiteContext): void {
  test('has a name and a plausible physical address size', [], () => {
    const hypervisor = create();
    expect(hypervisor.name).toMatch(/^[a-z0-9-]+$/);
    const bits = hypervisor.newPartition({ topology: uniformTopology(1), clock: new TestClock() }).maxPhysicalAddressSize();
    expect(bits).toBeGreaterThanOrEqual(32);
    expect(bits).toBeLessThanOrEqual(52);
  });

  test('binds one processor per entry of the topology', [], () => {
    const { processors } = new TestMachine(create(), { vps: 2 });
    expect(processors.map((processor) => processor.vp)).toEqual([
      { vpIndex: 0, apicId: 0, isBsp: true },
      { vpIndex: 1, apicId: 1, isBsp: false },
    ]);
  });

  test('refuses a malformed topology with a typed error', [], () => {
    const topology: ProcessorTopology = { vps: [{ vpIndex: 1, apicId: 0, isBsp: true }], apicMode: 'xapic' };
    let caught: unknown;
    try {
      create().newPartition({ topology, clock: new TestClock() });
    } catch (error) {
      caught = error;
    }
    expect(ConfigurationError.isInstance(caught)).toBe(true);
  });

  test('runs two machines side by side, step by step', [], async () => {
    const first = machineWith(create(), countForever());
    const second = machineWith(create(), countForever());
    second.setRegisters({ rax: 1000n });
    for (let i = 0; i < 5; i++) {
      await first.runInstructions(10);
      await second.runInstructions(20);
    }
    expect(first.registers.rax).toBe(25n);
    expect(second.registers.rax).toBe(1050n);
  });

  test('lets go of memory when it is disposed of', ['instructions'], async () => {
    const memory = new CountedMemory(0x100000);
    const machine = new TestMachine(create(), { memory, vps: 2 });
    enterEnvironment(machine, 32, haltAtOnce());
    await machine.runToIdle();
    machine.partition.dispose();
    machine.partition.dispose();
    expect(memory.listeners).toBe(0);
    expect(memory.pageFlags.some((flags) => (flags & PAGE_CODE) !== 0)).toBe(false);
    // The guest goes on in another partition.
    const next = new TestMachine(create(), { memory, clock: machine.clock, io: machine.io, vps: 2 });
    enterEnvironment(next, 32, addAndHalt());
    await next.runToIdle();
    expect(next.processor.accessState(0).get('activity').mpState).toBe('halted');
  });

  test('is not disposed of while a processor runs', [], async () => {
    const machine = machineWith(create(), countForever());
    const stop = new StopVpSource();
    const run = machine.processor.runVp(stop.checker(), machine.io);
    let caught: unknown;
    try {
      machine.partition.dispose();
    } catch (error) {
      caught = error;
    }
    stop.stop();
    expect((await run).kind).toBe('stop');
    expect(VpRunningError.isInstance(caught)).toBe(true);
  });

  test('lays extra CPUID leaves over its own, later over earlier, under their masks', ['instructions'], async () => {
    const code = new Assembler(32, CODE).mov(eax, 0x4000_0005).op('cpuid').out(RESULT_PORT, eax).op('cli', 'hlt');
    const leaves = [
      { function: 0x4000_0005, result: [0x1234_5678, 0, 0, 0], mask: [-1, 0, 0, 0] },
      { function: 0x4000_0005, result: [0xff, 0, 0, 0], mask: [0xff, 0, 0, 0] },
    ] as const;
    expect(overrideCpuid(() => [0, 0, 0, 0], leaves)(0x4000_0005, 0)[0]).toBe(0x1234_56ff);
    const machine = new TestMachine(create(), { cpuid: leaves });
    enterEnvironment(machine, 32, code);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0x1234_56ff]);
  });
}

function state({ create, test }: SuiteContext): void {
  test('gives and takes every present element', [], () => {
    const { processor } = new TestMachine(create());
    const access = processor.accessState(0);
    const before = saveAll(access);
    for (const name of VP_STATE_NAMES) {
      if (!VP_STATE[name].isPresent(access.caps)) continue;
      access.set(name, VP_STATE[name].decode(before[name] ?? null) as never);
    }
    access.commit();
    expect(saveAll(processor.accessState(0))).toEqual(before);
  });

  test('refuses an element that is not present', [], () => {
    const access = new TestMachine(create()).processor.accessState(0);
    const absent = VP_STATE_NAMES.find((name) => !VP_STATE[name].isPresent(access.caps));
    if (absent === undefined) return expect(VP_STATE_NAMES.length).toBeGreaterThan(0);
    expect(() => access.get(absent)).toThrow(expect.toSatisfy(StateAccessError.isInstance));
  });

  test('keeps what was written, whole', [], () => {
    const machine = new TestMachine(create());
    const access = machine.processor.accessState(0);
    const registers = { ...access.get('registers'), rax: 0x1122_3344_5566_7788n, rsi: 0xffff_ffffn, r15: 1n << 63n, rflags: 0x46n, cr2: 0xdead_beefn };
    access.set('registers', registers);
    const debugRegs = { dr0: 1n, dr1: 2n, dr2: 3n, dr3: 4n, dr6: 0xffff_0ff0n, dr7: 0x400n };
    access.set('debugRegs', debugRegs);
    access.set('tsc', { value: 123_456_789n });
    access.commit();
    const again = machine.processor.accessState(0);
    expect(again.get('registers')).toEqual(registers);
    expect(again.get('debugRegs')).toEqual(debugRegs);
    expect(again.get('tsc').value).toBe(123_456_789n);
  });

  test('copies: changing what was read changes nothing', [], () => {
    const { processor } = new TestMachine(create());
    const data = processor.accessState(0).get('xsave').data;
    data[0] = 0x55;
    expect(processor.accessState(0).get('xsave').data[0]).toBe(0x7f);
  });

  test('knows its VTLs', [], () => {
    const { processor, partition } = new TestMachine(create());
    expect(processor.vtlInspectable(0)).toBe(true);
    expect(partition.caps.highestVtl).toBe(0);
    expect(processor.vtlInspectable(2)).toBe(false);
    const refused = expect.toSatisfy(UnsupportedVtlError.isInstance);
    expect(() => processor.accessState(2)).toThrow(refused);
    expect(() => processor.setDebugState(1, undefined)).toThrow(refused);
    expect(() => partition.accessState(1)).toThrow(refused);
    expect(() => partition.memoryMapper(1)).toThrow(refused);
  });

  test('saves and restores the state of the VM', [], () => {
    const { partition } = new TestMachine(create());
    const saved = saveVm(partition.accessState(0));
    restoreVm(partition.accessState(0), saved);
    expect(saveVm(partition.accessState(0))).toEqual(saved);
    expect(Object.keys(saved).length > 0).toBe(partition.caps.hv1);
  });

  test('refuses its state and a second run while it runs', [], async () => {
    const machine = machineWith(create(), haltAtOnce());
    const stop = new StopVpSource();
    const running = machine.processor.runVp(stop.checker(), machine.io);
    // The guest is halted, and the processor asleep.
    await new Promise<void>((resolve) => void Promise.resolve().then(resolve));
    const refused = expect.toSatisfy(VpRunningError.isInstance);
    expect(() => machine.processor.accessState(0)).toThrow(refused);
    expect(() => machine.processor.setDebugState(0, undefined)).toThrow(refused);
    await expect(machine.processor.runVp(stop.checker(), machine.io)).rejects.toThrow(refused);
    stop.stop();
    expect(await running).toEqual({ kind: 'stop' });
    expect(machine.registers.rip).toBe(BigInt(CODE + 2));
  });
}

function insides({ create, test }: SuiteContext): void {
  test('shows the processor and its state', [], async () => {
    const machine = machineWith(create(), addAndHalt());
    await machine.runToIdle();
    expect(machine.io.written(OUT_PORT)).toEqual([42]);
    const root = machine.processor.inspect();
    expect(inspectLeaf(root, 'vpInfo/apicId')).toBe(0);
    expect(inspectLeaf(root, 'vpInfo/isBsp')).toBe(true);
    expect(inspectPath(root, 'vtl0/registers/rax')).toEqual({ kind: 'value', value: 42n, display: 'hex', writable: false });
    expect(inspectPath(root, '', 1)).toMatchObject({ entries: { vtl0: { kind: 'unevaluated' } } });
    expect(() => inspectPath(root, 'vtl1')).toThrow(expect.toSatisfy(InspectError.isInstance));
    expect(inspectPath(machine.partition.inspect(), '', 1).kind).toBe('directory');
  });

  test('counts instructions', ['counters'], async () => {
    const machine = machineWith(create(), countForever());
    const before = machine.counter('instructionsRetired');
    await machine.runInstructions(1234);
    expect(machine.counter('instructionsRetired') - before).toBe(1234);
    expect(machine.clock.instructions).toBe(1234);
  });
}

function mapping({ create, test }: SuiteContext): void {
  test('maps memory, and unmaps only whole ranges', ['instructions'], async () => {
    const code = new Assembler(32, CODE).mov(eax, dword(0x0200_0004)).out(RESULT_PORT, eax).op('cli', 'hlt');
    const machine = machineWith(create(), code);
    const mapper = machine.partition.memoryMapper(0);
    machine.memory.writeBytes(0x50000, Uint8Array.of(0, 0, 0, 0, 0x78, 0x56, 0x34, 0x12));
    mapper.mapRange(0x0200_0000, 0x2000, 0x50000, true);
    await machine.runToIdle();
    const refused = expect.toSatisfy(ConfigurationError.isInstance);
    expect(() => mapper.unmapRange(0x0200_0000, 0x1000)).toThrow(refused);
    expect(() => mapper.mapRange(0x0200_1000, 0x1000, 0x60000, true)).toThrow(refused);
    mapper.unmapRange(0x0200_0000, 0x2000);
    machine.resumeAt(CODE);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0x1234_5678, 0xffff_ffff]);
  });
}

function code({ create, test }: SuiteContext): void {
  const program = (): Assembler => new Assembler(32, CODE).mov(eax, 0).out(OUT_PORT, eax).label('patched').mov(eax, 1).out(RESULT_PORT, eax).op('cli', 'hlt');

  test('executes code that a device changes ahead of it', [], async () => {
    const machine = machineWith(create(), program());
    const patched = program().addressOf('patched');
    machine.io.onWrite.set(OUT_PORT, () => machine.memory.writeBytes(patched, Uint8Array.of(0xb8, 0x78, 0x56, 0x34, 0x12)));
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0x1234_5678]);
  });

  test('executes code that the host changed between two runs', [], async () => {
    const machine = machineWith(create(), program());
    await machine.runToIdle();
    machine.memory.writeBytes(program().addressOf('patched') + 1, Uint8Array.of(2));
    machine.resumeAt(CODE);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([1, 2]);
  });

  test('lets the guest read ROM, not write it', ['instructions'], async () => {
    const a = new Assembler(32, CODE).mov(dword(0xc_8000), 5).mov(eax, dword(0xc_8000)).out(RESULT_PORT, eax).op('cli', 'hlt');
    const machine = machineWith(create(), a);
    machine.memory.mapRom(0xc_8000, Uint8Array.of(1, 2, 3, 4));
    await machine.runToIdle();
    machine.memory.setWritable(0xc_8000, 0x1000, true);
    machine.resumeAt(CODE);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0x0403_0201, 5]);
  });
}

/** Every method of the contract that the other parts do not cover. */
export function contractPart(context: SuiteContext): void {
  construction(context);
  state(context);
  insides(context);
  mapping(context);
  code(context);
}
