import type { SyncAccessHandle } from '@ringzero/block-backends';

const BYTES = 8;

/**
 * A number that is another after each stretch of writes to a disk, kept in a file beside it: a saved state notes it, and so knows
 * whether the disk is still as it was. It follows the clock, so that a new disk of an old name does not repeat the old one's.
 */
export class Generation {
  readonly #file: SyncAccessHandle;
  #value: number;
  #isNoted = true;

  /** Takes over the open file; an empty one is a new disk's. */
  constructor(file: SyncAccessHandle) {
    this.#file = file;
    const bytes = new Float64Array(1);
    this.#value = file.getSize() === BYTES && file.read(new Uint8Array(bytes.buffer), { at: 0 }) === BYTES && Number.isSafeInteger(bytes[0]) ? bytes[0]! : 0;
    if (this.#value === 0) this.#advance();
  }

  /** The number of the disk as it is now: the next write makes it another. */
  note(): number {
    this.#isNoted = true;
    return this.#value;
  }

  /** Called before each write. Only the first after {@link note} costs anything. */
  beforeWrite(): void {
    if (this.#isNoted) this.#advance();
  }

  close(): void {
    this.#file.close();
  }

  #advance(): void {
    this.#value = Math.max(this.#value + 1, Date.now());
    this.#file.write(new Uint8Array(Float64Array.of(this.#value).buffer), { at: 0 });
    this.#file.flush();
    this.#isNoted = false;
  }
}
