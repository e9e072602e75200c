import type { GuestMemory } from '@ringzero/guest-memory';
import type { Registers } from '@ringzero/processor';

const CR0_PG = 1n << 31n;
const CR4_PSE = 1n << 4n;
const CR4_PAE = 1n << 5n;
const EFER_LMA = 1n << 10n;
const PRESENT = 1n;
const LARGE = 0x80n;
/** Bits 51 to 12 of an entry: a page's address. */
const FRAME = 0xf_ffff_ffff_f000n;

/** How one kind of paging finds a page: SDM vol. 3A §4.3 to §4.5. */
interface PagingMode {
  readonly entryBytes: 4 | 8;
  /** Lowest address bit that each level's index begins at, from the root on, and how many bits it has. */
  readonly levels: readonly { readonly shift: bigint; readonly bits: bigint; readonly mayBeLarge: boolean }[];
  readonly rootMask: bigint;
}

function modeOf({ cr4, efer }: Registers): PagingMode {
  const level = (shift: bigint, bits: bigint, mayBeLarge = false): PagingMode['levels'][number] => ({ shift, bits, mayBeLarge });
  if ((efer & EFER_LMA) !== 0n) return { entryBytes: 8, rootMask: FRAME, levels: [level(39n, 9n), level(30n, 9n, true), level(21n, 9n, true), level(12n, 9n)] };
  if ((cr4 & CR4_PAE) !== 0n) return { entryBytes: 8, rootMask: 0xffff_ffe0n, levels: [level(30n, 2n), level(21n, 9n, true), level(12n, 9n)] };
  return { entryBytes: 4, rootMask: 0xffff_f000n, levels: [level(22n, 10n, (cr4 & CR4_PSE) !== 0n), level(12n, 10n)] };
}

/**
 * The physical address of a linear one by the guest's page tables as they are in memory; undefined where no page is present.
 * Rights are not looked at, and no accessed bit is set.
 */
export function translateLinear(memory: GuestMemory, registers: Registers, linear: bigint): number | undefined {
  const address = BigInt.asUintN((registers.efer & EFER_LMA) !== 0n ? 48 : 32, linear);
  if ((registers.cr0 & CR0_PG) === 0n) return Number(address);
  const { entryBytes, levels, rootMask } = modeOf(registers);
  let table = registers.cr3 & rootMask;
  for (const { shift, bits, mayBeLarge } of levels) {
    const index = (address >> shift) & ((1n << bits) - 1n);
    const entry = readEntry(memory, Number(table) + Number(index) * entryBytes, entryBytes);
    if ((entry & PRESENT) === 0n) return undefined;
    const isLarge = mayBeLarge && (entry & LARGE) !== 0n;
    if (!isLarge) {
      table = entry & FRAME;
      continue;
    }
    const within = (1n << shift) - 1n;
    // PSE-36: a 4 MB page's address has its bits 39 to 32 in bits 20 to 13 of the entry.
    const frame = entryBytes === 4 ? (entry & 0xffc0_0000n) | (((entry >> 13n) & 0xffn) << 32n) : entry & FRAME & ~within;
    return Number(frame | (address & within));
  }
  return Number(table | (address & 0xfffn));
}

function readEntry(memory: GuestMemory, physical: number, bytes: 4 | 8): bigint {
  const view = new DataView(memory.readBytes(physical, bytes).buffer);
  return bytes === 4 ? BigInt(view.getUint32(0, true)) : view.getBigUint64(0, true);
}
