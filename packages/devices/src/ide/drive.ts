import { RingzeroError, type AccessSize } from '@ringzero/processor';
import { fromBase64, toBase64 } from '../bus/base64.ts';
import { FailureLog } from '../bus/failure-log.ts';
import { HostWork } from '../bus/host-work.ts';
import type { Transfer, Transfers } from '../bus/transfers.ts';
import { CHECK_POWER_MODE, ERROR_ABRT, IDLE, IDLE_IMMEDIATE, STATUS_BSY, STATUS_DRDY, STATUS_DRQ, STATUS_DSC, STATUS_ERR } from './ata-definitions.ts';
import { TaskFile, type TaskFileState } from './task-file.ts';

/** What a drive asks of its channel. */
export interface DriveHost {
  readonly transfers: Transfers;
  readonly busMaster: {
    toMemory(bytes: Uint8Array): number;
    fromMemory(target: Uint8Array): number;
  };
  /** The drive's interrupt request changed. */
  onInterrupt(): void;
  /** Tells the host something in a line. */
  log(message: string): void;
}

/**
 * What a drive is doing: nothing, waiting for the host, or moving its buffer through the data port or by the bus master. In `pioOut`
 * and `dmaOut` data comes from the guest.
 */
type Phase = 'idle' | 'work' | 'pioIn' | 'pioOut' | 'dmaIn' | 'dmaOut';

export interface DriveState {
  readonly registers: TaskFileState;
  readonly status: number;
  readonly isInterrupting: boolean;
  readonly phase: Phase;
  readonly position: number;
  readonly end: number;
  /** What is in the buffer, as base64. */
  readonly buffer: string;
  /** The request that the host works on: its bytes, and when it ends. */
  readonly work?: { readonly bytes: number; readonly due: number };
  readonly details: unknown;
}

/** Bytes of the buffer: 256 sectors, or 64 blocks of a CD. */
export const BUFFER_BYTES = 0x2_0000;

/** Sector count after CHECK POWER MODE of a drive that is active or idle. */
const POWER_ACTIVE = 0xff;

/**
 * What disks and CD drives have in common: registers, the interrupt request, a buffer and how it is moved (ATA/ATAPI-6 §9). A command is
 * a request that survives JSON; {@link perform} and {@link continueRequest} derive everything from it and the buffer.
 */
export abstract class Drive<Details = unknown> {
  readonly registers: TaskFile = new TaskFile();
  protected readonly host: DriveHost;
  protected buffer: Uint8Array = new Uint8Array(BUFFER_BYTES);
  /** Bytes of the buffer that count. */
  protected filled = 0;
  protected position = 0;
  protected isStandby = false;
  #status = 0;
  #isInterrupting = false;
  #phase: Phase = 'idle';
  #end = 0;
  #workBytes = 0;
  #transfer: Transfer | undefined;
  readonly #work = new HostWork();
  readonly #failures: FailureLog;

  constructor(host: DriveHost) {
    this.host = host;
    this.#failures = new FailureLog((message) => host.log(message));
  }

  /** What the drive is, in LBA mid and high after a reset. */
  protected abstract readonly signature: number;
  /** Status after a reset. */
  protected abstract readonly readyStatus: number;
  /** Begins a command, with the device ready. */
  protected abstract execute(command: number): void;
  /** The host's part of the request. Touches nothing but the buffer and the medium. */
  protected abstract perform(): void | Promise<void>;
  /** The host's part is over. */
  protected abstract performed(error: unknown): void;
  /** What was to be moved is moved. */
  protected abstract continueRequest(): void;
  /** Whether there is a request. */
  protected abstract readonly hasRequest: boolean;
  /** Forgets it. */
  protected abstract dropRequest(): void;
  /** Power-on state. */
  protected abstract powerOn(): void;
  protected abstract saveDetails(): Details;
  protected abstract restoreDetails(details: Details): void;

  /** The status register. */
  get status(): number {
    return this.#status;
  }

  /** Whether it takes packets, and DEVICE RESET at any time. */
  get isPacketDevice(): boolean {
    return this.signature !== 0;
  }

  /** Whether it asks for an interrupt. */
  get isInterrupting(): boolean {
    return this.#isInterrupting;
  }

  /** Neither registers nor commands are taken from drivers. */
  get isOccupied(): boolean {
    return (this.#status & (STATUS_BSY | STATUS_DRQ)) !== 0;
  }

  /** The status register was read, or a command written. */
  acknowledge(): void {
    if (!this.#isInterrupting) return;
    this.#isInterrupting = false;
    this.host.onInterrupt();
  }

  /** A command came. */
  command(code: number): void {
    this.acknowledge();
    this.registers.error = 0;
    this.execute(code);
  }

  /** The reset line, software reset, DEVICE RESET: what was under way is forgotten. */
  softReset(isHeld = false): void {
    this.#cancel();
    this.registers.setSignature(this.signature);
    this.#status = isHeld ? STATUS_BSY : this.readyStatus;
    this.acknowledge();
  }

  /** The commands about power, which all drives obey alike. */
  protected setPower(command: number): void {
    if (command === CHECK_POWER_MODE) this.registers.count = this.isStandby ? 0 : POWER_ACTIVE;
    else this.isStandby = command !== IDLE && command !== IDLE_IMMEDIATE;
    this.finish();
  }

  /** Power-on state. */
  reset(): void {
    this.powerOn();
    this.registers.device = 0;
    this.softReset();
  }

  /** After EXECUTE DEVICE DIAGNOSTIC, which both drives obey. */
  diagnose(interrupts: boolean): void {
    this.softReset();
    if (interrupts) this.#raise();
  }

  /** What the data port gives. */
  readData(size: AccessSize): number {
    if (this.#phase !== 'pioIn') return 0;
    const { buffer, position } = this;
    let value = 0;
    if (position + size <= this.#end) {
      value = buffer[position]!;
      if (size > 1) value |= buffer[position + 1]! << 8;
      if (size > 2) value = (value | (buffer[position + 2]! << 16) | (buffer[position + 3]! << 24)) >>> 0;
    } else for (let i = this.#end - 1; i >= position; i--) value = value * 256 + buffer[i]!;
    this.#moved(size);
    return value;
  }

  /** What is written to the data port. */
  writeData(size: AccessSize, value: number): void {
    if (this.#phase !== 'pioOut') return;
    for (let i = 0; i < size && this.position + i < this.#end; i++) this.buffer[this.position + i] = value >>> (8 * i);
    this.#moved(size);
  }

  /** Moves data where the bus master is ready for it. */
  pumpDma(): void {
    const phase = this.#phase;
    if (phase !== 'dmaIn' && phase !== 'dmaOut') return;
    const part = this.buffer.subarray(this.position, this.#end);
    const count = phase === 'dmaIn' ? this.host.busMaster.toMemory(part) : this.host.busMaster.fromMemory(part);
    this.position += count;
    if (this.position >= this.#end) this.#leavePhase();
  }

  /** What decides all that it does from now on. */
  save(): DriveState {
    const isMoving = this.#phase !== 'idle';
    return {
      registers: this.registers.save(),
      status: this.#status,
      isInterrupting: this.#isInterrupting,
      phase: this.#phase,
      position: this.position,
      end: this.#end,
      buffer: isMoving ? toBase64(this.buffer.subarray(0, this.filled)) : '',
      ...(this.#transfer === undefined ? {} : { work: { bytes: this.#workBytes, due: this.#transfer.due } }),
      details: this.saveDetails(),
    };
  }

  /** Puts it into exactly this state. */
  restore(state: DriveState): void {
    this.#cancel();
    this.registers.restore(state.registers);
    const bytes = fromBase64(state.buffer).subarray(0, BUFFER_BYTES);
    this.buffer.set(bytes);
    this.filled = bytes.length;
    this.#end = Math.min(state.end, BUFFER_BYTES);
    this.position = Math.min(state.position, this.#end);
    this.#status = state.status;
    this.#phase = state.phase;
    this.#isInterrupting = state.isInterrupting;
    this.restoreDetails(state.details as Details);
    if (this.#phase !== 'idle' && !this.hasRequest) throw new RingzeroError('device-state', `IDE drive that is in phase ${this.#phase} without a request: expected one in its saved state`);
    if (state.work !== undefined) this.startWork(state.work.bytes, state.work.due);
    this.host.onInterrupt();
  }

  /** Has {@link perform} done; `bytes` says how much it moves. */
  protected startWork(bytes: number, due?: number): void {
    this.#phase = 'work';
    this.#workBytes = bytes;
    this.#status = (this.#status & ~(STATUS_DRQ | STATUS_ERR)) | STATUS_BSY;
    this.#transfer = this.host.transfers.start(() => this.#work.run(() => this.perform()), bytes, (error) => {
      this.#transfer = undefined;
      this.#phase = 'idle';
      this.performed(error);
    }, due);
  }

  /** Offers the buffer from the current position to `end` at the data port, with an interrupt. */
  protected givePio(end: number): void {
    this.#openPort('pioIn', end);
    this.#raise();
  }

  /** Takes bytes at the data port up to `end` of the buffer. */
  protected takePio(end: number, interrupts: boolean): void {
    this.#openPort('pioOut', end);
    if (interrupts) this.#raise();
  }

  /** Moves the buffer up to `end` by the bus master: `dmaIn` to memory, `dmaOut` from it. */
  protected moveByDma(phase: 'dmaIn' | 'dmaOut', end: number): void {
    this.#openPort(phase, end);
    this.pumpDma();
  }

  /** Ends a command well. */
  protected finish(interrupts = true): void {
    this.#endCommand(STATUS_DRDY | STATUS_DSC, interrupts);
  }

  /** Ends a command with an error; `more` are further bits of the status. */
  protected fail(error: number = ERROR_ABRT, more = 0): void {
    this.registers.error = error;
    this.#endCommand(STATUS_DRDY | STATUS_DSC | STATUS_ERR | more, true);
  }

  /** Tells the host of a failure, unless there were too many already. */
  protected logFailure(message: string): void {
    this.#failures.tell(message);
  }

  #endCommand(status: number, interrupts: boolean): void {
    this.dropRequest();
    this.#phase = 'idle';
    this.#status = status;
    if (interrupts) this.#raise();
  }

  #openPort(phase: Phase, end: number): void {
    this.#phase = phase;
    this.#end = end;
    if (phase === 'pioOut' || phase === 'dmaOut') this.filled = end;
    this.#status = STATUS_DRDY | STATUS_DSC | STATUS_DRQ;
  }

  #moved(size: number): void {
    this.position += size;
    if (this.position < this.#end) return;
    this.position = this.#end;
    this.#leavePhase();
  }

  #leavePhase(): void {
    this.#phase = 'idle';
    this.continueRequest();
  }

  #raise(): void {
    if (this.#isInterrupting) return;
    this.#isInterrupting = true;
    this.host.onInterrupt();
  }

  /** The host may still fill or read the old buffer: it is let go. */
  #cancel(): void {
    this.#transfer?.cancel();
    if (this.#transfer !== undefined) this.buffer = new Uint8Array(BUFFER_BYTES);
    this.#transfer = undefined;
    this.#work.cancel();
    this.#phase = 'idle';
    this.filled = this.position = this.#end = 0;
    this.dropRequest();
  }
}
