import type { AccessSize } from '@ringzero/processor';

/** One register of a device's register file. */
export interface RegisterField {
  readonly offset: number;
  readonly size: AccessSize;
  /** The value of the register. */
  read(): number;
  /** Writing 1 clears a bit: a narrower write has zeros elsewhere. */
  readonly clearsByOnes?: boolean;
  /** Read-only if left out. */
  write?(value: number): void;
}

/**
 * Registers at offsets, accessible at any width: a narrower access takes its part of a register (a write keeps the rest as it
 * reads), a wider one is split into halves. Offsets without a register read as 0 and ignore writes.
 */
export class RegisterFile {
  readonly #fields: readonly RegisterField[];

  constructor(fields: readonly RegisterField[]) {
    this.#fields = fields;
  }

  /** Reads across its registers. */
  read(offset: number, size: AccessSize): number {
    const field = this.#find(offset, size);
    if (field !== undefined) return part(field.read(), (offset - field.offset) * 8, size);
    if (size === 1) return 0;
    const half = size === 4 ? 2 : 1;
    return (this.read(offset, half) + this.read(offset + half, half) * 2 ** (half * 8)) >>> 0;
  }

  /** Writes across its registers. */
  write(offset: number, size: AccessSize, value: number): void {
    const field = this.#find(offset, size);
    if (field !== undefined) {
      if (field.write === undefined) return;
      if (field.size === size) return field.write(value >>> 0);
      const shift = (offset - field.offset) * 8;
      const mask = maskOf(size) << shift;
      const rest = field.clearsByOnes === true ? 0 : field.read() & ~mask;
      return field.write((rest | ((value << shift) & mask)) >>> 0);
    }
    if (size === 1) return;
    const half = size === 4 ? 2 : 1;
    this.write(offset, half, value & maskOf(half));
    this.write(offset + half, half, (value >>> (half * 8)) & maskOf(half));
  }

  /** The register that holds the whole access. */
  #find(offset: number, size: AccessSize): RegisterField | undefined {
    return this.#fields.find((field) => offset >= field.offset && offset + size <= field.offset + field.size);
  }
}

function maskOf(size: AccessSize): number {
  return size === 4 ? -1 : size === 2 ? 0xffff : 0xff;
}

function part(value: number, shift: number, size: AccessSize): number {
  return ((value >>> shift) & maskOf(size)) >>> 0;
}
