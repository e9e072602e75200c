import type { Machine } from '@ringzero/machine';

// 16550A: interrupt enable, and modem control (data terminal ready and request to send, loopback).
const RECEIVE_INTERRUPT = 1;
const READY = 3;
const LOOP = 0x10;
/** Most bytes kept of what was typed or pasted. */
const MOST_WAITING = 2 ** 16;
const LOOK_MS = 20;

/** What the user types, handed on as fast as the guest's serial port takes it. */
export class SerialInput {
  #machine: Machine | undefined;
  #waiting: number[] = [];
  /** A kernel that looks for its UART clears what has come before: input is kept until its driver listens. */
  #isHeld = false;
  #look: ReturnType<typeof setInterval> | undefined;

  /** `awaitDriver`: keep input until the guest's driver listens. */
  attach(machine: Machine, awaitDriver: boolean): void {
    this.detach();
    this.#machine = machine;
    this.#isHeld = awaitDriver;
    if (awaitDriver) this.#look = setInterval(() => this.#lookAtDriver(), LOOK_MS);
  }

  detach(): void {
    clearInterval(this.#look);
    this.#machine = undefined;
    this.#waiting = [];
  }

  send(bytes: ArrayLike<number>): void {
    if (this.#machine === undefined) return;
    for (let i = 0; i < bytes.length && this.#waiting.length < MOST_WAITING; i++) this.#waiting.push(bytes[i]!);
    this.drain();
  }

  /** Sends what is waiting, as far as the guest takes it. */
  drain(): void {
    if (this.#isHeld || this.#waiting.length === 0 || this.#machine === undefined) return;
    const taken = this.#machine.sendSerial(this.#waiting);
    this.#waiting = this.#waiting.slice(taken);
  }

  #lookAtDriver(): void {
    const { interruptEnable, modemControl } = this.#machine!.chipset.serial.save();
    if ((interruptEnable & RECEIVE_INTERRUPT) === 0 || (modemControl & (READY | LOOP)) !== READY) return;
    clearInterval(this.#look);
    this.#isHeld = false;
    this.drain();
  }
}
