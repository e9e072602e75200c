import { ByteQueue } from '../uart/byte-queue.ts';
import { BREAK_PREFIX, toSet2 } from './scan-codes.ts';

/** What a save of `Keyboard` keeps. */
export interface KeyboardState {
  readonly scanning: boolean;
  readonly scanCodeSet: number;
  /** LED bits: scroll, num, caps lock. */
  readonly leds: number;
  readonly rate: number;
  /** The command whose parameter is awaited, 0 for none. */
  readonly awaiting: number;
  readonly lastSent: number;
  readonly output: readonly number[];
}

const ACKNOWLEDGE = 0xfa;
const RESEND = 0xfe;
const SELF_TEST_PASSED = 0xaa;
const BUFFER = 128;
/** Key events wait in this much of it, as in a real keyboard; answers to commands always find room. Linux gives a controller up that has more than 16 bytes for it. */
const KEY_BUFFER = 14;

/** A PS/2 keyboard: takes commands, and sends responses and scan codes of set 2 (or 1). Its controller reads them. */
export class Keyboard {
  readonly #output = new ByteQueue(BUFFER);
  #scanning = true;
  #scanCodeSet = 2;
  #leds = 0;
  #rate = 0x2b;
  #awaiting = 0;
  #lastSent = 0;

  get leds(): number {
    return this.#leds;
  }

  /** Whether a byte waits for the controller. */
  get hasOutput(): boolean {
    return this.#output.length > 0;
  }

  /** The next byte, −1 if there is none. */
  next(): number {
    const byte = this.#output.shift();
    if (byte >= 0) this.#lastSent = byte;
    return byte;
  }

  /**
   * A key event as set 1 codes (make, or break with bit 7; E0h and E1h prefixes pass), sent in the keyboard's current set. All
   * or nothing: false if it does not fit in the buffer or scanning is off.
   */
  press(codes: readonly number[]): boolean {
    if (!this.#scanning) return false;
    const bytes: number[] = [];
    for (const code of codes) {
      if (code >= 0xe0 || this.#scanCodeSet === 1) {
        bytes.push(code);
      } else {
        if ((code & 0x80) !== 0) bytes.push(BREAK_PREFIX);
        bytes.push(toSet2(code & 0x7f));
      }
    }
    if (this.#output.length + bytes.length > KEY_BUFFER) return false;
    for (const byte of bytes) this.#output.push(byte);
    return true;
  }

  command(value: number): void {
    if (this.#awaiting !== 0 && value < 0xed) {
      this.#parameter(value);
      return;
    }
    this.#awaiting = 0;
    switch (value) {
      case 0xed:
      case 0xf0:
      case 0xf3:
      case 0xfb:
      case 0xfc:
      case 0xfd:
        this.#awaiting = value;
        this.#send(ACKNOWLEDGE);
        return;
      case 0xee:
        this.#send(0xee);
        return;
      case 0xf2:
        // The identity of an MF2 keyboard.
        this.#send(ACKNOWLEDGE, 0xab, 0x83);
        return;
      case 0xf4:
        this.#scanning = true;
        this.#output.clear();
        this.#send(ACKNOWLEDGE);
        return;
      case 0xf5:
        this.#defaults();
        this.#scanning = false;
        this.#send(ACKNOWLEDGE);
        return;
      case 0xf6:
        this.#defaults();
        this.#send(ACKNOWLEDGE);
        return;
      case 0xf7:
      case 0xf8:
      case 0xf9:
      case 0xfa:
        this.#send(ACKNOWLEDGE);
        return;
      case 0xfe:
        this.#send(this.#lastSent);
        return;
      case 0xff:
        this.reset();
        this.#send(ACKNOWLEDGE, SELF_TEST_PASSED);
        return;
      default:
        this.#send(RESEND);
    }
  }

  reset(): void {
    this.#output.clear();
    this.#defaults();
    this.#scanning = true;
    this.#leds = 0;
    this.#awaiting = 0;
  }

  save(): KeyboardState {
    return {
      scanning: this.#scanning, scanCodeSet: this.#scanCodeSet, leds: this.#leds, rate: this.#rate, awaiting: this.#awaiting,
      lastSent: this.#lastSent, output: this.#output.toArray(),
    };
  }

  restore(state: KeyboardState): void {
    this.#scanning = state.scanning;
    this.#scanCodeSet = state.scanCodeSet;
    this.#leds = state.leds;
    this.#rate = state.rate;
    this.#awaiting = state.awaiting;
    this.#lastSent = state.lastSent;
    this.#output.assign(state.output);
  }

  #parameter(value: number): void {
    const command = this.#awaiting;
    this.#awaiting = 0;
    if (command === 0xf0) {
      if (value === 0) {
        this.#send(ACKNOWLEDGE, this.#scanCodeSet);
        return;
      }
      if (value > 2) {
        this.#send(RESEND);
        return;
      }
      this.#scanCodeSet = value;
    } else if (command === 0xed) {
      this.#leds = value & 7;
    } else if (command === 0xf3) {
      this.#rate = value & 0x7f;
    }
    this.#send(ACKNOWLEDGE);
  }

  #defaults(): void {
    this.#output.clear();
    this.#scanCodeSet = 2;
    this.#rate = 0x2b;
  }

  #send(...bytes: number[]): void {
    for (const byte of bytes) this.#output.push(byte);
  }
}
