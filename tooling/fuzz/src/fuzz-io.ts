import type { AccessSize, CpuIo, VpHaltReason } from '@ringzero/processor';

/** Devices that answer as a function of the address and of how much was asked, and keep a digest of every access. */
export class FuzzIo implements CpuIo {
  /** Digest and number of accesses since the last reset. */
  digest = 0;
  accesses = 0;
  /** What a backend reported as its own failure. */
  failure: unknown = undefined;

  reset(): void {
    this.digest = 0;
    this.accesses = 0;
    this.failure = undefined;
  }

  #note(kind: number, address: number, size: number, value: number): void {
    this.accesses++;
    for (const word of [kind, address, size, value]) this.digest = Math.imul(this.digest ^ word, 0x0100_0193) ^ (this.digest >>> 15);
  }

  #answer(kind: number, address: number, size: AccessSize): number {
    const value = (Math.imul(address + this.accesses, 0x9e37_79b1) >>> 3) % 2 ** (8 * size);
    this.#note(kind, address, size, value);
    return value;
  }

  isMmio(): boolean {
    return false;
  }

  acknowledgePicInterrupt(): undefined {
    return undefined;
  }

  handleEoi(irq: number): void {
    this.#note(0, irq, 0, 0);
  }

  readMmio(_vp: number, address: number, size: AccessSize): number {
    return this.#answer(1, address, size);
  }

  writeMmio(_vp: number, address: number, size: AccessSize, value: number): void {
    this.#note(2, address, size, value);
  }

  readIo(_vp: number, port: number, size: AccessSize): number {
    return this.#answer(3, port, size);
  }

  writeIo(_vp: number, port: number, size: AccessSize, value: number): void {
    this.#note(4, port, size, value);
  }

  fatalError(error: unknown): VpHaltReason {
    this.failure = error;
    throw error;
  }
}
