/** State of one 8259A. */
export interface I8259State {
  readonly requests: number;
  readonly mask: number;
  readonly inService: number;
  readonly lines: number;
  readonly levelTriggered: number;
  readonly allLevel: boolean;
  /** Initialization word 2: the vectors' bits 7–3, or the high byte of a CALL's address. */
  readonly vectorBase: number;
  /** Number of the initialization word awaited next (2–4), 0 when initialized. */
  readonly awaiting: number;
  readonly single: boolean;
  readonly needsWord4: boolean;
  /** Initialization word 3: the master's inputs with slaves (bits), or the slave's identity (number). */
  readonly cascade: number;
  /** Input with the highest priority. */
  readonly highest: number;
  readonly autoEoi: boolean;
  readonly rotateOnAutoEoi: boolean;
  readonly specialMask: boolean;
  readonly fullyNested: boolean;
  readonly readInService: boolean;
  readonly poll: boolean;
  /** MCS-80/85 mode (no fourth word, or its bit 0 clear): what is answered is a CALL, not a vector. */
  readonly mcs80: boolean;
  /** Initialization word 1's part of a CALL's address: bits 7–5, and whether its entries are 4 bytes apart, not 8. */
  readonly addressBits: number;
  readonly interval4: boolean;
}

/** The state after power-on. */
export const INITIAL: I8259State = {
  requests: 0, mask: 0xff, inService: 0, lines: 0, levelTriggered: 0, allLevel: false, vectorBase: 0, awaiting: 0, single: false,
  needsWord4: false, cascade: 0, highest: 0, autoEoi: false, rotateOnAutoEoi: false, specialMask: false, fullyNested: false,
  readInService: false, poll: false, mcs80: false, addressBits: 0, interval4: false,
};

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Input of the master to which the slave is wired. */
export const CASCADE_INPUT = 2;
const DEFAULT_INPUT = 7;
/** The 8080's CALL, with which a controller in MCS-80/85 mode answers an acknowledge. */
const CALL = 0xcd;

/**
 * One Intel 8259A interrupt controller (data sheet 231468), with the edge/level control register that PCI chipsets add.
 * Buffered mode is a matter of pins. `changed` is called whenever the INT output may have changed.
 */
export class I8259 {
  #state: Mutable<I8259State> = { ...INITIAL };
  readonly #isMaster: boolean;
  readonly #changed: () => void;

  constructor(isMaster: boolean, changed: () => void) {
    this.#isMaster = isMaster;
    this.#changed = changed;
  }

  /** The INT output: some request may interrupt what is in service. */
  get int(): boolean {
    return this.#pending() >= 0;
  }

  /** Whether an acknowledge of `input` is answered by a slave (the master), or this slave answers to it. */
  cascades(input: number): boolean {
    const { single, cascade } = this.#state;
    return !single && (this.#isMaster ? (cascade & (1 << input)) !== 0 : cascade === input);
  }

  /** Edge/level control: one bit per level-triggered input. */
  get levelTriggered(): number {
    return this.#state.levelTriggered;
  }

  set levelTriggered(bits: number) {
    this.#state.levelTriggered = bits;
    this.#sampleLevels();
    this.#changed();
  }

  setInput(input: number, level: boolean): void {
    const state = this.#state;
    const bit = 1 << input;
    if (((state.lines & bit) !== 0) === level) return;
    if (level) {
      state.lines |= bit;
      state.requests |= bit;
    } else {
      // The request latch is transparent: a request that is withdrawn before it is acknowledged is gone (data sheet, "Default IR7").
      state.lines &= ~bit;
      state.requests &= ~bit;
    }
    this.#changed();
  }

  /** INTA pulses that answer a request: an 8086 sends two, an 8080 three. */
  get pulses(): 2 | 3 {
    return this.#state.mcs80 ? 3 : 2;
  }

  /** The first INTA pulse: puts the request in service and returns its input number, or −1 when there is none (then input 7 is answered for). */
  acknowledge(): number {
    const input = this.#pending();
    if (input >= 0) this.#enterService(input);
    return input;
  }

  /** The last INTA pulse for what `acknowledge` gave: ends its service in AEOI mode. */
  endAcknowledge(input: number): void {
    const state = this.#state;
    if (!state.autoEoi || input < 0) return;
    state.inService &= ~(1 << input);
    if (state.rotateOnAutoEoi) state.highest = (input + 1) & 7;
  }

  /** What the controller puts on the bus at a pulse (from 1) for what `acknowledge` gave, if it does: in 8086 mode the vector at the second; in MCS-80/85 mode CALL and the address's bytes. */
  byteAt(pulse: number, input: number): number | undefined {
    const { addressBits, interval4, mcs80, vectorBase } = this.#state;
    const answered = input < 0 ? DEFAULT_INPUT : input;
    if (!mcs80) return pulse === 2 ? (vectorBase & 0xf8) | answered : undefined;
    if (pulse === 1) return CALL;
    if (pulse === 3) return vectorBase;
    return interval4 ? addressBits | (answered << 2) : (addressBits & 0xc0) | (answered << 3);
  }

  readCommand(): number {
    const state = this.#state;
    if (state.poll) return this.#pollResult();
    return state.readInService ? state.inService : state.requests;
  }

  readData(): number {
    return this.#state.poll ? this.#pollResult() : this.#state.mask;
  }

  writeCommand(value: number): void {
    if ((value & 0x10) !== 0) this.#initialize(value);
    else if ((value & 0x08) !== 0) this.#operationWord3(value);
    else this.#operationWord2(value);
    this.#changed();
  }

  writeData(value: number): void {
    const state = this.#state;
    if (state.awaiting === 2) {
      state.vectorBase = value;
      state.awaiting = state.single ? (state.needsWord4 ? 4 : 0) : 3;
    } else if (state.awaiting === 3) {
      state.cascade = this.#isMaster ? value : value & 7;
      state.awaiting = state.needsWord4 ? 4 : 0;
    } else if (state.awaiting === 4) {
      state.mcs80 = (value & 0x01) === 0;
      state.autoEoi = (value & 0x02) !== 0;
      state.fullyNested = (value & 0x10) !== 0;
      state.awaiting = 0;
    } else {
      state.mask = value;
    }
    this.#changed();
  }

  reset(): void {
    this.#state = { ...INITIAL, lines: this.#state.lines };
  }

  save(): I8259State {
    return { ...this.#state };
  }

  restore(state: I8259State): void {
    this.#state = { ...INITIAL, ...state };
  }

  #pollResult(): number {
    this.#state.poll = false;
    const input = this.acknowledge();
    this.endAcknowledge(input);
    this.#changed();
    return input < 0 ? 0 : 0x80 | input;
  }

  /** Initialization command word 1. */
  #initialize(value: number): void {
    const state = this.#state;
    state.needsWord4 = (value & 0x01) !== 0;
    state.single = (value & 0x02) !== 0;
    state.interval4 = (value & 0x04) !== 0;
    state.allLevel = (value & 0x08) !== 0;
    state.addressBits = value & 0xe0;
    // Without a fourth word all that it selects is off, the 8086 among it.
    state.mcs80 = true;
    state.awaiting = 2;
    state.mask = 0;
    state.inService = 0;
    state.requests = 0;
    state.highest = 0;
    state.specialMask = false;
    state.readInService = false;
    state.poll = false;
    state.rotateOnAutoEoi = false;
    state.autoEoi = false;
    state.fullyNested = false;
    this.#sampleLevels();
  }

  #operationWord2(value: number): void {
    const state = this.#state;
    const level = value & 7;
    switch (value >> 5) {
      case 0:
        state.rotateOnAutoEoi = false;
        return;
      case 4:
        state.rotateOnAutoEoi = true;
        return;
      case 1:
      case 5: {
        const candidates = state.specialMask ? state.inService & ~state.mask : state.inService;
        const input = this.#first(candidates);
        if (input < 0) return;
        this.#endOfInterrupt(input);
        if (value >> 5 === 5) state.highest = (input + 1) & 7;
        return;
      }
      case 3:
        this.#endOfInterrupt(level);
        return;
      case 7:
        this.#endOfInterrupt(level);
        state.highest = (level + 1) & 7;
        return;
      case 6:
        state.highest = (level + 1) & 7;
        return;
      default:
        return;
    }
  }

  #operationWord3(value: number): void {
    const state = this.#state;
    if ((value & 0x04) !== 0) state.poll = true;
    if ((value & 0x02) !== 0) state.readInService = (value & 0x01) !== 0;
    if ((value & 0x40) !== 0) state.specialMask = (value & 0x20) !== 0;
  }

  #endOfInterrupt(input: number): void {
    this.#state.inService &= ~(1 << input);
    this.#sampleLevels();
  }

  #enterService(input: number): void {
    const state = this.#state;
    const bit = 1 << input;
    state.inService |= bit;
    if ((this.#levelInputs() & bit) === 0) state.requests &= ~bit;
  }

  #levelInputs(): number {
    return this.#state.allLevel ? 0xff : this.#state.levelTriggered;
  }

  #sampleLevels(): void {
    const levels = this.#levelInputs();
    this.#state.requests = (this.#state.requests & ~levels) | (this.#state.lines & levels);
  }

  /** The request that wins against what is in service, or −1. */
  #pending(): number {
    const state = this.#state;
    if (state.awaiting !== 0) return -1;
    const wanted = state.requests & ~state.mask;
    if (wanted === 0) return -1;
    let blocking = state.inService;
    if (state.specialMask) blocking &= ~state.mask;
    const input = this.#first(wanted);
    const busy = this.#first(blocking);
    // Special fully nested mode: a slave in service may interrupt itself, others of lower priority still may not.
    const mayNest = input === busy && input === CASCADE_INPUT && state.fullyNested && this.#isMaster;
    return busy < 0 || mayNest || this.#rank(input) < this.#rank(busy) ? input : -1;
  }

  #rank(input: number): number {
    return (input - this.#state.highest) & 7;
  }

  /** The set bit of highest priority, or −1. */
  #first(bits: number): number {
    for (let i = 0; i < 8; i++) {
      const input = (this.#state.highest + i) & 7;
      if ((bits & (1 << input)) !== 0) return input;
    }
    return -1;
  }
}
