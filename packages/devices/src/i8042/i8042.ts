import type { Device } from '../bus/device.ts';
import type { IrqLine } from '../bus/irq.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';
import { Keyboard } from './keyboard.ts';
import type { KeyboardState } from './keyboard.ts';
import { Mouse, type MouseInput, type MouseState } from './mouse.ts';
import { BREAK_PREFIX, toSet1 } from './scan-codes.ts';

/** How a {@link I8042} is wired and set up. */
export interface I8042Options {
  readonly ports?: { readonly data: number; readonly command: number; readonly systemControlA: number };
  /** IRQ 1: a byte from the keyboard is in the output buffer. */
  readonly irq: IrqLine;
  /** IRQ 12: a byte from the mouse is. */
  readonly mouseIrq: IrqLine;
  /** The A20 gate opened (`true`) or closed. */
  readonly onA20: (enabled: boolean) => void;
  /** The processor's reset line was pulsed (command FEh, output port bit 0, port 92h bit 0). */
  readonly onReset: () => void;
  /** State of the A20 gate after reset; closed if left out, as on a PC. */
  readonly a20AtReset?: boolean;
}

/** Where the byte in the output buffer came from. */
type Source = 'controller' | 'keyboard' | 'mouse';

interface Response {
  readonly value: number;
  readonly source: Source;
}

/** What a save of {@link I8042} keeps. */
export interface I8042State {
  readonly commandByte: number;
  readonly memory: readonly number[];
  readonly outputPort: number;
  readonly outputBuffer: number;
  readonly full: boolean;
  readonly source: Source;
  /** The controller's answer to a command that came while the output buffer was full. */
  readonly response: Response | null;
  readonly lastWasCommand: boolean;
  readonly selfTested: boolean;
  readonly awaiting: number;
  readonly breakPending: boolean;
  readonly keyboard: KeyboardState;
  readonly mouse: MouseState;
}

const STATUS_OUTPUT_FULL = 0x01;
const STATUS_SYSTEM = 0x04;
const STATUS_COMMAND = 0x08;
const STATUS_UNLOCKED = 0x10;
const STATUS_MOUSE = 0x20;
const COMMAND_KEYBOARD_IRQ = 0x01;
const COMMAND_MOUSE_IRQ = 0x02;
const COMMAND_KEYBOARD_DISABLED = 0x10;
const COMMAND_MOUSE_DISABLED = 0x20;
const COMMAND_TRANSLATE = 0x40;
const OUTPUT_RUNNING = 0x01;
const OUTPUT_A20 = 0x02;
const OUTPUT_KEYBOARD_FULL = 0x10;
const OUTPUT_MOUSE_FULL = 0x20;
/** After reset the keyboard works, and the mouse is off until a driver looks for it. */
const COMMAND_AT_RESET = COMMAND_KEYBOARD_IRQ | STATUS_SYSTEM | COMMAND_MOUSE_DISABLED | COMMAND_TRANSLATE;
const DEFAULT_PORTS = { data: 0x60, command: 0x64, systemControlA: 0x92 };

/**
 * Intel 8042 keyboard controller with a PS/2 keyboard and mouse, and system control port A (92h).
 *
 * One output buffer serves three: what is in it stays until it is read; then comes an answer of the controller, else the keyboard's
 * next byte, else the mouse's.
 */
export class I8042 implements Device<I8042State>, PortHandler {
  readonly #options: I8042Options;
  readonly #ports: { readonly data: number; readonly command: number; readonly systemControlA: number };
  readonly #keyboard: Keyboard = new Keyboard();
  readonly #mouse: Mouse = new Mouse();
  readonly #memory = new Uint8Array(32);
  #outputPort = 0xcd;
  #outputBuffer = 0;
  #full = false;
  #source: Source = 'controller';
  #response: Response | null = null;
  #lastWasCommand = false;
  #selfTested = false;
  /** The command whose data byte is awaited, 0 for none. */
  #awaiting = 0;
  #breakPending = false;

  constructor(options: I8042Options) {
    this.#options = options;
    this.#ports = options.ports ?? DEFAULT_PORTS;
    this.#memory[0] = COMMAND_AT_RESET;
    this.#outputPort = OUTPUT_RUNNING | (options.a20AtReset === true ? OUTPUT_A20 : 0);
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    for (const base of [this.#ports.data, this.#ports.command, this.#ports.systemControlA]) space.claim({ base, count: 1 }, this);
  }

  /** Whether the A20 gate is open. */
  get a20(): boolean {
    return (this.#outputPort & OUTPUT_A20) !== 0;
  }

  /** LED bits the guest set: scroll lock 1, num lock 2, caps lock 4. */
  get leds(): number {
    return this.#keyboard.leds;
  }

  /** A key event in scan codes of set 1; false if the keyboard's buffer is full or scanning is off (nothing is sent then). */
  sendScancodes(codes: readonly number[]): boolean {
    const accepted = this.#keyboard.press(codes);
    this.#pull();
    return accepted;
  }

  /** Movement and buttons of the mouse; false if the guest does not hear of it. */
  sendMouse(input: MouseInput): boolean {
    const accepted = this.#mouse.move(input);
    this.#pull();
    return accepted;
  }

  read(port: number): number {
    if (port === this.#ports.command) {
      return (
        (this.#full ? STATUS_OUTPUT_FULL : 0) | (this.#selfTested ? STATUS_SYSTEM : 0) |
        (this.#lastWasCommand ? STATUS_COMMAND : 0) | STATUS_UNLOCKED | (this.#full && this.#source === 'mouse' ? STATUS_MOUSE : 0)
      );
    }
    if (port === this.#ports.systemControlA) return this.a20 ? OUTPUT_A20 : 0;
    const value = this.#outputBuffer;
    this.#full = false;
    this.#drive();
    this.#pull();
    return value;
  }

  write(port: number, _size: number, value: number): void {
    if (port === this.#ports.systemControlA) {
      this.#setA20((value & OUTPUT_A20) !== 0);
      if ((value & 1) !== 0) this.#options.onReset();
      return;
    }
    this.#lastWasCommand = port === this.#ports.command;
    if (this.#lastWasCommand) this.#command(value);
    else this.#data(value);
    this.#drive();
    this.#pull();
  }

  reset(): void {
    this.#memory.fill(0);
    this.#memory[0] = COMMAND_AT_RESET;
    this.#source = 'controller';
    this.#response = null;
    this.#full = this.#lastWasCommand = this.#selfTested = this.#breakPending = false;
    this.#awaiting = 0;
    this.#keyboard.reset();
    this.#mouse.reset();
    this.#setA20(this.#options.a20AtReset === true);
    this.#drive();
  }

  save(): I8042State {
    return {
      commandByte: this.#memory[0]!, memory: [...this.#memory], outputPort: this.#outputPort, outputBuffer: this.#outputBuffer,
      full: this.#full, source: this.#source, response: this.#response, lastWasCommand: this.#lastWasCommand, selfTested: this.#selfTested,
      awaiting: this.#awaiting, breakPending: this.#breakPending, keyboard: this.#keyboard.save(), mouse: this.#mouse.save(),
    };
  }

  /** Also calls `onA20` with the saved state of the gate. */
  restore(state: I8042State): void {
    this.#memory.set(state.memory);
    this.#outputPort = state.outputPort;
    this.#outputBuffer = state.outputBuffer;
    this.#full = state.full;
    this.#source = state.source;
    this.#response = state.response;
    this.#lastWasCommand = state.lastWasCommand;
    this.#selfTested = state.selfTested;
    this.#awaiting = state.awaiting;
    this.#breakPending = state.breakPending;
    this.#keyboard.restore(state.keyboard);
    this.#mouse.restore(state.mouse);
    this.#options.onA20(this.a20);
    this.#drive();
  }

  get #commandByte(): number {
    return this.#memory[0]!;
  }

  #command(value: number): void {
    this.#awaiting = 0;
    if (value >= 0x20 && value < 0x40) this.#respond(this.#memory[value & 0x1f]!);
    else if (value >= 0x60 && value < 0x80) this.#awaiting = value;
    else if (value >= 0xf0) this.#pulse(value);
    else this.#namedCommand(value);
  }

  #namedCommand(value: number): void {
    switch (value) {
      case 0xa7:
        this.#memory[0]! |= COMMAND_MOUSE_DISABLED;
        return;
      case 0xa8:
        this.#memory[0]! &= ~COMMAND_MOUSE_DISABLED;
        return;
      case 0xa9:
        return this.#respond(0x00);
      case 0xaa:
        this.#selfTested = true;
        this.#memory[0] = COMMAND_AT_RESET | COMMAND_KEYBOARD_DISABLED;
        return this.#respond(0x55);
      case 0xab:
        return this.#respond(0x00);
      case 0xad:
        this.#memory[0]! |= COMMAND_KEYBOARD_DISABLED;
        return;
      case 0xae:
        this.#memory[0]! &= ~COMMAND_KEYBOARD_DISABLED;
        return;
      case 0xc0:
        // Input port: keyboard not locked, colour display.
        return this.#respond(0x80);
      case 0xd0:
        return this.#respond(this.#outputPort | (!this.#full ? 0 : this.#source === 'mouse' ? OUTPUT_MOUSE_FULL : OUTPUT_KEYBOARD_FULL));
      case 0xd1:
      case 0xd2:
      case 0xd3:
      case 0xd4:
        this.#awaiting = value;
        return;
      case 0xdd:
        return this.#setA20(false);
      case 0xdf:
        return this.#setA20(true);
      case 0xe0:
        return this.#respond(0x00);
      default:
        return;
    }
  }

  #data(value: number): void {
    const command = this.#awaiting;
    this.#awaiting = 0;
    if (command === 0) {
      this.#memory[0]! &= ~COMMAND_KEYBOARD_DISABLED;
      this.#keyboard.command(value);
    } else if (command < 0x80) {
      this.#memory[command & 0x1f] = value;
    } else if (command === 0xd1) {
      this.#setA20((value & OUTPUT_A20) !== 0);
      if ((value & OUTPUT_RUNNING) === 0) this.#options.onReset();
    } else if (command === 0xd2) {
      this.#respond(value, 'keyboard');
    } else if (command === 0xd3) {
      this.#respond(value, 'mouse');
    } else if (command === 0xd4) {
      this.#memory[0]! &= ~COMMAND_MOUSE_DISABLED;
      this.#mouse.command(value);
    }
  }

  /** Pulses output lines low; bit 0 is the processor's reset. */
  #pulse(value: number): void {
    if ((value & OUTPUT_RUNNING) === 0) this.#options.onReset();
  }

  #setA20(enabled: boolean): void {
    if (enabled === this.a20) return;
    this.#outputPort = enabled ? this.#outputPort | OUTPUT_A20 : this.#outputPort & ~OUTPUT_A20;
    this.#options.onA20(enabled);
  }

  /** A later answer takes the place of one that waits still. */
  #respond(value: number, source: Source = 'controller'): void {
    this.#response = { value, source };
  }

  #load(value: number, source: Source): void {
    this.#outputBuffer = value;
    this.#full = true;
    this.#source = source;
  }

  /** Fills the output buffer if it is empty and anyone who may has a byte. */
  #pull(): void {
    if (!this.#full && this.#response !== null) {
      this.#load(this.#response.value, this.#response.source);
      this.#response = null;
    }
    this.#pullKeyboard();
    if (!this.#full && (this.#commandByte & COMMAND_MOUSE_DISABLED) === 0 && this.#mouse.hasOutput) this.#load(this.#mouse.next(), 'mouse');
    this.#drive();
  }

  #pullKeyboard(): void {
    while (!this.#full && (this.#commandByte & COMMAND_KEYBOARD_DISABLED) === 0 && this.#keyboard.hasOutput) {
      const byte = this.#keyboard.next();
      if ((this.#commandByte & COMMAND_TRANSLATE) === 0) {
        this.#load(byte, 'keyboard');
      } else if (byte === BREAK_PREFIX) {
        this.#breakPending = true;
      } else {
        const code = toSet1(byte);
        this.#load(this.#breakPending ? code | 0x80 : code, 'keyboard');
        this.#breakPending = false;
      }
    }
  }

  #drive(): void {
    this.#options.irq.set(this.#full && this.#source === 'keyboard' && (this.#commandByte & COMMAND_KEYBOARD_IRQ) !== 0);
    this.#options.mouseIrq.set(this.#full && this.#source === 'mouse' && (this.#commandByte & COMMAND_MOUSE_IRQ) !== 0);
  }
}
