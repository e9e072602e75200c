import { cr3, eax } from '@ringzero/conformance';
import { CR0_PG, CR0_WP, CR4_PAE } from '@ringzero/x86';
import { setControl, wrmsr } from './instructions.ts';
import * as at from './layout.ts';
import type { World } from './world.ts';

/** Bits of page-table entries (SDM vol. 3A §4.3, §4.4). NX is in the upper half. */
export const PAGE = { P: 1, W: 2, U: 4, A: 0x20, D: 0x40, PS: 0x80, G: 0x100, NX: 0x8000_0000 | 0 } as const;

const PAGE_BYTES = 0x1000;
const EFER = 0xc000_0080;
const EFER_NXE = 0x800;
/** Pages that ring 3 may use. */
const PROGRAM_PAGES: readonly number[] = [at.CODE, at.CODE + 0x1000];
const USER_PAGES: readonly number[] = [at.CODE_PAGE, at.DATA, at.DATA + 0x1000, at.DATA + 0x2000, at.USER_STACK - PAGE_BYTES];

function rights(address: number, ownsCode: boolean): number {
  const isUser = USER_PAGES.includes(address) || (PROGRAM_PAGES.includes(address) && !ownsCode);
  return PAGE.P | PAGE.W | (isUser ? PAGE.U : 0);
}

/** How paging is turned on. */
export interface PagingOptions {
  readonly pae?: boolean;
  /** EFER.NXE. */
  readonly nx?: boolean;
  readonly wp?: boolean;
  /** The program's pages are ring 0's alone. */
  readonly ownsCode?: boolean;
  /** Further bits of CR4. */
  readonly cr4?: number;
}

/** An entry of the second table: linear addresses from `highAddress(0)` on. */
export type HighEntry = number | readonly [low: number, high: number];

/** Linear address of a page of the second table. */
export function highAddress(index: number, isPae: boolean = false): number {
  return (isPae ? at.PAE_HIGH : at.HIGH) + index * PAGE_BYTES;
}

/** Tables that map the window to itself, and the pages of the second table as they are given. Paging is not turned on. */
export function preparePaging(w: World, high: readonly HighEntry[] = [], ownsCode: boolean = false): void {
  w.put(at.DIRECTORY, at.TABLE | PAGE.U | PAGE.W | PAGE.P, at.HIGH_TABLE | PAGE.U | PAGE.W | PAGE.P);
  for (let page = 0; page < at.WINDOW_BYTES; page += PAGE_BYTES) w.put(at.TABLE + page / 1024, page | rights(page, ownsCode));
  high.forEach((entry, i) => w.put(at.HIGH_TABLE + 4 * i, typeof entry === 'number' ? entry : entry[0]));
}

function preparePae(w: World, high: readonly HighEntry[], ownsCode: boolean): void {
  w.put(at.PAE_POINTERS, at.PAE_DIRECTORY | PAGE.P, 0);
  w.put(at.PAE_DIRECTORY, at.PAE_TABLE | PAGE.U | PAGE.W | PAGE.P, 0, at.PAE_HIGH_TABLE | PAGE.U | PAGE.W | PAGE.P, 0);
  for (let page = 0; page < at.WINDOW_BYTES; page += PAGE_BYTES) w.put(at.PAE_TABLE + page / 512, page | rights(page, ownsCode), 0);
  high.forEach((entry, i) => w.put(at.PAE_HIGH_TABLE + 8 * i, ...(typeof entry === 'number' ? [entry, 0] : entry)));
}

/** Turns paging on. */
export function page(w: World, high: readonly HighEntry[] = [], { pae = false, nx = false, wp = false, ownsCode = false, cr4 = 0 }: PagingOptions = {}): void {
  const { a } = w;
  if (pae) preparePae(w, high, ownsCode);
  else preparePaging(w, high, ownsCode);
  if (nx) wrmsr(a, EFER, EFER_NXE);
  const bits = cr4 | (pae ? CR4_PAE : 0);
  if (bits !== 0) setControl(a, 4, bits);
  a.mov(eax, pae ? at.PAE_POINTERS : at.DIRECTORY).mov(cr3, eax);
  setControl(a, 0, CR0_PG | (wp ? CR0_WP : 0));
}
