import type { Assembler } from '../assembler/assembler.ts';
import { cr0, cr3, dword, eax, ecx, edi } from '../assembler/operands.ts';

const DIRECTORY = 0x40000;
/** The table of the first 4 MB, of which the first is mapped to itself. */
export const TABLE = 0x41000;
/** An empty table, for addresses from {@link HIGH} on. */
export const HIGH_TABLE = 0x42000;
export const HIGH = 0x0080_0000;

const PAGING_ON = 0x8000_0000;
const WRITE_PROTECTED = 0x1_0000;

/** Makes page tables and turns paging on, with CR0.WP or without. */
export function turnPagingOn(a: Assembler, isWriteProtected: boolean): void {
  a.op('cld').mov(edi, DIRECTORY).mov(ecx, 0xc00).alu('xor', eax, eax).rep().string('stos', 4);
  a.mov(dword(DIRECTORY), TABLE | 7).mov(dword(DIRECTORY + 8), HIGH_TABLE | 7);
  a.mov(eax, 3).mov(edi, TABLE).mov(ecx, 256);
  a.label('map').string('stos', 4).alu('add', eax, 0x1000).short('loop', 'map');
  a.mov(eax, DIRECTORY).mov(cr3, eax).mov(eax, cr0).alu('or', eax, PAGING_ON | (isWriteProtected ? WRITE_PROTECTED : 0)).mov(cr0, eax);
}
