import type { AccessSize, CpuIo, VpHaltReason } from '@ringzero/processor';

/** One access that a processor made. */
export interface IoAccess {
  readonly kind: 'in' | 'out' | 'read' | 'write';
  readonly vp: number;
  readonly address: number;
  readonly size: AccessSize;
  /** What was written, or what the device answered. */
  readonly value: number;
}

/** Device memory: guest physical addresses from here are answered by {@link ScriptedIo}. */
export const MMIO_BASE = 0xd000_0000;
/** Bytes of the device memory at {@link MMIO_BASE}. */
export const MMIO_BYTES = 0x1_0000;

/**
 * The devices of a test: they answer deterministically, log every access, and reply at once or by promise.
 *
 * Port reads give a counter that depends on the port; device memory is a small RAM, so that what is written is read back.
 * Hooks on ports let a test act in the middle of an instruction.
 */
export class ScriptedIo implements CpuIo {
  readonly log: IoAccess[] = [];
  /** Errors that the backend reported. */
  readonly errors: unknown[] = [];
  /** Vectors that the interrupt controller will give, in order. */
  readonly picVectors: number[] = [];
  /** End-of-interrupt messages. */
  readonly eois: number[] = [];
  /** Called on writes to a port, before the write is acknowledged. */
  readonly onWrite: Map<number, (value: number) => void> = new Map();
  /** Called on reads of a port; the result is the answer. */
  readonly onRead: Map<number, () => number | Promise<number>> = new Map();
  /** FERR# as the processor drove it, and whether IGNNE# is asserted. */
  readonly ferr: boolean[] = [];
  ignne = true;
  /** How each reply that would be synchronous is delivered. */
  reply: <T>(value: T) => T | Promise<T> = (value) => value;
  readonly #memory = new Uint8Array(MMIO_BYTES);
  #reads = 0;

  isMmio(address: number): boolean {
    return address >= MMIO_BASE && address < MMIO_BASE + MMIO_BYTES;
  }

  acknowledgePicInterrupt(): number | undefined {
    return this.picVectors.shift();
  }

  setFerr(_vp: number, asserted: boolean): boolean {
    if (this.ferr.at(-1) !== asserted) this.ferr.push(asserted);
    return this.ignne;
  }

  handleEoi(irq: number): void {
    this.eois.push(irq);
  }

  readMmio(vp: number, address: number, size: AccessSize): number | Promise<number> {
    let value = 0xffffffff >>> (32 - 8 * size);
    if (this.isMmio(address)) {
      value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + (this.#memory[(address - MMIO_BASE + i) % MMIO_BYTES] ?? 0);
    }
    this.log.push({ kind: 'read', vp, address, size, value });
    return this.reply(value);
  }

  writeMmio(vp: number, address: number, size: AccessSize, value: number): void | Promise<void> {
    this.log.push({ kind: 'write', vp, address, size, value });
    if (this.isMmio(address)) for (let i = 0; i < size; i++) this.#memory[(address - MMIO_BASE + i) % MMIO_BYTES] = value >>> (8 * i);
    return this.#done();
  }

  readIo(vp: number, port: number, size: AccessSize): number | Promise<number> {
    const hook = this.onRead.get(port);
    if (hook) return hook();
    const value = (Math.imul(++this.#reads, 0x01234567) + port) >>> (32 - 8 * size);
    this.log.push({ kind: 'in', vp, address: port, size, value });
    return this.reply(value);
  }

  writeIo(vp: number, port: number, size: AccessSize, value: number): void | Promise<void> {
    this.log.push({ kind: 'out', vp, address: port, size, value });
    this.onWrite.get(port)?.(value);
    return this.#done();
  }

  fatalError(error: unknown): VpHaltReason {
    this.errors.push(error);
    return { kind: 'powerOff' };
  }

  /** Values written to a port, in order. */
  written(port: number): number[] {
    return this.log.filter((access) => access.kind === 'out' && access.address === port).map((access) => access.value);
  }

  /** The log in one line per access, for comparison and for reading. */
  transcript(): string[] {
    return this.log.map(({ kind, address, size, value }) => `${kind} ${address.toString(16)} ${size} ${value.toString(16)}`);
  }

  #done(): void | Promise<void> {
    const answer = this.reply(undefined);
    return answer === undefined ? undefined : answer;
  }
}
