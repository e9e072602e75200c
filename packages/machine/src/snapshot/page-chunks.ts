import { PAGE_BYTES, type GuestMemory } from '@ringzero/guest-memory';
import { MachineError } from '../errors.ts';
import { CHUNK_BYTES } from './format.ts';

/*
 * A chunk of memory: which pages of the buffer it holds, and their bytes.
 *
 *     u32            number of runs
 *     u32, u32       of each run: first page, number of pages; bit 31 of the number: they are zero and have no bytes
 *     …              bytes of the other runs' pages, in order
 *
 * Runs ascend, within a chunk and from chunk to chunk.
 */
const ZERO = 0x8000_0000;
const MOST_PAGES = CHUNK_BYTES / PAGE_BYTES;
const MOST_RUNS = 4096;
const RUN_BYTES = 8;

/** Pages that follow one another, all zero or all with bytes. */
export interface PagesOf {
  readonly page: number;
  readonly count: number;
  readonly isZero: boolean;
}

/** The pages that a state holds: all that are not zero, or, for an increment, those that were written since. */
export function* pagesToSave(memory: GuestMemory, isIncrement: boolean): Generator<PagesOf, void, undefined> {
  const pages = memory.pageFlags.length;
  let start = -1;
  let wasZero = false;
  for (let page = 0; page <= pages; page++) {
    const isAsked = page < pages && (!isIncrement || memory.isDirty(page));
    const isZero = isAsked && memory.isZeroPage(page);
    const isTaken = isAsked && (isIncrement || !isZero);
    if (start >= 0 && (!isTaken || isZero !== wasZero)) {
      yield { page: start, count: page - start, isZero: wasZero };
      start = -1;
    }
    if (isTaken && start < 0) start = page;
    wasZero = isZero;
  }
}

/** The runs of each chunk. */
export function* groupPages(runs: Iterable<PagesOf>): Generator<readonly PagesOf[], void, undefined> {
  let group: PagesOf[] = [];
  let pages = 0;
  for (const run of runs) {
    for (let done = 0; done < run.count; ) {
      const count = run.isZero ? run.count : Math.min(run.count - done, MOST_PAGES - pages);
      group.push({ page: run.page + done, count, isZero: run.isZero });
      done += count;
      if (!run.isZero) pages += count;
      if (pages < MOST_PAGES && group.length < MOST_RUNS) continue;
      yield group;
      group = [];
      pages = 0;
    }
  }
  if (group.length > 0) yield group;
}

/** Size of a chunk. */
export function pageChunkBytes(runs: readonly PagesOf[]): number {
  return runs.reduce((sum, run) => sum + RUN_BYTES + (run.isZero ? 0 : run.count * PAGE_BYTES), 4);
}

/** A chunk of these pages. */
export function encodePages(memory: GuestMemory, runs: readonly PagesOf[]): Uint8Array {
  const out = new Uint8Array(pageChunkBytes(runs));
  const view = new DataView(out.buffer);
  view.setUint32(0, runs.length, true);
  let at = 4 + runs.length * RUN_BYTES;
  for (const [i, { page, count, isZero }] of runs.entries()) {
    view.setUint32(4 + i * RUN_BYTES, page, true);
    view.setUint32(8 + i * RUN_BYTES, isZero ? count + ZERO : count, true);
    if (isZero) continue;
    out.set(memory.u8.subarray(page * PAGE_BYTES, (page + count) * PAGE_BYTES), at);
    at += count * PAGE_BYTES;
  }
  return out;
}

/** A run of a chunk that was read; `bytes` is undefined for zero pages. */
export interface ReadPages {
  readonly page: number;
  readonly count: number;
  readonly bytes: Uint8Array | undefined;
}

/** The runs of a chunk, which may come from anywhere. They begin at page `from` at the earliest and end before `limit`. */
export function decodePages(chunk: Uint8Array, from: number, limit: number): ReadPages[] {
  const fail = (problem: string): never => {
    throw new MachineError('invalid-state', `memory of the saved state: ${problem}`);
  };
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const runs = chunk.length < 4 ? 0 : view.getUint32(0, true);
  if (runs < 1 || 4 + runs * RUN_BYTES > chunk.length) fail(`a chunk of ${chunk.length} bytes with ${runs} runs of pages`);
  const read: ReadPages[] = [];
  let next = from;
  let at = 4 + runs * RUN_BYTES;
  for (let i = 0; i < runs; i++) {
    const page = view.getUint32(4 + i * RUN_BYTES, true);
    const number = view.getUint32(8 + i * RUN_BYTES, true);
    const isZero = number >= ZERO;
    const count = isZero ? number - ZERO : number;
    const bytes = isZero ? 0 : count * PAGE_BYTES;
    if (count < 1 || page < next || page + count > limit) fail(`pages ${page} to ${page + count - 1} behind page ${next - 1}: expected ascending ones below ${limit}`);
    if (at + bytes > chunk.length) fail(`a chunk of ${chunk.length} bytes is too short for its pages`);
    read.push({ page, count, bytes: isZero ? undefined : chunk.subarray(at, at + bytes) });
    at += bytes;
    next = page + count;
  }
  if (at !== chunk.length) fail(`a chunk of ${chunk.length} bytes has ${chunk.length - at} more than its pages`);
  return read;
}
