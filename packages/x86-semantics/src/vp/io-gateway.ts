import type { CpuIo } from '@ringzero/processor';
import { FAULT } from './lanes.ts';
import { STATUS_ALONE, STATUS_SUSPEND } from './status.ts';

/**
 * The only way from an instruction to a device.
 *
 * Devices are touched by instructions that run alone (`live`), so that time is exact and interrupts are seen at once.
 * Each access of the running instruction is logged with its reply. When a device answers with a promise, the instruction
 * is abandoned and, once the promise settles, executed again: the log then answers what was asked before,
 * so that every access is issued exactly once.
 */
export class IoGateway {
  /** Whether devices may be touched now. */
  live = false;
  /** Whether the running instruction has touched a device. */
  get touched(): boolean {
    return this.#log.length > 0;
  }
  /** The promise that the abandoned instruction waits for. */
  pending: Promise<void> | null = null;
  readonly #log: number[] = [];
  #cursor = 0;
  readonly #R: Int32Array;
  readonly #vpIndex: number;
  #device: CpuIo | null = null;

  constructor(R: Int32Array, vpIndex: number) {
    this.#R = R;
    this.#vpIndex = vpIndex;
  }

  /** Connects the devices for one `runVp`. */
  attach(device: CpuIo): void {
    this.#device = device;
  }

  /** The devices of the current `runVp`. */
  get device(): CpuIo {
    if (this.#device === null) throw new Error('the virtual processor is not running: no devices are attached');
    return this.#device;
  }

  /** Whether devices have ever been attached. */
  get isAttached(): boolean {
    return this.#device !== null;
  }

  /** The next instruction may touch devices. Accesses that a suspended run of it made are answered from the log. */
  begin(): void {
    this.live = true;
    this.#cursor = 0;
  }

  /** The instruction is over: `completed` drops the log; a suspended one keeps it. */
  end(completed: boolean): void {
    this.live = false;
    // Setting an array's length is a call of the host's runtime.
    if (completed && this.#log.length > 0) this.#log.length = 0;
  }

  /** IN through the log of accesses. */
  readPort(port: number, size: number): number {
    if (!this.live) return this.#alone();
    if (this.#cursor < this.#log.length) return this.#log[this.#cursor++];
    return this.#reply(this.device.readIo(this.#vpIndex, port, size as 1 | 2 | 4));
  }

  /** OUT through the log of accesses. */
  writePort(port: number, size: number, value: number): void {
    if (!this.live) this.#alone();
    else if (this.#cursor < this.#log.length) this.#cursor++;
    else this.#acknowledge(this.device.writeIo(this.#vpIndex, port, size as 1 | 2 | 4, size === 4 ? value >>> 0 : value));
  }

  /** A read of device memory through the log of accesses. */
  readMmio(physical: number, size: number): number {
    if (!this.live) return this.#alone();
    if (this.#cursor < this.#log.length) return this.#log[this.#cursor++];
    return this.#reply(this.device.readMmio(this.#vpIndex, physical, size as 1 | 2 | 4));
  }

  /** A write to device memory through the log of accesses. */
  writeMmio(physical: number, size: number, value: number): void {
    if (!this.live) this.#alone();
    else if (this.#cursor < this.#log.length) this.#cursor++;
    else this.#acknowledge(this.device.writeMmio(this.#vpIndex, physical, size as 1 | 2 | 4, size === 4 ? value >>> 0 : value));
  }

  /** Runs `access` (of a device inside the processor: the local APIC) once per instruction, replies logged like others. */
  internal(access: () => number): number {
    if (!this.live) return this.#alone();
    if (this.#cursor < this.#log.length) return this.#log[this.#cursor++];
    return this.#reply(access());
  }

  #alone(): number {
    this.#R[FAULT] = STATUS_ALONE;
    return 0;
  }

  #reply(answer: number | Promise<number>): number {
    if (typeof answer === 'number') {
      this.#log.push(answer | 0);
      this.#cursor++;
      return answer | 0;
    }
    this.#suspend(answer.then((value) => void this.#log.push(value | 0)));
    return 0;
  }

  #acknowledge(answer: void | Promise<void>): void {
    if (answer === undefined) {
      this.#log.push(0);
      this.#cursor++;
      return;
    }
    this.#suspend(answer.then(() => void this.#log.push(0)));
  }

  #suspend(settled: Promise<void>): void {
    this.pending = settled;
    this.#R[FAULT] = STATUS_SUSPEND;
  }
}
