import type { Machine } from '@ringzero/machine';
import type { Registers } from '@ringzero/processor';

const CR0_PG = 0x8000_0000n;
const CR4_PSE = 0x10n;
const CR4_PAE = 0x20n;
const PRESENT = 1;
const LARGE = 0x80;

/** Physical address of a linear one by the guest's page tables, without touching their accessed bits; undefined where there is none. */
export function translate(machine: Machine, registers: Registers, linear: number): number | undefined {
  if ((registers.cr0 & CR0_PG) === 0n) return linear;
  return (registers.cr4 & CR4_PAE) !== 0n ? translatePae(machine, registers, linear) : translate32(machine, registers, linear);
}

/** Page tables of 32-bit entries (SDM vol. 3A §4.3). */
function translate32(machine: Machine, { cr3, cr4 }: Registers, linear: number): number | undefined {
  const directory = readEntry(machine, Number(cr3 & 0xffff_f000n) + (linear >>> 22) * 4, 4);
  if (directory === undefined) return undefined;
  const entry = Number(directory);
  if ((entry & LARGE) !== 0 && (cr4 & CR4_PSE) !== 0n) return ((entry & 0xffc0_0000) >>> 0) + (linear & 0x3f_ffff);
  const page = readEntry(machine, ((entry & 0xffff_f000) >>> 0) + ((linear >>> 12) & 0x3ff) * 4, 4);
  return page === undefined ? undefined : ((Number(page) & 0xffff_f000) >>> 0) + (linear & 0xfff);
}

/** PAE's three levels of 64-bit entries (SDM vol. 3A §4.4). */
function translatePae(machine: Machine, { cr3 }: Registers, linear: number): number | undefined {
  const frame = (entry: bigint): number => Number(entry & 0xf_ffff_f000n);
  const pointer = readEntry(machine, Number(cr3 & 0xffff_ffe0n) + (linear >>> 30) * 8, 8);
  if (pointer === undefined) return undefined;
  const directory = readEntry(machine, frame(pointer) + ((linear >>> 21) & 0x1ff) * 8, 8);
  if (directory === undefined) return undefined;
  if ((directory & BigInt(LARGE)) !== 0n) return Number(directory & 0xf_ffe0_0000n) + (linear & 0x1f_ffff);
  const page = readEntry(machine, frame(directory) + ((linear >>> 12) & 0x1ff) * 8, 8);
  return page === undefined ? undefined : frame(page) + (linear & 0xfff);
}

/** An entry that is present, in memory that exists. */
function readEntry(machine: Machine, address: number, bytes: 4 | 8): bigint | undefined {
  if (!machine.memory.isMemory(address)) return undefined;
  const view = new DataView(machine.memory.readBytes(address, bytes).buffer);
  const entry = bytes === 4 ? BigInt(view.getUint32(0, true)) : view.getBigUint64(0, true);
  return (entry & BigInt(PRESENT)) === 0n ? undefined : entry;
}

/** Up to `count` bytes from a linear address on; fewer where memory ends. */
export function readLinear(machine: Machine, registers: Registers, linear: number, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const physical = translate(machine, registers, (linear + i) >>> 0);
    if (physical === undefined || !machine.memory.isMemory(physical)) return bytes.subarray(0, i);
    bytes[i] = machine.memory.readBytes(physical, 1)[0]!;
  }
  return bytes;
}
