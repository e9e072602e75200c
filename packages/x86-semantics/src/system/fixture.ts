import { GuestMemory } from '@ringzero/guest-memory';
import { cpuModel, featuresOfCpuid, MAX_CPU_MODEL, type CpuModel } from '@ringzero/x86';
import type { CpuIo, TimerHandle, VmClock } from '@ringzero/processor';
import { CR0, CR4, ESP, FAULT, GDTR_BASE, GDTR_LIMIT, IDTR_BASE, IDTR_LIMIT, RFLAGS, RIP } from '../vp/lanes.ts';
import { Operation } from '../vp/operation.ts';
import { Vp } from '../vp/vp.ts';
import { InterruptBus } from './apic/bus.ts';
import { LocalApic } from './apic/local-apic.ts';
import { createCpuid } from './cpuid.ts';
import { DebugUnit } from './debug.ts';
import { Descriptor } from './descriptors.ts';
import { Monitor } from './monitor.ts';
import { PerformanceCounters, performanceLeaf } from './performance.ts';
import { refreshAllSegments, writeSegment } from './segments.ts';
import { applyInit } from './start-up.ts';
import { SYSTEM_HELPERS } from './table.ts';
import { attachUnits } from './units.ts';

// What the unit tests of this folder run on: a VP over RAM, with tables at fixed places.

export const GDT = 0x1000;
export const IDT = 0x2000;
export const TSS = 0x3000;
export const TSS2 = 0x3800;
/** Tops of the stacks at CPL 0 and 3. */
export const STACK0 = 0x9000;
export const STACK3 = 0xb000;

export const CODE0 = 0x08;
export const DATA0 = 0x10;
export const CODE3 = 0x1b;
export const DATA3 = 0x23;
export const TASK = 0x28;
export const TASK2 = 0x30;
/** Free slots of the GDT start here. */
export const FREE = 0x40;

/** A clock that tests set. */
export class TestClock implements VmClock {
  mode: VmClock['mode'] = 'virtual';
  readonly tscFrequency = 1_000_000_000;
  time = 0;
  #timers: { deadline: number; callback: () => void }[] = [];

  now(): number {
    return this.time;
  }
  advance(_instructions: number): void {
    // Time moves with `to` alone.
  }
  quantum(): number {
    return 1000;
  }
  poll(): void {
    for (;;) {
      const due = this.#timers.filter((timer) => timer.deadline <= this.time).sort((a, b) => a.deadline - b.deadline)[0];
      if (due === undefined) return;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      due.callback();
    }
  }
  skipIdle(): boolean {
    return false;
  }
  idleMilliseconds(): number {
    return Infinity;
  }
  schedule(deadline: number, callback: () => void): TimerHandle {
    const timer = { deadline, callback };
    this.#timers.push(timer);
    return { deadline, cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }
  /** Moves time and runs what is due. */
  to(time: number): void {
    this.time = time;
    this.poll();
  }
}

/** Devices that record what they are asked. */
export class TestIo implements CpuIo {
  readonly log: string[] = [];
  picVector: number | undefined = undefined;

  isMmio(): boolean {
    return false;
  }
  acknowledgePicInterrupt(): number | undefined {
    return this.picVector;
  }
  handleEoi(irq: number): void {
    this.log.push(`eoi ${irq}`);
  }
  readMmio(): number {
    return 0;
  }
  writeMmio(): void {
    // No device memory here.
  }
  readIo(_vp: number, port: number, size: number): number {
    this.log.push(`in ${port.toString(16)} ${size}`);
    return 0x12345678;
  }
  writeIo(_vp: number, port: number, size: number, value: number): void {
    this.log.push(`out ${port.toString(16)} ${size} ${value.toString(16)}`);
  }
  fatalError(error: unknown): never {
    throw error;
  }
}

/** A VP with its surroundings. */
export class Bench {
  readonly memory: GuestMemory;
  readonly clock: TestClock;
  readonly io: TestIo = new TestIo();
  readonly vp: Vp;
  readonly apic: LocalApic;
  readonly debug: DebugUnit;
  readonly monitor: Monitor;
  wakes = 0;

  /** After reset, in real-address mode. `bus`, `clock` and `memory` may be shared. The model is max unless one is given. */
  constructor(apicId: number = 0, bus: InterruptBus = new InterruptBus(), clock: TestClock = new TestClock(), memory: GuestMemory = new GuestMemory(0x100000), model: CpuModel = cpuModel(MAX_CPU_MODEL)!) {
    this.memory = memory;
    this.clock = clock;
    const cpuid = createCpuid(model, { apicId });
    this.vp = new Vp({ index: apicId, apicId, memory, clock, features: featuresOfCpuid(cpuid) });
    this.apic = new LocalApic(this.vp, clock, bus, () => void this.wakes++);
    this.debug = new DebugUnit(this.vp);
    this.monitor = new Monitor(memory, this.vp.R, () => void this.wakes++);
    attachUnits(this.vp, { cpuid, apic: this.apic, debug: this.debug, monitor: this.monitor, performance: new PerformanceCounters(this.vp, performanceLeaf(cpuid), () => this.apic.performanceInterrupt()) });
    bus.connect(this.apic);
    this.vp.io.attach(this.io);
    this.vp.io.begin();
    this.apic.setBase(0xfee0_0800 | (apicId === 0 ? 0x100 : 0), 0);
    applyInit(this.vp);
    this.apic.writeRegister(2, apicId << 24);
  }

  /** Flat protected mode at CPL 0, with a GDT, an IDT whose vectors lead to 0x5000 + 16n, and a 32-bit TSS. */
  static protectedMode(): Bench {
    const bench = new Bench();
    bench.writeDescriptor(CODE0, 0, 0xfffff, 0xc09b);
    bench.writeDescriptor(DATA0, 0, 0xfffff, 0xc093);
    bench.writeDescriptor(CODE3, 0, 0xfffff, 0xc0fb);
    bench.writeDescriptor(DATA3, 0, 0xfffff, 0xc0f3);
    bench.writeDescriptor(TASK, TSS, 0x67, 0x0089);
    bench.writeDescriptor(TASK2, TSS2, 0x67, 0x0089);
    for (let vector = 0; vector < 64; vector++) bench.writeGate(vector, CODE0, 0x5000 + 16 * vector, 0x8e);
    bench.write32(TSS + 4, STACK0);
    bench.write32(TSS + 8, DATA0);
    const { R } = bench.vp;
    R[GDTR_BASE] = GDT;
    R[GDTR_LIMIT] = 0xff;
    R[IDTR_BASE] = IDT;
    R[IDTR_LIMIT] = 0x7ff;
    R[CR0] |= 1;
    R[CR4] = 0;
    refreshAllSegments(bench.vp);
    bench.enter(0);
    bench.loadSystem(7, TASK);
    return bench;
  }

  /** Goes to CPL `level` with flat segments and that level's stack, by decree. */
  enter(level: 0 | 3): void {
    const { vp } = this;
    vp.setCpl(level);
    for (let segment = 0; segment < 6; segment++) this.loadSystem(segment, segment === 1 ? (level === 0 ? CODE0 : CODE3) : level === 0 ? DATA0 : DATA3);
    vp.R[ESP] = level === 0 ? STACK0 : STACK3;
    vp.updateMode();
  }

  /** Fills a segment register from the GDT without checks. */
  loadSystem(segment: number, selector: number): void {
    const at = GDT + (selector & ~7);
    writeSegment(this.vp, segment, new Descriptor(selector, this.read32(at), this.read32(at + 4), at));
    this.vp.updateMode();
  }

  /** Virtual-8086 mode with an IOPL, CS 0x1000, SS 0x2000, and other segments 0x3000. */
  enterVirtual(iopl: number): void {
    const { vp } = this;
    vp.setFlags(0x2_0000 | (iopl << 12), 0x2_3000);
    vp.setCpl(3);
    const selectors = [0x3000, 0x1000, 0x2000, 0x3000, 0x3000, 0x3000];
    selectors.forEach((selector, segment) => {
      writeSegment(vp, segment, new Descriptor(selector, ((selector & 0xfff) << 20) | 0xffff, 0xf300 | (selector >>> 12), 0));
    });
    vp.R[ESP] = 0x100;
    vp.updateMode();
  }

  writeDescriptor(selector: number, base: number, limit: number, attributes: number): void {
    const at = GDT + (selector & ~7);
    this.write32(at, (limit & 0xffff) | (base << 16));
    this.write32(at + 4, ((base >>> 16) & 0xff) | (attributes << 8) | (limit & 0xf_0000) | (base & 0xff00_0000));
  }

  writeGate(vector: number, selector: number, offset: number, access: number): void {
    this.writeGateAt(IDT + 8 * vector, selector, offset, access, 0);
  }

  writeGateAt(at: number, selector: number, offset: number, access: number, count: number): void {
    this.write32(at, (selector << 16) | (offset & 0xffff));
    this.write32(at + 4, (offset & 0xffff_0000) | (access << 8) | count);
  }

  read32(at: number): number {
    return this.memory.view.getInt32(at, true);
  }
  read16(at: number): number {
    return this.memory.view.getUint16(at, true);
  }
  write32(at: number, value: number): void {
    this.memory.view.setInt32(at, value, true);
  }
  write16(at: number, value: number): void {
    this.memory.view.setUint16(at, value, true);
  }

  /** `count` stack elements of `size` bytes from the top, at linear address `base`. */
  stack(count: number, size: number = 4, base: number = 0): number[] {
    const at = base + (this.vp.R[ESP] & this.vp.stackMask);
    return Array.from({ length: count }, (_, i) => (size === 4 ? this.read32(at + 4 * i) : this.read16(at + 2 * i)));
  }

  /** Runs a helper by its form. The status; `vp.faultVector` and `faultError` tell of a fault. */
  run(form: string, fields: Partial<Operation> = {}): number {
    const op = new Operation((operation) => operation);
    op.nextIp = this.vp.R[RIP] + 2;
    op.length = 2;
    Object.assign(op, fields);
    this.vp.R[FAULT] = 0;
    const status = SYSTEM_HELPERS[form].run(this.vp, op);
    this.vp.R[FAULT] = 0;
    return status;
  }

  get fault(): string {
    return `${this.vp.faultVector}(${this.vp.faultError.toString(16)})`;
  }

  get flags(): number {
    return this.vp.R[RFLAGS];
  }
}
