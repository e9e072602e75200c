import type { AccessSize } from '@ringzero/processor';
import type { MmioHandler } from '../bus/mmio-space.ts';

/** Answers accesses of one width. */
export interface UnitHandler {
  read(offset: number): number;
  write(offset: number, value: number): void;
}

/** Splits accesses into bytes, lowest address first. */
export function byBytes(handler: UnitHandler): MmioHandler {
  return {
    read: (offset, size) => {
      let value = 0;
      for (let i = 0; i < size; i++) value += handler.read(offset + i) * 2 ** (8 * i);
      return value;
    },
    write: (offset, size, value) => {
      for (let i = 0; i < size; i++) handler.write(offset + i, (value >>> (8 * i)) & 0xff);
    },
  };
}

/** Splits accesses into words, lower one first. A byte is read from its word, and not written. */
export function byWords(handler: UnitHandler): MmioHandler {
  return {
    read: (offset, size: AccessSize) => {
      if (size === 1) return (handler.read(offset & ~1) >> (8 * (offset & 1))) & 0xff;
      return handler.read(offset) + (size === 4 ? handler.read(offset + 2) * 0x1_0000 : 0);
    },
    write: (offset, size, value) => {
      if (size === 1) return;
      handler.write(offset, value & 0xffff);
      if (size === 4) handler.write(offset + 2, value >>> 16);
    },
  };
}
