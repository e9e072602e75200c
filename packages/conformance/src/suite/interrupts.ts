import { stateAfterInit, StopVpSource } from '@ringzero/processor';
import type { Activity } from '@ringzero/processor';
import { expect } from 'vitest';
import { Assembler } from '../assembler/assembler.ts';
import { ax, cr2, ds, dword, es, eax, ebx, ecx, esp, word } from '../assembler/operands.ts';
import { TestMachine } from '../machine/test-machine.ts';
import { enterEnvironment } from '../programs/environment.ts';
import type { Gate } from '../programs/program.ts';
import { CODE, RESULT_PORT } from '../programs/program.ts';
import type { Ability, SuiteContext } from './context.ts';

const NEEDS: readonly Ability[] = ['interrupts', 'instructions'];
/** Registers of the local APIC in memory. */
const APIC_EOI = 0xfee0_00b0 | 0;
const APIC_ISR = 0x10;
const APIC_IRR = 0x20;

/** An MSI to APIC 0, physical destination, fixed delivery. */
function message(vector: number): { readonly address: bigint; readonly data: number } {
  return { address: 0xfee0_0000n, data: vector };
}

function load(context: SuiteContext, code: Assembler, gates: Readonly<Record<number, Gate>>): TestMachine {
  const machine = new TestMachine(context.create());
  enterEnvironment(machine, 32, code, gates);
  return machine;
}

function setActivity(machine: TestMachine, changes: Partial<Activity>): void {
  const access = machine.processor.accessState(0);
  access.set('activity', { ...access.get('activity'), ...changes });
  access.commit();
}

/** EBX counts instructions after STI; the handler writes EBX and stops. */
function countUntilInterrupt(): Assembler {
  const a = new Assembler(32, CODE).alu('xor', ebx, ebx).op('nop', 'sti').inc(ebx).inc(ebx).inc(ebx).op('cli').mov(eax, -1).out(RESULT_PORT, eax).op('hlt');
  return a.label('handler').mov(eax, ebx).out(RESULT_PORT, eax).op('cli', 'hlt');
}

function lines(context: SuiteContext): void {
  const { test } = context;

  test('takes an external interrupt one instruction after STI', NEEDS, async () => {
    const machine = load(context, countUntilInterrupt(), { 0x33: 'handler' });
    machine.io.picVectors.push(0x33);
    machine.partition.pulseLint(0, 0, 0);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([1]);
    expect(machine.io.picVectors).toEqual([]);
  });

  test('keeps the shadow of STI wherever it stops', NEEDS, async () => {
    const a = new Assembler(32, CODE).label('loop').op('sti').label('shadowed').inc(ebx).label('open').op('cli').jmp('loop');
    a.label('handler').pop(eax).out(RESULT_PORT, eax).op('cli', 'hlt');
    const shadowed = a.addressOf('shadowed');
    for (let instructions = 1; instructions <= 40; instructions++) {
      const machine = load(context, a, { 0x33: 'handler' });
      machine.setRegisters({ rflags: 2n });
      await machine.runInstructions(instructions);
      const isShadowed = machine.registers.rip === BigInt(shadowed);
      expect(machine.processor.accessState(0).get('activity').interruptShadow).toBe(isShadowed);
      machine.io.picVectors.push(0x33);
      machine.partition.pulseLint(0, 0, 0);
      await machine.runToIdle();
      expect(machine.io.written(RESULT_PORT)).toEqual([a.addressOf('open')]);
    }
  });

  test('acknowledges nothing while interrupts are off', NEEDS, async () => {
    const machine = load(context, new Assembler(32, CODE).op('nop', 'nop', 'cli', 'hlt'), {});
    machine.io.picVectors.push(0x33);
    machine.partition.pulseLint(0, 0, 0);
    await machine.runToIdle();
    expect(machine.io.picVectors).toEqual([0x33]);
  });

  test('delivers nothing when the controller has nothing to say', NEEDS, async () => {
    const machine = load(context, countUntilInterrupt(), { 0x33: 'handler' });
    machine.partition.pulseLint(0, 0, 0);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0xffff_ffff]);
  });

  test('wakes from HLT, in the middle of a run', NEEDS, async () => {
    const a = new Assembler(32, CODE).op('sti', 'hlt').inc(ebx).op('cli').mov(eax, ebx).out(RESULT_PORT, eax).op('hlt').label('handler').mov(ebx, 100).op('iret');
    const machine = load(context, a, { 0x33: 'handler' });
    machine.clock.afterInstructions(5000, () => {
      machine.io.picVectors.push(0x33);
      machine.partition.pulseLint(0, 0, 0);
    });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([101]);
    // Time jumped to the timer, then went on with the instructions after it.
    expect(machine.clock.now()).toBeGreaterThanOrEqual(50_000);
    expect(machine.clock.now()).toBeLessThan(50_200);
  });

  test('wakes from HLT when the host raises the line from outside', NEEDS, async () => {
    const a = new Assembler(32, CODE).op('sti', 'hlt').op('cli').out(RESULT_PORT, eax).op('hlt').label('handler').mov(eax, 77).op('iret');
    const machine = load(context, a, { 0x33: 'handler' });
    const stop = new StopVpSource();
    machine.io.onWrite.set(RESULT_PORT, () => stop.stop());
    const run = machine.processor.runVp(stop.checker(), machine.io);
    await Promise.resolve();
    machine.io.picVectors.push(0x33);
    machine.partition.pulseLint(0, 0, 0);
    expect(await run).toEqual({ kind: 'stop' });
    expect(machine.io.written(RESULT_PORT)).toEqual([77]);
  });

  test('takes an NMI with interrupts off, and blocks the next until IRET', NEEDS, async () => {
    const a = new Assembler(32, CODE).op('cli', 'nop').label('wait').alu('cmp', ecx, 2).j('b', 'wait').mov(eax, ecx).out(RESULT_PORT, eax).op('hlt');
    a.label('nmi').inc(ecx).mov(eax, dword({ base: esp })).out(0x99, eax).op('nop', 'nop', 'iret');
    const machine = load(context, a, { 2: 'nmi' });
    machine.partition.pulseLint(0, 0, 1);
    const depth: bigint[] = [];
    machine.io.onWrite.set(0x99, () => {
      depth.push(1n);
      if (depth.length === 1) machine.partition.pulseLint(0, 0, 1);
    });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([2]);
    // The second came from the interrupted code, not from inside the first.
    const returns = machine.io.written(0x99);
    expect(returns.every((address) => address < a.addressOf('nmi'))).toBe(true);
  });

  test('applies what was queued, without running', NEEDS, () => {
    const machine = load(context, new Assembler(32, CODE).op('hlt'), {});
    machine.partition.pulseLint(0, 0, 1);
    machine.partition.requestMsi(0, message(0x51));
    machine.processor.flushAsyncRequests();
    const access = machine.processor.accessState(0);
    expect(access.get('activity').nmiPending).toBe(true);
    expect(access.get('apic').registers[APIC_IRR + 2]).toBe(1 << 0x11);
    expect(access.get('registers').rip).toBe(BigInt(CODE));
  });
}

function messages(context: SuiteContext): void {
  const { test } = context;
  const eoi = (a: Assembler): Assembler => a.mov(dword(APIC_EOI), 0);

  test('delivers a message, by priority, and ends it', NEEDS, async () => {
    const a = new Assembler(32, CODE).op('sti', 'nop', 'nop', 'nop').op('cli').mov(eax, -1).out(RESULT_PORT, eax).op('hlt');
    a.label('low').mov(eax, 0x41).out(RESULT_PORT, eax);
    eoi(a).op('iret');
    a.label('high').mov(eax, 0x81).out(RESULT_PORT, eax);
    eoi(a).op('iret');
    const machine = load(context, a, { 0x41: 'low', 0x81: 'high' });
    machine.partition.requestMsi(0, message(0x41));
    // A backend need not tell that one merged, but must not say that it did not.
    expect(machine.partition.requestMsi(0, message(0x81))).not.toBe(false);
    expect(machine.partition.requestMsi(0, message(0x81))).not.toBe(true);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0x81, 0x41, 0xffff_ffff]);
    const { registers } = machine.processor.accessState(0).get('apic');
    expect(registers.slice(APIC_ISR, APIC_IRR + 8).every((word) => word === 0)).toBe(true);
  });

  test('keeps the lower of two in service waiting until the end of the higher', NEEDS, async () => {
    const a = new Assembler(32, CODE).op('sti', 'nop', 'nop', 'cli').mov(eax, -1).out(RESULT_PORT, eax).op('hlt');
    a.label('high').mov(eax, 0x81).out(RESULT_PORT, eax).op('sti', 'nop', 'nop').mov(eax, 0x82).out(RESULT_PORT, eax);
    eoi(a).op('nop').mov(eax, 0x83).out(RESULT_PORT, eax).op('iret');
    a.label('low').mov(eax, 0x41).out(RESULT_PORT, eax);
    eoi(a).op('iret');
    const machine = load(context, a, { 0x41: 'low', 0x81: 'high' });
    machine.partition.requestMsi(0, message(0x81));
    machine.partition.requestMsi(0, message(0x41));
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0x81, 0x82, 0x41, 0x83, 0xffff_ffff]);
  });

  test('routes IO-APIC lines as messages, where it has them', NEEDS, async () => {
    const a = new Assembler(32, CODE).op('sti', 'nop', 'nop', 'cli', 'hlt').label('handler').mov(eax, 9).out(RESULT_PORT, eax);
    eoi(a).op('iret');
    const machine = load(context, a, { 0x61: 'handler' });
    const routing = machine.partition.ioapicRouting();
    routing?.setIrqRoute(4, message(0x61));
    routing?.assertIrq(4);
    routing?.assertIrq(5);
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual(routing === undefined ? [] : [9]);
  });
}

function restoredEvents(context: SuiteContext): void {
  const { test } = context;
  const handler = (a: Assembler): Assembler => a.label('handler').mov(eax, cr2).out(RESULT_PORT, eax).mov(eax, dword({ base: esp })).out(RESULT_PORT, eax).op('cli', 'hlt');

  test('delivers a pending exception that was restored, with its parameter', NEEDS, async () => {
    const machine = load(context, handler(new Assembler(32, CODE).inc(ebx).op('hlt')), { 14: 'handler' });
    setActivity(machine, { pendingEvent: { kind: 'exception', vector: 14, errorCode: 6, parameter: 0xabcd_e000n } });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0xabcd_e000, 6]);
    expect(machine.registers.rbx).toBe(0n);
  });

  test('delivers a pending external interrupt that was restored', NEEDS, async () => {
    const machine = load(context, handler(new Assembler(32, CODE).inc(ebx).op('hlt')), { 0x33: 'handler' });
    setActivity(machine, { pendingEvent: { kind: 'extInt', vector: 0x33 } });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([0, CODE]);
  });

  test('honours a restored interrupt shadow', NEEDS, async () => {
    for (const [shadow, expected] of [[false, 0], [true, 1]] as const) {
      const machine = load(context, new Assembler(32, CODE).inc(ebx).inc(ebx).op('cli', 'hlt').label('handler').mov(eax, ebx).out(RESULT_PORT, eax).op('cli', 'hlt'), { 0x33: 'handler' });
      machine.setRegisters({ rflags: 0x202n, rbx: 0n });
      setActivity(machine, { interruptShadow: shadow });
      machine.io.picVectors.push(0x33);
      machine.partition.pulseLint(0, 0, 0);
      await machine.runToIdle();
      expect(machine.io.written(RESULT_PORT)).toEqual([expected]);
    }
  });

  test('honours restored NMI masking', NEEDS, async () => {
    const a = new Assembler(32, CODE).inc(ebx).op('pushf').db(0x0e).push('after').op('iret').label('after').inc(ebx).op('cli', 'hlt');
    a.label('nmi').mov(eax, ebx).out(RESULT_PORT, eax).op('hlt');
    const machine = load(context, a, { 2: 'nmi' });
    setActivity(machine, { nmiPending: true, nmiMasked: true });
    await machine.runToIdle();
    // Delivered right after the IRET.
    expect(machine.io.written(RESULT_PORT)).toEqual([1]);
  });

  test('delivers an NMI right behind the IRET that unmasks it, wherever that leads', NEEDS, async () => {
    // To where a computed jump has led before.
    const a = new Assembler(32, CODE).mov(eax, 'again').jmp(eax).label('again').inc(ebx).op('pushf').db(0x0e).push('again').op('iret');
    a.label('nmi').mov(eax, ebx).out(RESULT_PORT, eax).op('hlt');
    const machine = load(context, a, { 2: 'nmi' });
    machine.setRegisters({ rbx: 0n });
    setActivity(machine, { nmiPending: true, nmiMasked: true });
    await machine.runToIdle();
    expect(machine.io.written(RESULT_PORT)).toEqual([1]);
  });

  test('carries a message that waits in the APIC over to another machine', NEEDS, async () => {
    const code = (): Assembler => countUntilInterrupt();
    const first = load(context, code(), { 0x52: 'handler' });
    first.partition.requestMsi(0, message(0x52));
    const second = load(context, code(), { 0x52: 'handler' });
    second.restore(first.save());
    await second.runToIdle();
    expect(second.io.written(RESULT_PORT)).toEqual([1]);
  });
}

/** Interrupt command register, high half first: its low half sends (SDM vol. 3A §10.6.1). */
const ICR_HIGH = 0xfee0_0310 | 0;
const ICR_LOW = 0xfee0_0300 | 0;
const ICR_INIT = 0x4500;
const ICR_STARTUP = 0x4600;
/** Where the application processor starts: real mode, CS = 1100h. */
const AP_CODE = 0x11000;

function otherProcessors(context: SuiteContext): void {
  const sendTo = (a: Assembler, apicId: number, command: number): Assembler => a.mov(dword(ICR_HIGH), apicId << 24).mov(dword(ICR_LOW), command);

  context.test('starts an application processor with INIT and SIPI', NEEDS, async () => {
    const a = new Assembler(32, CODE);
    sendTo(a, 1, ICR_INIT);
    sendTo(a, 1, ICR_STARTUP | (AP_CODE >> 12)).label('wait').alu('cmp', dword(0x9000), 0x5151).j('nz', 'wait').mov(eax, dword(0x9000)).out(RESULT_PORT, eax).op('cli', 'hlt');
    const machine = new TestMachine(context.create(), { vps: 2 });
    enterEnvironment(machine, 32, a);
    const ap = new Assembler(16, AP_CODE).mov(ax, 0).mov(ds, ax).mov(word(0x9000), 0x5151).op('cli', 'hlt');
    machine.memory.writeBytes(AP_CODE, ap.bytes());
    const stop = new StopVpSource();
    machine.io.onWrite.set(RESULT_PORT, () => stop.stop());
    const runs = machine.processors.map((processor) => processor.runVp(stop.checker(), machine.io));
    expect(await Promise.all(runs)).toEqual([{ kind: 'stop' }, { kind: 'stop' }]);
    expect(machine.io.written(RESULT_PORT)).toEqual([0x5151]);
    const started = machine.processors[1]?.accessState(0);
    expect(started?.get('registers').cs).toMatchObject({ base: BigInt(AP_CODE), selector: AP_CODE >> 4 });
    expect(started?.get('activity').mpState).toBe('halted');
  });

  context.test('executes what another processor wrote, though that one wrote to the page before it held code', NEEDS, async () => {
    const page = 0x14000;
    const a = new Assembler(32, CODE);
    sendTo(a, 1, ICR_INIT);
    sendTo(a, 1, ICR_STARTUP | (AP_CODE >> 12)).label('wait').alu('cmp', dword(0x9000), 1).j('nz', 'wait').mov(eax, page).call(eax).mov(dword(0x9004), 1);
    a.label('again').mov(eax, page).call(eax).alu('cmp', eax, 2).j('nz', 'again').out(RESULT_PORT, eax).op('cli', 'hlt');
    const machine = new TestMachine(context.create(), { vps: 2 });
    enterEnvironment(machine, 32, a);
    machine.memory.writeBytes(page, new Assembler(32, page).mov(eax, 1).op('ret').bytes());
    const ap = new Assembler(16, AP_CODE).mov(ax, 0).mov(ds, ax).mov(ax, page >> 4).mov(es, ax).db(0x26).mov(word(0x800), 1).mov(word(0x9000), 1);
    ap.label('wait').alu('cmp', word(0x9004), 1).j('nz', 'wait').db(0x26).mov(word(1), 2).op('cli', 'hlt');
    machine.memory.writeBytes(AP_CODE, ap.bytes());
    const stop = new StopVpSource();
    machine.io.onWrite.set(RESULT_PORT, () => stop.stop());
    await Promise.all(machine.processors.map((processor) => processor.runVp(stop.checker(), machine.io)));
    expect(machine.io.written(RESULT_PORT)).toEqual([2]);
  });

  context.test('puts a processor into the state after INIT', NEEDS, async () => {
    const a = new Assembler(32, CODE);
    sendTo(a, 1, ICR_INIT).label('spin').jmp('spin');
    const machine = new TestMachine(context.create(), { vps: 2 });
    enterEnvironment(machine, 32, a);
    const ap = machine.processors[1];
    if (ap === undefined) throw new RangeError('the machine has no second processor');
    const access = ap.accessState(0);
    const before = { registers: { ...access.get('registers'), rax: 5n, rip: 0x77n, cr0: 0x4000_0011n }, apic: access.get('apic') };
    access.set('registers', before.registers);
    access.set('pat', { value: 0x0606_0606_0606_0606n });
    access.set('activity', { ...access.get('activity'), mpState: 'halted' });
    access.commit();
    await machine.runInstructions(10);
    ap.flushAsyncRequests();
    const after = ap.accessState(0);
    const expected = stateAfterInit(before, machine.partition.caps, ap.vp);
    expect(after.get('registers')).toEqual(expected.registers);
    expect(after.get('activity')).toEqual(expected.activity);
    expect(after.get('debugRegs')).toEqual(expected.debugRegs);
    expect(after.get('apic').registers).toEqual(expected.apic.registers);
    expect(after.get('pat').value).toBe(0x0606_0606_0606_0606n);
  });
}

/** Interrupts: the 8259's line, NMI, messages, and what of them is saved. */
export function interruptsPart(context: SuiteContext): void {
  lines(context);
  messages(context);
  restoredEvents(context);
  otherProcessors(context);
}
