import { GuestMemory } from '@ringzero/guest-memory';
import { CR0_PE, CR0_PG, CR4_PSE, createStateViews } from '@ringzero/x86';
import { expect, test } from 'vitest';
import { CR0, CR3, CR4 } from './lanes.ts';
import { Paging, PF_PRESENT, PF_RESERVED } from './paging.ts';

const DIRECTORY = 0x1000;
/** Present, writable, a page of 4 MB at 8 MB. */
const ENTRY = 0x0080_0083;

test.each([
  // With PSE-36 bits 16:13 are physical bits 35:32; 21:17 are reserved.
  [true, 0, 0x0080_1234],
  [true, 1 << 13, 0x1_0080_1234],
  [true, 1 << 16, 0x8_0080_1234],
  [true, 1 << 17, -1],
  [true, 1 << 21, -1],
  // Without it 21:13 are.
  [false, 0, 0x0080_1234],
  [false, 1 << 13, -1],
  [false, 1 << 21, -1],
])('4 MB pages: PSE-36 %s, entry bits %i', (pse36, bits, physical) => {
  const R = createStateViews().i32;
  const memory = new GuestMemory(1 << 20);
  const paging = new Paging(R, memory);
  paging.pse36 = pse36;
  R[CR0] = CR0_PE | CR0_PG;
  R[CR3] = DIRECTORY;
  R[CR4] = CR4_PSE;
  memory.view.setInt32(DIRECTORY, ENTRY | bits, true);
  const translated = paging.translate(0x1234, false, false, false);
  expect(translated ? paging.physical : -1).toBe(physical);
  expect(translated ? 0 : paging.errorCode).toBe(physical < 0 ? PF_PRESENT | PF_RESERVED : 0);
});
