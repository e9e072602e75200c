import type { VmClock } from '@ringzero/processor';
import { lane32 } from '@ringzero/x86';
import type { InternalMmio } from '../vp/memory-hooks.ts';
import type { Vp } from '../vp/vp.ts';
import { NMI_PENDING } from '../vp/lanes.ts';
import {
  APIC_DFR,
  APIC_EOI,
  APIC_ESR,
  APIC_ICR_HIGH,
  APIC_ICR_LOW,
  APIC_ID,
  APIC_IRR,
  APIC_ISR,
  APIC_LDR,
  APIC_LVT_ERROR,
  APIC_LVT_LINT0,
  APIC_LVT_LINT1,
  APIC_LVT_TIMER,
  APIC_PPR,
  APIC_SVR,
  APIC_TIMER_CURRENT,
  APIC_TIMER_DIVIDE,
  APIC_TIMER_INITIAL,
  APIC_TMR,
  APIC_TPR,
  APIC_VERSION,
  DELIVERY_EXTINT,
  DELIVERY_FIXED,
  DELIVERY_INIT,
  DELIVERY_LOWEST,
  DELIVERY_NMI,
  DELIVERY_STARTUP,
  ERROR_RECEIVE_VECTOR,
  ERROR_REGISTER,
  ERROR_SEND_VECTOR,
  LVT_MASKED,
  LVT_PERIODIC,
  LVT_WRITABLE,
  SVR_ENABLE,
} from './apic-registers.ts';
import { ApicTimer } from './apic-timer.ts';

const REGISTERS = lane32('apicRegisters');
const BASE = lane32('apicBase');
const BASE_ENABLE = 1 << 11;
const BASE_BSP = 1 << 8;
const VERSION = 0x0005_0014;
const FOUR_GB = 0x1_0000_0000;

/** A message on the bus between APICs: an IPI, an MSI, or an IO-APIC's interrupt. */
export interface ApicMessage {
  /** `DELIVERY_*`. */
  readonly mode: number;
  readonly vector: number;
  /** 8-bit destination; its meaning depends on `logical`. */
  readonly destination: number;
  readonly logical: boolean;
  readonly levelTriggered: boolean;
  /** For INIT, level-triggered: false is the de-assert message, which is ignored. */
  readonly assert: boolean;
}

/** Who receives an IPI: the destination field, or a shorthand (vol. 3A §10.6.1). */
export type Shorthand = 'none' | 'self' | 'all' | 'others';

/** What connects the local APICs of a partition. */
export interface ApicBus {
  deliver(message: ApicMessage, shorthand: Shorthand, source: LocalApic): void;
}

const SHORTHANDS: readonly Shorthand[] = ['none', 'self', 'all', 'others'];

/**
 * The local APIC of one VP in xAPIC mode (vol. 3A chapter 10). Its registers are the VP's `apicRegisters`; what is here
 * besides are the timer, whose count derives from the clock, and requests on their way to the VP.
 *
 * After its registers were written from outside (reset, restore), call {@link restore}; before they are read, {@link save}.
 */
export class LocalApic implements InternalMmio {
  readonly #vp: Vp;
  readonly #R: Int32Array;
  readonly #bus: ApicBus;
  readonly #wake: () => void;
  readonly #timer: ApicTimer;
  #pageStart = 0;
  /** The 8259 pair asks for an interrupt: LINT0. */
  #extInt = false;
  /** Errors since the last write to ESR. */
  #errors = 0;
  #init = false;
  #startup = -1;

  /** `wake` is called whenever the VP may have something to do: it must look soon. */
  constructor(vp: Vp, clock: VmClock, bus: ApicBus, wake: () => void) {
    this.#vp = vp;
    this.#R = vp.R;
    this.#bus = bus;
    this.#wake = wake;
    this.#timer = new ApicTimer(
      clock,
      () => vp.now(),
      () => this.#deliverLocal(APIC_LVT_TIMER),
    );
    this.restore();
  }

  // The page.

  covers(physical: number): boolean {
    return physical - this.#pageStart < 4096 && physical >= this.#pageStart;
  }

  /** Any width reads its part of the 32-bit register; those between registers read as 0. */
  read(physical: number, size: number): number {
    const offset = physical - this.#pageStart;
    const within = offset & 15;
    if (within >= 4) return 0;
    const value = this.readRegister(offset >>> 4) >>> (8 * within);
    return size === 4 ? value | 0 : value & (size === 2 ? 0xffff : 0xff);
  }

  /** Only aligned 32-bit writes have an effect (vol. 3A §10.4.1). */
  write(physical: number, size: number, value: number): void {
    const offset = physical - this.#pageStart;
    if (size === 4 && (offset & 15) === 0) this.writeRegister(offset >>> 4, value);
  }

  /** Reads register `n` (offset 16n). */
  readRegister(n: number): number {
    switch (n) {
      case APIC_PPR:
        return this.#processorPriority();
      case APIC_EOI:
        return 0;
      case APIC_TIMER_CURRENT:
        return this.#timer.current() | 0;
      default:
        if (!isRegister(n)) this.#error(ERROR_REGISTER);
        return this.#R[REGISTERS + n];
    }
  }

  /** Writes register `n` (offset 16n). */
  writeRegister(n: number, value: number): void {
    const R = this.#R;
    switch (n) {
      case APIC_ID:
      case APIC_LDR:
        R[REGISTERS + n] = value & 0xff00_0000;
        break;
      case APIC_TPR:
        R[REGISTERS + n] = value & 0xff;
        break;
      case APIC_EOI:
        this.#endOfInterrupt();
        break;
      case APIC_DFR:
        R[REGISTERS + n] = value | 0x0fff_ffff;
        break;
      case APIC_SVR:
        R[REGISTERS + n] = value & 0x3ff;
        if ((value & SVR_ENABLE) === 0) for (let lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt++) R[REGISTERS + lvt] |= LVT_MASKED;
        break;
      case APIC_ESR:
        R[REGISTERS + n] = this.#errors;
        this.#errors = 0;
        break;
      case APIC_ICR_LOW:
        R[REGISTERS + n] = value & 0x000c_cfff;
        this.#send(value);
        break;
      case APIC_ICR_HIGH:
        R[REGISTERS + n] = value & 0xff00_0000;
        break;
      case APIC_TIMER_INITIAL:
        R[REGISTERS + n] = value;
        this.#startTimer(value >>> 0);
        break;
      case APIC_TIMER_DIVIDE:
        this.#changeTimer(() => (R[REGISTERS + n] = value & 0xb));
        break;
      default:
        if (n >= APIC_LVT_TIMER && n <= APIC_LVT_ERROR) this.#writeLvt(n, value);
        else if (!isRegister(n)) this.#error(ERROR_REGISTER);
    }
    if (this.hasInterrupt()) this.#wake();
  }

  #writeLvt(n: number, value: number): void {
    let next = value & LVT_WRITABLE[n - APIC_LVT_TIMER];
    if (!this.#isSoftwareEnabled()) next |= LVT_MASKED;
    if (n === APIC_LVT_TIMER) this.#changeTimer(() => (this.#R[REGISTERS + n] = next));
    else this.#R[REGISTERS + n] = next;
  }

  // What the VP asks.

  /** Whether an interrupt waits that the task priority lets through (EFLAGS.IF is the engine's question). */
  hasInterrupt(): boolean {
    return this.#hasExtInt() || this.#deliverable() >= 0;
  }

  /** Takes the interrupt to deliver: its vector, now in service; −1 if it went away (a spurious request of the 8259 pair). */
  acknowledge(): number {
    if (this.#hasExtInt()) {
      this.#extInt = false;
      return this.#vp.dev.acknowledgePicInterrupt() ?? -1;
    }
    const vector = this.#deliverable();
    if (vector < 0) return -1;
    this.#clearBit(APIC_IRR, vector);
    this.#setBit(APIC_ISR, vector);
    return vector;
  }

  /** Whether an INIT arrived; the engine then applies it and forgets an earlier start-up IPI. */
  takeInit(): boolean {
    const taken = this.#init;
    this.#init = false;
    return taken;
  }

  /** Vector of a start-up IPI that arrived, or −1. It counts only while the VP waits for one. */
  takeStartup(): number {
    const vector = this.#startup;
    this.#startup = -1;
    return vector;
  }

  // What the bus and the board deliver.

  /** A pulse on a local interrupt pin: 0 is LINT0 (the 8259 pair), 1 is LINT1 (NMI). */
  pulse(pin: 0 | 1): void {
    if (pin === 0) this.#extInt = true;
    if (!this.#isHardwareEnabled()) {
      if (pin === 1) this.#R[NMI_PENDING] = 1;
    } else if (pin === 1 || this.#mode(APIC_LVT_LINT0) !== DELIVERY_EXTINT) {
      this.#deliverLocal(pin === 0 ? APIC_LVT_LINT0 : APIC_LVT_LINT1);
    }
    this.#wake();
  }

  /** Whether a destination names this APIC (vol. 3A §10.6.2). */
  matches(destination: number, logical: boolean): boolean {
    const R = this.#R;
    if (destination === 0xff) return true;
    if (!logical) return R[REGISTERS + APIC_ID] >>> 24 === destination;
    const id = R[REGISTERS + APIC_LDR] >>> 24;
    if (R[REGISTERS + APIC_DFR] >>> 28 === 0xf) return (id & destination) !== 0;
    return (destination >>> 4 === 0xf || id >>> 4 === destination >>> 4) && (id & destination & 15) !== 0;
  }

  /** Whether it accepts fixed interrupts. */
  get isEnabled(): boolean {
    return this.#isHardwareEnabled() && this.#isSoftwareEnabled();
  }

  /** Its priority in the arbitration for a lowest-priority interrupt: less is more willing. */
  get arbitrationPriority(): number {
    return this.#processorPriority();
  }

  /** Receives a message that was routed here. */
  receive(message: ApicMessage): void {
    switch (message.mode) {
      case DELIVERY_FIXED:
      case DELIVERY_LOWEST:
        this.#accept(message.vector, message.levelTriggered);
        break;
      case DELIVERY_NMI:
        this.#R[NMI_PENDING] = 1;
        break;
      case DELIVERY_INIT:
        if (message.levelTriggered && !message.assert) return;
        this.#init = true;
        this.#startup = -1;
        break;
      case DELIVERY_STARTUP:
        this.#startup = message.vector;
        break;
      case DELIVERY_EXTINT:
        this.#extInt = true;
        break;
      default:
        return;
    }
    this.#wake();
  }

  // State.

  /** Writes what is derived (the timer's current count) to the registers. */
  save(): void {
    this.#R[REGISTERS + APIC_TIMER_CURRENT] = this.#timer.current() | 0;
    this.#R[REGISTERS + APIC_PPR] = this.#processorPriority();
  }

  /** Takes over registers that were written from outside: the timer goes on from its current count. */
  restore(): void {
    const R = this.#R;
    this.#errors = 0;
    this.#init = false;
    this.#startup = -1;
    this.#locatePage();
    this.#runTimer(R[REGISTERS + APIC_TIMER_INITIAL] >>> 0, R[REGISTERS + APIC_TIMER_CURRENT] >>> 0);
  }

  /** The registers after reset; an INIT keeps the ID (vol. 3A §10.4.7). */
  reset(): void {
    const R = this.#R;
    const id = R[REGISTERS + APIC_ID];
    R.fill(0, REGISTERS, REGISTERS + 64);
    R[REGISTERS + APIC_ID] = id;
    R[REGISTERS + APIC_VERSION] = VERSION;
    R[REGISTERS + APIC_DFR] = -1;
    R[REGISTERS + APIC_SVR] = 0xff;
    for (let lvt = APIC_LVT_TIMER; lvt <= APIC_LVT_ERROR; lvt++) R[REGISTERS + lvt] = LVT_MASKED;
    this.#errors = 0;
    this.#timer.stop();
  }

  /** Writes IA32_APIC_BASE. Disabling the APIC resets it (vol. 3A §10.4.3). */
  setBase(low: number, high: number): void {
    const R = this.#R;
    const wasEnabled = this.#isHardwareEnabled();
    R[BASE] = low;
    R[BASE + 1] = high;
    if (wasEnabled && !this.#isHardwareEnabled()) this.reset();
    this.#locatePage();
    this.#vp.flushTlb(false);
  }

  /** Whether this is the bootstrap processor. */
  get isBootstrap(): boolean {
    return (this.#R[BASE] & BASE_BSP) !== 0;
  }

  #locatePage(): void {
    const R = this.#R;
    this.#pageStart = this.#isHardwareEnabled() ? ((R[BASE] & -4096) >>> 0) + (R[BASE + 1] & 0xff) * FOUR_GB : Number.MAX_SAFE_INTEGER;
  }

  #isHardwareEnabled(): boolean {
    return (this.#R[BASE] & BASE_ENABLE) !== 0;
  }

  #isSoftwareEnabled(): boolean {
    return (this.#R[REGISTERS + APIC_SVR] & SVR_ENABLE) !== 0;
  }

  #mode(lvt: number): number {
    return (this.#R[REGISTERS + lvt] >>> 8) & 7;
  }

  #hasExtInt(): boolean {
    if (!this.#extInt) return false;
    if (!this.#isHardwareEnabled()) return true;
    return (this.#R[REGISTERS + APIC_LVT_LINT0] & LVT_MASKED) === 0 && this.#mode(APIC_LVT_LINT0) === DELIVERY_EXTINT;
  }

  /** The highest requested vector above the processor priority, or −1. */
  #deliverable(): number {
    const vector = this.#highest(APIC_IRR);
    return vector >= 0 && this.#isHardwareEnabled() && vector >>> 4 > this.#processorPriority() >>> 4 ? vector : -1;
  }

  /** PPR (vol. 3A §10.8.3.1). */
  #processorPriority(): number {
    const task = this.#R[REGISTERS + APIC_TPR] & 0xff;
    const service = Math.max(0, this.#highest(APIC_ISR));
    return task >>> 4 >= service >>> 4 ? task : service & 0xf0;
  }

  #highest(first: number): number {
    for (let i = 7; i >= 0; i--) {
      const word = this.#R[REGISTERS + first + i];
      if (word !== 0) return 32 * i + 31 - Math.clz32(word);
    }
    return -1;
  }

  #setBit(first: number, vector: number): void {
    this.#R[REGISTERS + first + (vector >>> 5)] |= 1 << (vector & 31);
  }

  #clearBit(first: number, vector: number): void {
    this.#R[REGISTERS + first + (vector >>> 5)] &= ~(1 << (vector & 31));
  }

  #accept(vector: number, levelTriggered: boolean): void {
    if (!this.isEnabled) return;
    if (vector < 16) {
      this.#error(ERROR_RECEIVE_VECTOR);
      return;
    }
    this.#setBit(APIC_IRR, vector);
    if (levelTriggered) this.#setBit(APIC_TMR, vector);
    else this.#clearBit(APIC_TMR, vector);
  }

  #endOfInterrupt(): void {
    const vector = this.#highest(APIC_ISR);
    if (vector < 0) return;
    this.#clearBit(APIC_ISR, vector);
    if ((this.#R[REGISTERS + APIC_TMR + (vector >>> 5)] & (1 << (vector & 31))) !== 0) this.#vp.dev.handleEoi(vector);
  }

  /** An event of the local vector table. */
  #deliverLocal(lvt: number): void {
    const entry = this.#R[REGISTERS + lvt];
    if ((entry & LVT_MASKED) !== 0 || !this.#isHardwareEnabled()) return;
    const hasMode = lvt !== APIC_LVT_TIMER && lvt !== APIC_LVT_ERROR;
    const mode = hasMode ? (entry >>> 8) & 7 : DELIVERY_FIXED;
    // Trigger mode counts for LINT0 alone (vol. 3A §10.5.1).
    const level = lvt === APIC_LVT_LINT0 && (entry & 0x8000) !== 0;
    this.receive({ mode, vector: entry & 0xff, destination: 0, logical: false, levelTriggered: level, assert: true });
  }

  #error(bit: number): void {
    const isNew = (this.#errors & bit) === 0;
    this.#errors |= bit;
    // The error vector itself may be the illegal one: that is not reported again.
    if (isNew) this.#deliverLocal(APIC_LVT_ERROR);
  }

  /** ICR (vol. 3A §10.6.1). */
  #send(low: number): void {
    const mode = (low >>> 8) & 7;
    const vector = low & 0xff;
    if (mode === DELIVERY_FIXED || mode === DELIVERY_LOWEST) {
      if (vector < 16) {
        this.#error(ERROR_SEND_VECTOR);
        return;
      }
    } else if (mode !== DELIVERY_NMI && mode !== DELIVERY_INIT && mode !== DELIVERY_STARTUP) return;
    const message: ApicMessage = {
      mode,
      vector,
      destination: this.#R[REGISTERS + APIC_ICR_HIGH] >>> 24,
      logical: (low & 0x800) !== 0,
      // Only INIT has a level form; all else is edge (vol. 3A §10.6.1).
      levelTriggered: mode === DELIVERY_INIT && (low & 0x8000) !== 0,
      assert: (low & 0x4000) !== 0,
    };
    this.#bus.deliver(message, SHORTHANDS[(low >>> 18) & 3], this);
  }

  // The timer.

  #startTimer(initial: number): void {
    this.#runTimer(initial, initial);
  }

  /** Applies a change of the timer's mode or divisor: it goes on from its current count; at 0 it waits for a new one. */
  #changeTimer(change: () => void): void {
    const current = this.#timer.current();
    change();
    if (current === 0) this.#timer.stop();
    else this.#runTimer(this.#R[REGISTERS + APIC_TIMER_INITIAL] >>> 0, current);
  }

  #runTimer(initial: number, current: number): void {
    const R = this.#R;
    this.#timer.start(initial, current, R[REGISTERS + APIC_TIMER_DIVIDE], (R[REGISTERS + APIC_LVT_TIMER] & LVT_PERIODIC) !== 0);
  }
}

/** Whether register `n` exists. */
function isRegister(n: number): boolean {
  return (n >= APIC_ID && n <= APIC_VERSION) || (n >= APIC_TPR && n <= APIC_ESR) || (n >= APIC_ICR_LOW && n <= APIC_TIMER_CURRENT) || n === APIC_TIMER_DIVIDE;
}
