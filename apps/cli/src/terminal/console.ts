import type { Machine } from '@ringzero/machine';

const ESCAPE = 0x01;
const HELP = '\r\n[ringzero] Ctrl-A x: quit, Ctrl-A Ctrl-A: send Ctrl-A, Ctrl-A h: this help\r\n';

/** The terminal as the guest's serial console: raw while the machine runs, with Ctrl-A as the escape key. */
export class Console {
  readonly #machine: Machine;
  readonly #onQuit: () => void;
  #escaped = false;
  /** Bytes that the guest's receive queue had no room for. */
  #waiting: number[] = [];
  #wasRaw = false;

  constructor(machine: Machine, onQuit: () => void) {
    this.#machine = machine;
    this.#onQuit = onQuit;
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
  }

  /** Gives the terminal back as it was. */
  detach(): void {
    const { stdin } = process;
    stdin.off('data', this.#receive);
    stdin.pause();
    if (stdin.isTTY) stdin.setRawMode(this.#wasRaw);
  }

  /** Sends what is waiting, as far as the guest takes it. */
  drain(): void {
    if (this.#waiting.length === 0) return;
    const taken = this.#machine.sendSerial(this.#waiting);
    this.#waiting = this.#waiting.slice(taken);
    if (this.#waiting.length === 0) process.stdin.resume();
  }

  readonly #receive = (chunk: Buffer): void => {
    for (const byte of chunk) this.#take(byte);
    this.drain();
    // A pipe can bring more than the guest reads: it waits.
    if (this.#waiting.length > 0) process.stdin.pause();
  };

  #take(byte: number): void {
    const isTerminal = process.stdin.isTTY;
    if (isTerminal && this.#escaped) {
      this.#escaped = false;
      if (byte === 0x78) this.#onQuit();
      else if (byte === ESCAPE) this.#waiting.push(ESCAPE);
      else process.stderr.write(HELP);
    } else if (isTerminal && byte === ESCAPE) this.#escaped = true;
    else this.#waiting.push(byte);
  }
}
