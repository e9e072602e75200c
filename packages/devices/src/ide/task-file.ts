import { DEVICE, DEVICE_DEV, DEVICE_OBSOLETE, DIAGNOSTIC_PASSED, ERROR_FEATURES, LBA_HIGH, LBA_LOW, LBA_MID, SECTOR_COUNT } from './ata-definitions.ts';

export interface TaskFileState {
  readonly error: number;
  readonly device: number;
  /** Features, sector count, LBA low, mid and high. */
  readonly current: readonly number[];
  readonly previous: readonly number[];
}

/**
 * A drive's command block registers. Features, sector count and the three address registers are two bytes deep: a write pushes
 * the one before into "previous", where 48-bit commands find the upper halves (ATA/ATAPI-6 §6.20).
 */
export class TaskFile {
  error: number = DIAGNOSTIC_PASSED;
  device: number = 0;
  readonly #current = new Uint8Array(5);
  readonly #previous = new Uint8Array(5);

  /** Stores what a driver writes to registers 1 to 6. */
  write(register: number, value: number): void {
    if (register === DEVICE) {
      this.device = value;
      return;
    }
    const i = register - ERROR_FEATURES;
    this.#previous[i] = this.#current[i]!;
    this.#current[i] = value;
  }

  /** What a driver reads from registers 1 to 6; `upper` for the previous values. */
  read(register: number, upper: boolean): number {
    if (register === ERROR_FEATURES) return this.error;
    if (register === DEVICE) return this.device | DEVICE_OBSOLETE;
    return (upper ? this.#previous : this.#current)[register - ERROR_FEATURES]!;
  }

  get features(): number {
    return this.#current[0]!;
  }

  get count(): number {
    return this.#current[SECTOR_COUNT - ERROR_FEATURES]!;
  }

  set count(value: number) {
    this.#current[SECTOR_COUNT - ERROR_FEATURES] = value;
  }

  /** LBA mid and high as one number: the byte count of PACKET commands. */
  get byteCount(): number {
    return this.#current[LBA_MID - ERROR_FEATURES]! | (this.#current[LBA_HIGH - ERROR_FEATURES]! << 8);
  }

  set byteCount(value: number) {
    this.#current[LBA_MID - ERROR_FEATURES] = value;
    this.#current[LBA_HIGH - ERROR_FEATURES] = value >> 8;
  }

  get sectorNumber(): number {
    return this.#current[LBA_LOW - ERROR_FEATURES]!;
  }

  /** Number of sectors asked for: 0 is 256, or 65536 in a 48-bit command. */
  sectors(isExtended: boolean): number {
    if (!isExtended) return this.count || 256;
    return (this.count | (this.#previous[SECTOR_COUNT - ERROR_FEATURES]! << 8)) || 65536;
  }

  /** The 28 or 48 bits of address. */
  address(isExtended: boolean): number {
    const low = this.sectorNumber | (this.byteCount << 8);
    if (!isExtended) return low + (this.device & 15) * 2 ** 24;
    const [, , plow, pmid, phigh] = this.#previous;
    return low + plow! * 2 ** 24 + pmid! * 2 ** 32 + phigh! * 2 ** 40;
  }

  /** Leaves an address and a count where a driver looks for the first sector in error. */
  place(address: number, sectors: number, isExtended: boolean): void {
    const bytes = [sectors, address, address / 2 ** 8, address / 2 ** 16];
    const upper = [sectors / 2 ** 8, address / 2 ** 24, address / 2 ** 32, address / 2 ** 40];
    for (let i = 0; i < 4; i++) {
      this.#current[1 + i] = bytes[i]! % 256;
      if (isExtended) this.#previous[1 + i] = upper[i]! % 256;
    }
    if (!isExtended) this.device = (this.device & 0xf0) | (Math.floor(address / 2 ** 24) & 15);
  }

  /** What resets and diagnostics leave (§9.12): which kind of device this is. */
  setSignature(signature: number): void {
    this.#current.fill(0);
    this.#previous.fill(0);
    this.error = DIAGNOSTIC_PASSED;
    this.count = 1;
    this.#current[LBA_LOW - ERROR_FEATURES] = 1;
    this.byteCount = signature;
    this.device &= DEVICE_DEV;
  }

  save(): TaskFileState {
    return { error: this.error, device: this.device, current: [...this.#current], previous: [...this.#previous] };
  }

  restore(state: TaskFileState): void {
    this.error = state.error;
    this.device = state.device;
    this.#current.set(state.current);
    this.#previous.set(state.previous);
  }
}
