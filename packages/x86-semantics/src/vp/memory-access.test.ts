import { PAGE_DIRTY } from '@ringzero/guest-memory';
import { CR0_PE, CR0_PG, CR0_WP } from '@ringzero/x86';
import { expect, test } from 'vitest';
import { Bench } from '../system/fixture.ts';
import { CR0, CR3 } from './lanes.ts';
import { Operation } from './operation.ts';

const DIRECTORY = 0x2_0000;
const TABLE = 0x2_1000;
const LINEAR = 0x3_0000;
const PAGE = LINEAR >>> 12;
const [PRESENT, WRITABLE, USER, DIRTY] = [1, 2, 4, 0x40];

interface Page {
  readonly rights: number;
  readonly cr0?: number;
  readonly change?: (bench: Bench) => void;
}

/** A processor at CPL 0 that has read the page. */
function read({ rights, cr0 = 0, change = () => undefined }: Page): Bench {
  const bench = Bench.protectedMode();
  const { vp, memory } = bench;
  bench.write32(DIRECTORY, TABLE | PRESENT | WRITABLE | USER);
  bench.write32(TABLE + 4 * PAGE, LINEAR | rights);
  memory.pageFlags[PAGE]! |= PAGE_DIRTY;
  vp.R[CR3] = DIRECTORY;
  vp.R[CR0] |= CR0_PE | CR0_PG | cr0;
  vp.flushTlb(false);
  change(bench);
  vp.load32(LINEAR, new Operation((op) => op));
  return bench;
}

const WRITTEN: Page = { rights: PRESENT | WRITABLE | DIRTY };

test('a page that was read may be written without another walk where that changes nothing', () => {
  const { vp } = read(WRITTEN);
  expect(vp.tlb.read[PAGE]).toBe(0);
  expect(vp.tlb.write[PAGE]).toBe(0);
});

test('so may one that cannot be written, by a supervisor without CR0.WP', () => {
  const page = { rights: PRESENT | DIRTY };
  expect(read(page).vp.tlb.write[PAGE]).toBe(0);
  expect(read({ ...page, cr0: CR0_WP }).vp.tlb.write[PAGE]).toBe(-1);
});

test.each<[what: string, page: Page]>([
  ['the entry is not dirty', { rights: PRESENT | WRITABLE }],
  ['it has decoded code', { ...WRITTEN, change: ({ memory }) => memory.retainCode(PAGE) }],
  ['it was not written since a display looked', { ...WRITTEN, change: ({ memory }) => void (memory.pageFlags[PAGE]! &= ~PAGE_DIRTY) }],
  ['it is ROM', { ...WRITTEN, change: ({ memory }) => memory.mapRom(LINEAR, new Uint8Array(4096)) }],
])('not where %s', (_, page) => {
  const { vp } = read(page);
  expect(vp.tlb.read[PAGE]).not.toBe(-1);
  expect(vp.tlb.write[PAGE]).toBe(-1);
});

test('code that is decoded later takes the right to write away', () => {
  const { memory, vp } = read(WRITTEN);
  // What the engine's cache does.
  memory.onCodePage((bufferPage) => vp.tlb.revokeWrites(bufferPage << 12));
  memory.retainCode(PAGE);
  expect(vp.tlb.write[PAGE]).toBe(-1);
});
