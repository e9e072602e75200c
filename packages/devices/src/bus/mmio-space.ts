import { RingzeroError } from '@ringzero/processor';
import { allOnes } from './device.ts';
import type { AccessSize } from '@ringzero/processor';

/** Answers accesses to device memory. `offset` counts from the start of the device's range. */
export interface MmioHandler {
  /** Reads at an offset into the range. */
  read(offset: number, size: AccessSize): number | Promise<number>;
  /** Writes at an offset into the range. */
  write(offset: number, size: AccessSize, value: number): void | Promise<void>;
}

/** A run of guest physical addresses: `[base, base + size)`. */
export interface MmioRange {
  readonly base: number;
  readonly size: number;
}

interface Region extends MmioRange {
  readonly handler: MmioHandler;
}

/**
 * Device memory of one machine: disjoint ranges of guest physical addresses, sorted by base. An address without a device
 * reads as all ones and ignores writes.
 */
export class MmioSpace {
  #regions: readonly Region[] = [];

  /** The claimed ranges, in ascending order. */
  get ranges(): readonly MmioRange[] {
    return this.#regions;
  }

  /**
   * Gives `range` to `handler`; the result gives it up again.
   * @throws RingzeroError `mmio-conflict` if it overlaps another range, `mmio-range` if it is not a range.
   */
  claim(range: MmioRange, handler: MmioHandler): { release(): void } {
    const { base, size } = range;
    if (!Number.isSafeInteger(base) || !Number.isSafeInteger(size) || base < 0 || size < 1) {
      throw new RingzeroError('mmio-range', `Device memory at 0x${base.toString(16)}, ${size} bytes: expected a range of addresses`);
    }
    const other = this.#regions.find((region) => base < region.base + region.size && region.base < base + size);
    if (other !== undefined) {
      throw new RingzeroError('mmio-conflict',
        `Device memory at 0x${base.toString(16)} overlaps that at 0x${other.base.toString(16)}; expected disjoint ranges`);
    }
    const region: Region = { base, size, handler };
    this.#regions = [...this.#regions, region].sort((a, b) => a.base - b.base);
    return { release: (): void => void (this.#regions = this.#regions.filter((held) => held !== region)) };
  }

  /** Whether part of `range` is claimed. */
  overlaps({ base, size }: MmioRange): boolean {
    return this.#regions.some((region) => base < region.base + region.size && region.base < base + size);
  }

  /** Whether a device answers at `address`. */
  has(address: number): boolean {
    return this.#find(address) !== undefined;
  }

  /** Reads from whoever claimed the address. */
  read(address: number, size: AccessSize): number | Promise<number> {
    const region = this.#find(address);
    return region === undefined ? allOnes(size) : region.handler.read(address - region.base, size);
  }

  /** Writes to whoever claimed the address. */
  write(address: number, size: AccessSize, value: number): void | Promise<void> {
    const region = this.#find(address);
    return region?.handler.write(address - region.base, size, value);
  }

  #find(address: number): Region | undefined {
    const regions = this.#regions;
    let low = 0;
    let high = regions.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const region = regions[middle]!;
      if (address < region.base) high = middle - 1;
      else if (address >= region.base + region.size) low = middle + 1;
      else return region;
    }
    return undefined;
  }
}
