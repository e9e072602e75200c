import type { GuestMemory } from '@ringzero/guest-memory';
import { CODE_BASE, LDT, PAGE_BYTES, READ_ONLY_BYTES, WINDOW_BASE, WINDOW_BYTES } from '../format/layout.ts';
import { GDT, IDT, KERNEL_CS, KERNEL_DS, LDT_TABLE, MONITOR, MONITOR_BYTES, STACK_TOP, stubAddress, TSS, VECTORS } from './monitor.ts';

const PDPT = 0x41_0000;
const DIRECTORIES = 0x41_1000;
const FIRST_TABLE = 0x41_5000;
/** Guest physical addresses of the cases' memory. */
export const WINDOW_AT = 0x50_0000;
export const CODE_AT = 0x60_0000;

/** DPL 3 and S in a descriptor. */
const USER_SEGMENT = 0x70;
const PRESENT = 1;
const WRITABLE = 2;
const USER = 4;
const NO_EXECUTE = -0x8000_0000;
/** Gates to privilege 0 that privilege 3 may call by INT n: 3 and 4, as Linux has them. */
const CALLABLE: readonly number[] = [3, 4];
/** The bit for system software, which Linux sets in the LDT (`useable`). */
const AVAILABLE = 0x1000;
const TSS_LIMIT = 0x67;
export const GDT_LIMIT = 0x7f;

/** Descriptors that a 64-bit Linux has in its GDT: kernel code 32 and 64, kernel data, user code 32, data, code 64, then TSS and LDT. */
const GDT_ATTRIBUTES: readonly number[] = [0, 0xc09b, 0xa09b, 0xc093, 0xc0fb, 0xc0f3, 0xa0fb];

function writeDescriptor(memory: GuestMemory, at: number, base: number, limit: number, attributes: number): void {
  const low = (limit & 0xffff) | (base << 16);
  const high = ((base >>> 16) & 0xff) | ((attributes & 0xff) << 8) | (limit & 0xf_0000) | ((attributes & 0xf000) << 8) | (base & 0xff00_0000);
  memory.view.setInt32(at, low, true);
  memory.view.setInt32(at + 4, high, true);
}

/** GDT, LDT, IDT and TSS. */
export function writeTables(memory: GuestMemory): void {
  GDT_ATTRIBUTES.forEach((attributes, index) => {
    if (attributes !== 0) writeDescriptor(memory, GDT + 8 * index, 0, 0xf_ffff, attributes);
  });
  writeDescriptor(memory, GDT + 0x40, TSS, TSS_LIMIT, 0x8b);
  writeDescriptor(memory, GDT + 0x50, LDT_TABLE, LDT.length * 8 - 1, 0x82);
  LDT.forEach(({ base, limit, type, is32, isPresent }, index) => {
    writeDescriptor(memory, LDT_TABLE + 8 * index, base, limit, AVAILABLE | USER_SEGMENT | (isPresent ? 0x80 : 0) | type | (is32 ? 0x4000 : 0));
  });
  for (let vector = 0; vector < VECTORS; vector++) {
    const offset = stubAddress(vector);
    memory.view.setInt32(IDT + 8 * vector, (offset & 0xffff) | (KERNEL_CS << 16), true);
    memory.view.setInt32(IDT + 8 * vector + 4, (offset & 0xffff_0000) | 0x8e00 | (CALLABLE.includes(vector) ? 0x6000 : 0), true);
  }
  memory.view.setInt32(TSS + 4, STACK_TOP, true);
  memory.view.setInt32(TSS + 8, KERNEL_DS, true);
  memory.view.setInt32(TSS + 0x64, (TSS_LIMIT + 1) << 16, true);
}

/** PAE page tables: the monitor for privilege 0, code, window and read-only page for privilege 3, nothing else. Returns CR3. */
export function writePageTables(memory: GuestMemory, codeBytes: number): number {
  const { view } = memory;
  let nextTable = FIRST_TABLE;
  for (let i = 0; i < 4; i++) view.setInt32(PDPT + 8 * i, (DIRECTORIES + PAGE_BYTES * i) | PRESENT, true);
  const map = (linear: number, physical: number, bytes: number, low: number, high: number): void => {
    for (let at = 0; at < bytes; at += PAGE_BYTES) {
      const directory = DIRECTORIES + ((linear + at) >>> 21) * 8;
      if (view.getInt32(directory, true) === 0) {
        view.setInt32(directory, nextTable | PRESENT | WRITABLE | USER, true);
        nextTable += PAGE_BYTES;
      }
      const entry = (view.getInt32(directory, true) & -PAGE_BYTES) + (((linear + at) >>> 12) & 511) * 8;
      view.setInt32(entry, (physical + at) | PRESENT | low, true);
      view.setInt32(entry + 4, high, true);
    }
  };
  map(MONITOR, MONITOR, MONITOR_BYTES, WRITABLE, 0);
  map(CODE_BASE, CODE_AT, codeBytes, USER, 0);
  map(WINDOW_BASE, WINDOW_AT, WINDOW_BYTES, USER | WRITABLE, NO_EXECUTE);
  map(WINDOW_BASE + WINDOW_BYTES, WINDOW_AT + WINDOW_BYTES, READ_ONLY_BYTES, USER, NO_EXECUTE);
  return PDPT;
}
