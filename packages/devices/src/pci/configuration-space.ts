import type { AccessSize } from '@ringzero/processor';

/** What a PCI function is, as its read-only header says. */
export interface PciIdentity {
  readonly vendor: number;
  readonly device: number;
  readonly revision?: number;
  /** Base class, subclass and programming interface: 060000h is a host bridge. */
  readonly classCode: number;
  /** The device has further functions. */
  readonly multifunction?: boolean;
  /** Interrupt pin, 1 for INTA#; 0 for none. */
  readonly interruptPin?: number;
}

/** What a save of {@link ConfigurationSpace} keeps. */
export interface PciFunctionState {
  readonly bytes: readonly number[];
}

const COMMAND = 0x04;
const STATUS = 0x06;
const INTERRUPT_LINE = 0x3c;

/**
 * The 256 configuration bytes of one PCI function (PCI 2.1 §6): a byte array, with a mask that says which bits software may
 * write and one that says which it clears by writing 1.
 */
export class ConfigurationSpace {
  readonly #bytes = new Uint8Array(256);
  readonly #atReset = new Uint8Array(256);
  readonly #writable = new Uint8Array(256);
  readonly #clearable = new Uint8Array(256);
  readonly #onWrite: (offset: number, before: number, value: number) => void;

  /** `onWrite` is called for each byte whose value changed. */
  constructor(identity: PciIdentity, onWrite: (offset: number, before: number, value: number) => void = () => undefined) {
    this.#onWrite = onWrite;
    this.initialize(0x00, 2, identity.vendor);
    this.initialize(0x02, 2, identity.device);
    this.initialize(0x08, 1, identity.revision ?? 0);
    this.initialize(0x09, 2, identity.classCode & 0xffff);
    this.initialize(0x0b, 1, identity.classCode >> 16);
    this.initialize(0x0e, 1, identity.multifunction === true ? 0x80 : 0);
    this.initialize(0x3d, 1, identity.interruptPin ?? 0);
    this.allow(COMMAND, 2, 0x0107);
    this.allow(INTERRUPT_LINE, 1, 0xff);
    this.#clearable[STATUS + 1] = 0xf9;
  }

  /** Sets the value after reset (and now) of `size` bytes. */
  initialize(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.#bytes[offset + i] = this.#atReset[offset + i] = (value >>> (8 * i)) & 0xff;
  }

  /** Makes the bits of `mask` writable. */
  allow(offset: number, size: AccessSize, mask: number): void {
    for (let i = 0; i < size; i++) this.#writable[offset + i] = (mask >>> (8 * i)) & 0xff;
  }

  /** Reads 1, 2 or 4 bytes at an offset. */
  read(offset: number, size: AccessSize): number {
    let value = 0;
    for (let i = size - 1; i >= 0; i--) value = (value << 8) | (this.#bytes[(offset + i) & 0xff] ?? 0);
    return value >>> 0;
  }

  /** Writes the bits that can be written. */
  write(offset: number, size: AccessSize, value: number): void {
    for (let i = 0; i < size; i++) this.#writeByte((offset + i) & 0xff, (value >>> (8 * i)) & 0xff);
  }

  /** The bytes after reset. */
  reset(): void {
    this.#replace(this.#atReset);
  }

  /** The bytes as they are. */
  save(): PciFunctionState {
    return { bytes: [...this.#bytes] };
  }

  /** Takes saved bytes over. */
  restore(state: PciFunctionState): void {
    this.#replace(state.bytes);
  }

  #writeByte(offset: number, value: number): void {
    const before = this.#bytes[offset]!;
    const writable = this.#writable[offset]!;
    const after = ((before & ~writable) | (value & writable)) & ~(value & this.#clearable[offset]!);
    this.#bytes[offset] = after;
    if (after !== before) this.#onWrite(offset, before, after);
  }

  /** All bytes at once; then every change is announced, when the space is already consistent. */
  #replace(bytes: ArrayLike<number>): void {
    const before = this.#bytes.slice();
    for (let offset = 0; offset < 256; offset++) this.#bytes[offset] = bytes[offset] ?? 0;
    for (let offset = 0; offset < 256; offset++) {
      const value = this.#bytes[offset]!;
      if (value !== before[offset]) this.#onWrite(offset, before[offset]!, value);
    }
  }
}
