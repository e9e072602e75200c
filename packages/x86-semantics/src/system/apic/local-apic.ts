import type { Latches, VmClock } from '@ringzero/processor';
import { lane32 } from '@ringzero/x86';
import { NMI_PENDING } from '../../vp/lanes.ts';
import type { InternalMmio } from '../../vp/memory-hooks.ts';
import type { Vp } from '../../vp/vp.ts';
import { ApicBaseRegister, logicalX2apicId, type ApicState } from './base.ts';
import { matchesDestination } from './destination.ts';
import { LocalVectorTable } from './local-vectors.ts';
import { FIRST_VECTOR, messageOfIcr, wideDestination, type ApicBus, type ApicMessage } from './message.ts';
import {
  APIC_DFR,
  APIC_EOI,
  APIC_ESR,
  APIC_ICR_HIGH,
  APIC_ICR_LOW,
  APIC_ID,
  APIC_LDR,
  APIC_LVT_ERROR,
  APIC_LVT_LINT0,
  APIC_LVT_LINT1,
  APIC_LVT_PERFORMANCE,
  APIC_LVT_TIMER,
  APIC_PPR,
  APIC_SELF_IPI,
  APIC_SVR,
  APIC_TIMER_CURRENT,
  APIC_TIMER_DIVIDE,
  APIC_TIMER_INITIAL,
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
  ICR_WRITABLE,
  isRegister,
  LVT_MASKED,
  SVR_ENABLE,
  SVR_NO_FOCUS,
  SVR_SUPPRESS_EOI_BROADCAST,
  VERSION_SUPPRESS_EOI_BROADCAST,
} from './registers.ts';
import { InterruptRequests } from './requests.ts';

const REGISTERS = lane32('apicRegisters');
const VERSION = 0x0005_0014;
/** The low bits of the spurious vector are ones in processors of the P6 family (vol. 3A §10.9). */
const P6_SPURIOUS = 0xf;

/**
 * The local APIC of one VP (vol. 3A chapter 10), in xAPIC or x2APIC mode. Its registers are the VP's `apicRegisters`; what is
 * here besides are the timers, whose counts derive from the clock, and requests on their way to the VP.
 *
 * After its registers were written from outside (reset, restore), call {@link restore}; before they are read, {@link save}.
 */
export class LocalApic implements InternalMmio {
  readonly base: ApicBaseRegister;
  readonly vectors: LocalVectorTable;
  readonly #vp: Vp;
  readonly #R: Int32Array;
  readonly #bus: ApicBus;
  readonly #wake: () => void;
  readonly #requests: InterruptRequests;
  /** Pentium Pro to Pentium III: focus processor checking, and a spurious vector with a fixed part. */
  readonly #isP6: boolean;
  #pageStart = 0;
  /** The 8259 pair asks for an interrupt: LINT0. */
  #extInt = false;
  #init = false;
  #startup = -1;

  /** `wake` is called whenever the VP may have something to do: it must look soon. */
  constructor(vp: Vp, clock: VmClock, bus: ApicBus, wake: () => void) {
    this.#vp = vp;
    this.#R = vp.R;
    this.#bus = bus;
    this.#wake = wake;
    this.base = new ApicBaseRegister(vp.R);
    this.#requests = new InterruptRequests(vp.R);
    this.#isP6 = !vp.features.has('sse2');
    this.vectors = new LocalVectorTable(vp, clock, this.base, this.#requests, (message) => void this.receive(message));
    this.restore();
  }

  // The page.

  /** Whether a physical address is in the page of its registers. */
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
        return this.#requests.processorPriority;
      case APIC_EOI:
        return 0;
      case APIC_TIMER_CURRENT:
        return this.vectors.currentCount;
      default:
        if (!isRegister(n)) this.vectors.error(ERROR_REGISTER);
        return this.#R[REGISTERS + n];
    }
  }

  /** Writes register `n` (offset 16n). What x2APIC mode refuses was refused before (x2apic.ts). */
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
        R[REGISTERS + n] = (value & this.writableSvr) | (this.#isP6 ? P6_SPURIOUS : 0);
        if ((value & SVR_ENABLE) === 0) this.vectors.maskAll();
        break;
      case APIC_ESR:
        R[REGISTERS + n] = this.vectors.takeErrors();
        break;
      case APIC_ICR_LOW:
        R[REGISTERS + n] = value & ICR_WRITABLE;
        this.#send(value, this.#icrDestination());
        break;
      case APIC_ICR_HIGH:
        R[REGISTERS + n] = this.#isX2apic ? value : value & 0xff00_0000;
        break;
      case APIC_SELF_IPI:
        if (this.#isX2apic) this.#send((value & 0xff) | (1 << 18), 0);
        else this.vectors.error(ERROR_REGISTER);
        break;
      case APIC_TIMER_INITIAL:
        this.vectors.initialCount = value;
        break;
      case APIC_TIMER_DIVIDE:
        this.vectors.divide = value;
        break;
      default:
        if (n >= APIC_LVT_TIMER && n <= APIC_LVT_ERROR) this.vectors.write(n, value);
        else if (!isRegister(n)) this.vectors.error(ERROR_REGISTER);
    }
    if (this.hasInterrupt()) this.#wake();
  }

  /** Writable bits of SVR. */
  get writableSvr(): number {
    const suppresses = (this.#R[REGISTERS + APIC_VERSION] & VERSION_SUPPRESS_EOI_BROADCAST) !== 0;
    return 0xff | SVR_ENABLE | SVR_NO_FOCUS | (suppresses ? SVR_SUPPRESS_EOI_BROADCAST : 0);
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
    if (vector >= 0) this.#requests.accept(vector);
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
      this.vectors.deliver(pin === 0 ? APIC_LVT_LINT0 : APIC_LVT_LINT1);
    }
    this.#wake();
  }

  /** A performance counter overflowed. Newer processors than the P6 then mask the entry (vol. 3A §10.5.1). */
  performanceInterrupt(): void {
    this.vectors.deliver(APIC_LVT_PERFORMANCE);
    if (!this.#isP6) this.#R[REGISTERS + APIC_LVT_PERFORMANCE] |= LVT_MASKED;
  }

  /** Whether a destination names this APIC. */
  matches(destination: number, logical: boolean): boolean {
    return matchesDestination(this.#R, this.base.state, destination, logical);
  }

  /** Whether it accepts fixed interrupts. */
  get isEnabled(): boolean {
    return this.#isHardwareEnabled() && this.#isSoftwareEnabled();
  }

  /** Its priority in the arbitration for a lowest-priority interrupt: less is more willing. */
  get arbitrationPriority(): number {
    return this.#requests.processorPriority;
  }

  /** Whether it is the focus processor of a lowest-priority interrupt: it has that vector already (vol. 3A §10.6.2.4; the P6 family). */
  isFocusOf(vector: number): boolean {
    return this.#isP6 && this.isEnabled && (this.#R[REGISTERS + APIC_SVR] & SVR_NO_FOCUS) === 0 && this.#requests.has(vector);
  }

  /** Receives a message that was routed here. False: it merged with the same interrupt, which was not taken yet. */
  receive(message: ApicMessage): boolean {
    let isNew = true;
    switch (message.mode) {
      case DELIVERY_FIXED:
      case DELIVERY_LOWEST:
        isNew = this.#accept(message.vector, message.levelTriggered);
        break;
      case DELIVERY_NMI:
        this.#R[NMI_PENDING] = 1;
        break;
      case DELIVERY_INIT:
        if (message.levelTriggered && !message.assert) return true;
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
        return true;
    }
    this.#wake();
    return isNew;
  }

  // State.

  /** Writes what is derived (the timer's current count) to the registers. */
  save(): void {
    this.#R[REGISTERS + APIC_TIMER_CURRENT] = this.vectors.currentCount;
    this.#R[REGISTERS + APIC_PPR] = this.#requests.processorPriority;
  }

  /** Takes over registers that were written from outside: the timers go on from where they are. */
  restore(): void {
    this.#init = false;
    this.#startup = -1;
    this.#locatePage();
    this.vectors.restore();
  }

  /** What is held here beside the registers. */
  get latches(): Pick<Latches, 'extInt' | 'apicErrors' | 'apicTimerPhase'> {
    return { extInt: this.#extInt, ...this.vectors.latches };
  }
  set latches(latches: Pick<Latches, 'extInt' | 'apicErrors' | 'apicTimerPhase'>) {
    this.#extInt = latches.extInt;
    this.vectors.latches = latches;
  }

  /** Leaves the clock alone. */
  dispose(): void {
    this.vectors.dispose();
  }

  /** The registers after reset; an INIT keeps the ID and the mode (vol. 3A §10.4.7, §10.12.5.1). */
  reset(): void {
    const R = this.#R;
    const id = R[REGISTERS + APIC_ID];
    const ldr = this.#isX2apic ? R[REGISTERS + APIC_LDR] : 0;
    R.fill(0, REGISTERS, REGISTERS + 64);
    R[REGISTERS + APIC_ID] = id;
    R[REGISTERS + APIC_LDR] = ldr;
    R[REGISTERS + APIC_VERSION] = VERSION | (this.#vp.features.has('x2apic') ? VERSION_SUPPRESS_EOI_BROADCAST : 0);
    R[REGISTERS + APIC_DFR] = -1;
    R[REGISTERS + APIC_SVR] = 0xff;
    this.vectors.reset();
  }

  /** Writes IA32_APIC_BASE. Disabling the APIC resets it (vol. 3A §10.4.3). False, with nothing done: #GP(0). */
  setBase(low: number, high: number): boolean {
    if (!this.base.accepts(low, this.#vp.features.has('x2apic'))) return false;
    const before = this.base.state;
    this.base.write(low, high);
    const after = this.base.state;
    if (after !== before) this.#changeState(after);
    this.#locatePage();
    this.#vp.flushTlb(false);
    return true;
  }

  #changeState(state: ApicState): void {
    const R = this.#R;
    const { apicId } = this.#vp;
    if (state === 'x2apic') {
      // What the page held of ID and LDR, and the destination in the ICR, is not preserved (vol. 3A §10.12.5.1).
      R[REGISTERS + APIC_ID] = apicId;
      R[REGISTERS + APIC_LDR] = logicalX2apicId(apicId);
      R[REGISTERS + APIC_ICR_HIGH] = 0;
    } else if (state === 'disabled') {
      R[REGISTERS + APIC_ID] = apicId << 24;
      this.reset();
    }
  }

  /** Whether this is the bootstrap processor. */
  get isBootstrap(): boolean {
    return this.base.isBootstrap;
  }

  #locatePage(): void {
    this.#pageStart = this.base.state === 'xapic' ? this.base.page : Number.MAX_SAFE_INTEGER;
  }

  get #isX2apic(): boolean {
    return this.base.state === 'x2apic';
  }

  #isHardwareEnabled(): boolean {
    return this.base.state !== 'disabled';
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

  #deliverable(): number {
    return this.#isHardwareEnabled() ? this.#requests.deliverable : -1;
  }

  #accept(vector: number, levelTriggered: boolean): boolean {
    if (!this.isEnabled) return true;
    if (vector >= FIRST_VECTOR) return this.#requests.request(vector, levelTriggered);
    this.vectors.error(ERROR_RECEIVE_VECTOR);
    return true;
  }

  /** EOI. Software may keep it from the IO-APICs, which it then tells itself (vol. 3A §10.8.5). */
  #endOfInterrupt(): void {
    const ended = this.#requests.end();
    if (ended === undefined || !ended.levelTriggered) return;
    this.vectors.ended(ended.vector);
    if ((this.#R[REGISTERS + APIC_SVR] & SVR_SUPPRESS_EOI_BROADCAST) === 0) this.#vp.dev.handleEoi(ended.vector);
  }

  #icrDestination(): number {
    const high = this.#R[REGISTERS + APIC_ICR_HIGH];
    return this.#isX2apic ? high >>> 0 : wideDestination(high >>> 24);
  }

  /** ICR and SELF IPI (vol. 3A §10.6.1, §10.12.11). */
  #send(low: number, destination: number): void {
    const sent = messageOfIcr(low, destination);
    if (sent === 'illegal vector') this.vectors.error(ERROR_SEND_VECTOR);
    else if (sent !== undefined) this.#bus.deliver(sent.message, sent.shorthand, this);
  }
}
