import type { Machine } from '@ringzero/machine';

const ESCAPE = 0x01;
// 16550A: interrupt enable, and modem control (data terminal ready and request to send, loopback).
const RECEIVE_INTERRUPT = 1;
const READY = 3;
const LOOP = 0x10;
/** Most bytes kept of what a person types ahead. */
const MOST_WAITING = 0x1_0000;
const LOOK_MS = 20;
/** Looks for a guest to be ready: a second. */
const MOST_LOOKS = 50;

/** Who takes the input: the driver of an operating system, a program that sets up its UART first, or a guest that is there already. */
export type Listener = 'driver' | 'program' | 'there';

/** A key behind Ctrl-A. */
export interface ConsoleCommand {
  /** For the help. */
  readonly description: string;
  run(): void;
}

/** The terminal as the guest's serial console: raw while the machine runs, with Ctrl-A as the escape key. */
export class Console {
  readonly #machine: Machine;
  readonly #commands: Readonly<Record<string, ConsoleCommand>>;
  #escaped = false;
  /** Bytes that the guest's receive queue had no room for. */
  #waiting: number[] = [];
  #wasRaw = false;
  #isHeld: boolean;
  readonly #listener: Listener;
  #looks = 0;
  #look: NodeJS.Timeout | undefined;

  /** `commands` by their keys. Input is kept until the guest listens as `listener` says: a guest that sets up its UART clears what has come before. */
  constructor(machine: Machine, commands: Readonly<Record<string, ConsoleCommand>>, listener: Listener) {
    this.#machine = machine;
    this.#commands = commands;
    this.#listener = listener;
    this.#isHeld = listener !== 'there';
  }

  attach(): void {
    const { stdin, stderr } = process;
    if (stdin.isTTY) {
      this.#wasRaw = stdin.isRaw;
      stdin.setRawMode(true);
      stderr.write('[ringzero] Ctrl-A x quits, Ctrl-A h shows help\r\n');
    }
    stdin.on('data', this.#receive);
    stdin.resume();
    if (this.#isHeld) this.#look = setInterval(this.#lookAtDriver, LOOK_MS);
  }

  /** Gives the terminal back as it was. */
  detach(): void {
    const { stdin } = process;
    clearInterval(this.#look);
    stdin.off('data', this.#receive);
    stdin.pause();
    if (stdin.isTTY) stdin.setRawMode(this.#wasRaw);
  }

  /** Sends what is waiting, as far as the guest takes it. */
  drain(): void {
    if (this.#isHeld || this.#waiting.length === 0) return;
    const taken = this.#machine.sendSerial(this.#waiting);
    this.#waiting = this.#waiting.slice(taken);
    if (this.#waiting.length === 0) process.stdin.resume();
  }

  readonly #receive = (chunk: Buffer): void => {
    for (const byte of chunk) this.#take(byte);
    this.drain();
    // A pipe can bring more than the guest reads: it waits. A terminal does not, or its escape key would be dead.
    if (this.#waiting.length > 0 && !process.stdin.isTTY) process.stdin.pause();
  };

  #take(byte: number): void {
    const isTerminal = process.stdin.isTTY;
    if (isTerminal && this.#escaped) {
      this.#escaped = false;
      const key = String.fromCharCode(byte);
      if (byte === ESCAPE) this.#waiting.push(ESCAPE);
      else if (Object.hasOwn(this.#commands, key)) this.#commands[key]?.run();
      else this.#help();
    } else if (isTerminal && byte === ESCAPE) this.#escaped = true;
    else if (!isTerminal || this.#waiting.length < MOST_WAITING) this.#waiting.push(byte);
  }

  #help(): void {
    const keys = Object.entries(this.#commands).map(([key, { description }]) => `Ctrl-A ${key}: ${description}`);
    tellOnTerminal([...keys, 'Ctrl-A Ctrl-A: send Ctrl-A', 'Ctrl-A h: this help'].join(', '));
  }

  readonly #lookAtDriver = (): void => {
    const { interruptEnable, modemControl } = this.#machine.chipset.serial.save();
    const isReady = (modemControl & (READY | LOOP)) === READY;
    // A program that never says that it is ready may read all the same; an operating system's driver is worth waiting for.
    const isListening = this.#listener === 'driver' ? isReady && (interruptEnable & RECEIVE_INTERRUPT) !== 0 : isReady || ++this.#looks > MOST_LOOKS;
    if (!isListening) return;
    clearInterval(this.#look);
    this.#isHeld = false;
    this.drain();
  };
}

/** A line of ours between those of the guest, on a terminal in raw mode. */
export function tellOnTerminal(text: string): void {
  process.stderr.write(`\r\n[ringzero] ${text}\r\n`);
}
