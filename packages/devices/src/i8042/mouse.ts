import { ByteQueue } from '../uart/byte-queue.ts';

/** What a person did with a mouse, since the last time. */
export interface MouseInput {
  /** Counts to the right. */
  readonly dx?: number;
  /** Counts down, towards the person. */
  readonly dy?: number;
  /** Notches of the wheel, down. */
  readonly wheel?: number;
  /** Buttons held now: 1 left, 2 right, 4 middle, 8 and 16 at the side. As before if left out. */
  readonly buttons?: number;
}

export interface MouseState {
  readonly isReporting: boolean;
  readonly isRemote: boolean;
  readonly isWrapping: boolean;
  readonly isScaled: boolean;
  readonly resolution: number;
  readonly rate: number;
  /** The sample rates set last: three certain ones make another mouse of it. */
  readonly rates: readonly number[];
  /** 0 for two axes, 3 with a wheel, 4 with five buttons. */
  readonly id: number;
  /** The command whose parameter is awaited, 0 for none. */
  readonly awaiting: number;
  readonly buttons: number;
  readonly reportedButtons: number;
  /** Movement that is not reported yet: right, up, wheel. */
  readonly movement: readonly number[];
  readonly lastSent: readonly number[];
  readonly output: readonly number[];
}

const ACKNOWLEDGE = 0xfa;
const RESEND = 0xfe;
const SELF_TEST_PASSED = 0xaa;
const BUFFER = 64;
const MOST_RESOLUTION = 3;
const DEFAULT_RESOLUTION = 2;
const DEFAULT_RATE = 100;
const MOST_RATE = 200;
const WHEEL = 3;
const FIVE_BUTTONS = 4;
/** Sample rates that ask for a wheel, and then for five buttons (Microsoft, "IntelliMouse"). */
const KNOCK_WHEEL = '200,100,80';
const KNOCK_BUTTONS = '200,200,80';
/** What a packet tells at most. */
const MOST_COUNTS = 255;
const MOST_NOTCHES = 7;
/** What is remembered of unreported movement. */
const MOST_PENDING = 0x7fff;
/** 2:1 scaling of small counts; larger ones are doubled (PS/2 Hardware Interface Technical Reference, "Mouse"). */
const SCALED: readonly number[] = [0, 1, 1, 3, 6, 9];

/**
 * A PS/2 mouse, which becomes one with a wheel, or with five buttons, if its driver knocks. Packets are sent as fast as they are
 * read: movement meanwhile is added up, so the sample rate is kept but paces nothing.
 */
export class Mouse {
  readonly #output = new ByteQueue(BUFFER);
  #isReporting = false;
  #isRemote = false;
  #isWrapping = false;
  #isScaled = false;
  #resolution = DEFAULT_RESOLUTION;
  #rate = DEFAULT_RATE;
  #rates: readonly number[] = [];
  #id = 0;
  #awaiting = 0;
  #buttons = 0;
  #reportedButtons = 0;
  #x = 0;
  #y = 0;
  #wheel = 0;
  #lastSent: readonly number[] = [];

  /** Whether a byte waits for the controller. */
  get hasOutput(): boolean {
    return this.#output.length > 0;
  }

  /** The next byte, −1 if there is none. */
  next(): number {
    const byte = this.#output.shift();
    if (this.#output.length === 0) this.#report();
    return byte;
  }

  /** False if nothing is told of it: the guest has not turned reports on, or reads none. */
  move({ dx = 0, dy = 0, wheel = 0, buttons = this.#buttons }: MouseInput): boolean {
    this.#buttons = buttons & 0x1f;
    if (this.#isWrapping || (!this.#isReporting && !this.#isRemote)) {
      this.#reportedButtons = this.#buttons;
      return false;
    }
    this.#x = addUp(this.#x, dx);
    this.#y = addUp(this.#y, -dy);
    this.#wheel = addUp(this.#wheel, wheel);
    return this.#isRemote || this.#report();
  }

  command(value: number): void {
    if (this.#isWrapping && value !== 0xff && value !== 0xec) return this.#send(value);
    // A command ends what is being sent.
    this.#output.clear();
    const awaiting = this.#awaiting;
    this.#awaiting = 0;
    if (awaiting !== 0) this.#parameter(awaiting, value);
    else this.#named(value);
  }

  reset(): void {
    this.#output.clear();
    this.#defaults();
    this.#isRemote = this.#isWrapping = false;
    this.#id = this.#awaiting = 0;
    this.#rates = [];
  }

  save(): MouseState {
    return {
      isReporting: this.#isReporting, isRemote: this.#isRemote, isWrapping: this.#isWrapping, isScaled: this.#isScaled, resolution: this.#resolution,
      rate: this.#rate, rates: this.#rates, id: this.#id, awaiting: this.#awaiting, buttons: this.#buttons, reportedButtons: this.#reportedButtons,
      movement: [this.#x, this.#y, this.#wheel], lastSent: this.#lastSent, output: this.#output.toArray(),
    };
  }

  restore(state: MouseState): void {
    this.#isReporting = state.isReporting;
    this.#isRemote = state.isRemote;
    this.#isWrapping = state.isWrapping;
    this.#isScaled = state.isScaled;
    this.#resolution = state.resolution;
    this.#rate = state.rate;
    this.#rates = state.rates.slice(-3);
    this.#id = state.id;
    this.#awaiting = state.awaiting;
    this.#buttons = state.buttons;
    this.#reportedButtons = state.reportedButtons;
    this.#x = addUp(0, state.movement[0] ?? 0);
    this.#y = addUp(0, state.movement[1] ?? 0);
    this.#wheel = addUp(0, state.movement[2] ?? 0);
    this.#lastSent = state.lastSent.slice(0, BUFFER);
    this.#output.assign(state.output);
  }

  #named(value: number): void {
    switch (value) {
      case 0xe6:
      case 0xe7:
        this.#isScaled = value === 0xe7;
        return this.#send(ACKNOWLEDGE);
      case 0xe8:
      case 0xf3:
        this.#awaiting = value;
        return this.#send(ACKNOWLEDGE);
      case 0xe9:
        return this.#send(ACKNOWLEDGE, this.#status, this.#resolution, this.#rate);
      case 0xea:
      case 0xf0:
        this.#isRemote = value === 0xf0;
        this.#forget();
        return this.#send(ACKNOWLEDGE);
      case 0xeb:
        return this.#send(ACKNOWLEDGE, ...this.#packet(false));
      case 0xec:
      case 0xee:
        this.#isWrapping = value === 0xee;
        this.#forget();
        return this.#send(ACKNOWLEDGE);
      case 0xf2:
        return this.#send(ACKNOWLEDGE, this.#id);
      case 0xf4:
      case 0xf5:
        this.#isReporting = value === 0xf4;
        this.#forget();
        return this.#send(ACKNOWLEDGE);
      case 0xf6:
        this.#defaults();
        return this.#send(ACKNOWLEDGE);
      case 0xfe:
        return this.#send(...this.#lastSent);
      case 0xff:
        this.reset();
        return this.#send(ACKNOWLEDGE, SELF_TEST_PASSED, this.#id);
      default:
        return this.#send(RESEND);
    }
  }

  #parameter(command: number, value: number): void {
    if (command === 0xe8) {
      if (value > MOST_RESOLUTION) return this.#send(RESEND);
      this.#resolution = value;
    } else {
      if (value > MOST_RATE) return this.#send(RESEND);
      this.#rate = value;
      this.#rates = [...this.#rates, value].slice(-3);
      const knock = this.#rates.join(',');
      if (knock === KNOCK_WHEEL && this.#id === 0) this.#id = WHEEL;
      else if (knock === KNOCK_BUTTONS && this.#id === WHEEL) this.#id = FIVE_BUTTONS;
    }
    this.#send(ACKNOWLEDGE);
  }

  get #status(): number {
    const modes = (this.#isRemote ? 0x40 : 0) | (this.#isReporting ? 0x20 : 0) | (this.#isScaled ? 0x10 : 0);
    // Here the left button is bit 2, the middle one bit 1.
    return modes | ((this.#buttons & 1) << 2) | ((this.#buttons & 4) >> 1) | ((this.#buttons & 2) >> 1);
  }

  #defaults(): void {
    this.#isReporting = this.#isScaled = false;
    this.#resolution = DEFAULT_RESOLUTION;
    this.#rate = DEFAULT_RATE;
    this.#forget();
  }

  #forget(): void {
    this.#x = this.#y = this.#wheel = 0;
    this.#reportedButtons = this.#buttons;
  }

  /**
   * Sends what there is to report, if the last packet was read; a button at once, so that no click is lost. False if a button
   * found no room.
   */
  #report(): boolean {
    if (!this.#isReporting || this.#isRemote || this.#isWrapping) return true;
    const hasClicked = this.#buttons !== this.#reportedButtons;
    if (!hasClicked && this.#x === 0 && this.#y === 0 && (this.#wheel === 0 || this.#id === 0)) return true;
    if (!hasClicked && this.#output.length > 0) return true;
    if (this.#output.free < 4) return false;
    this.#send(...this.#packet(this.#isScaled));
    return true;
  }

  /** Takes as much of the movement as a packet holds. */
  #packet(isScaled: boolean): number[] {
    const limit = isScaled ? MOST_COUNTS >> 1 : MOST_COUNTS;
    const takenX = clamp(this.#x, limit);
    const takenY = clamp(this.#y, limit);
    this.#x -= takenX;
    this.#y -= takenY;
    const x = isScaled ? scale(takenX) : takenX;
    const y = isScaled ? scale(takenY) : takenY;
    this.#reportedButtons = this.#buttons;
    const packet = [(y < 0 ? 0x20 : 0) | (x < 0 ? 0x10 : 0) | 0x08 | (this.#buttons & 7), x & 0xff, y & 0xff];
    const notches = clamp(this.#wheel, MOST_NOTCHES);
    if (this.#id === 0) this.#wheel = 0;
    else this.#wheel -= notches;
    if (this.#id === WHEEL) packet.push(notches & 0xff);
    else if (this.#id === FIVE_BUTTONS) packet.push((notches & 0x0f) | ((this.#buttons & 0x18) << 1));
    return packet;
  }

  #send(...bytes: readonly number[]): void {
    for (const byte of bytes) this.#output.push(byte);
    this.#lastSent = bytes;
  }
}

function clamp(value: number, most: number): number {
  return Math.max(-most, Math.min(most, value));
}

/** Whole counts; what a host gives may be anything. */
function addUp(sum: number, change: number): number {
  return Number.isFinite(change) ? clamp(sum + Math.trunc(change), MOST_PENDING) : sum;
}

function scale(counts: number): number {
  const size = Math.abs(counts);
  return Math.sign(counts) * (SCALED[size] ?? 2 * size);
}
