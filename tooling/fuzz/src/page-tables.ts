import type { GuestMemory } from '@ringzero/guest-memory';
import { ABSENT, CODE_ALIAS, DATA, DATA_ALIAS, DATA_BYTES, PAE_DIRECTORY, PAE_POINTERS, PAE_TABLE, PAGE_DIRECTORY, PAGE_TABLE, READ_ONLY, SLOTS } from './layout.ts';

const P = 1;
const W = 2;
const U = 4;
const PS = 0x80;
/** The local APIC's page lies in this large page. */
const APIC = 0xfee0_0000;

/** Physical page and rights of a linear page below 1 MB. */
function mapping(address: number): number {
  if (address === ABSENT) return 0;
  if (address === READ_ONLY) return address | U | P;
  if (address >= CODE_ALIAS && address < CODE_ALIAS + 0x2000) return ((SLOTS & -0x1000) + address - CODE_ALIAS) | U | W | P;
  if (address >= DATA_ALIAS && address < DATA_ALIAS + DATA_BYTES) return (DATA + address - DATA_ALIAS) | U | W | P;
  const isProgram = address >= (SLOTS & -0x1000) && address < (SLOTS & -0x1000) + 0x2000;
  const isData = address >= DATA && address < DATA + DATA_BYTES;
  return address | W | P | (isProgram || isData ? U : 0);
}

/** 32-bit page tables and PAE ones for the same mapping, and a large page for the local APIC. */
export function writePageTables(memory: GuestMemory): void {
  const put = (address: number, low: number): void => memory.writeBytes(address, new Uint8Array(Int32Array.of(low).buffer));
  put(PAGE_DIRECTORY, PAGE_TABLE | U | W | P);
  put(PAGE_DIRECTORY + 4 * (APIC >>> 22), (APIC & -0x40_0000) | PS | W | P);
  put(PAE_POINTERS, PAE_DIRECTORY | P);
  put(PAE_POINTERS + 24, (PAE_DIRECTORY + 0x2000) | P);
  put(PAE_DIRECTORY, PAE_TABLE | U | W | P);
  put(PAE_DIRECTORY + 0x2000 + 8 * ((APIC >>> 21) & 511), (APIC & -0x20_0000) | PS | W | P);
  for (let page = 0; page < 256; page++) {
    put(PAGE_TABLE + 4 * page, mapping(page << 12));
    put(PAE_TABLE + 8 * page, mapping(page << 12));
  }
}
