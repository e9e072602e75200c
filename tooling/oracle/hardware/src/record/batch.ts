import type { Case, Code, MemoryChange, Outcome, Override } from '../format/cases.ts';
import { startOf } from '../format/start.ts';
import { CODE_BASE, FX, LDT, READ_ONLY_BYTES, recordedMask, STATE_LANES, WINDOW_BASE, WINDOW_BYTES, type SegmentDescriptor } from '../format/layout.ts';
import { windowImage } from '../format/window-image.ts';

/** First word of a batch. */
export const BATCH_MAGIC = 0x4345_5652;

/** Fields of the kernel's struct user_desc. */
function userDescriptor({ base, limit, type, is32, isPresent }: SegmentDescriptor, index: number): number[] {
  const contents = (type >> 2) & 3;
  const isReadOnly = (type & 2) === 0;
  return [index, base, limit, (is32 ? 1 : 0) | (contents << 1) | (isReadOnly ? 8 : 0) | (isPresent ? 0 : 0x20) | 0x40];
}

/** A batch for the executor: 32-bit code and cases. */
export function buildBatch(codes: readonly Code[], area: Uint8Array, cases: readonly Case[]): Uint8Array {
  const image = windowImage();
  const head = [BATCH_MAGIC, 32, CODE_BASE, area.length, WINDOW_BASE, WINDOW_BYTES, READ_ONLY_BYTES, LDT.length, cases.length];
  const descriptors = LDT.flatMap(userDescriptor);
  const patchWords = cases.reduce((sum, { patches }) => sum + patches.reduce((words, { bytes }) => words + 2 + Math.ceil(bytes.length / 4), 0), 0);
  const words = new Int32Array(head.length + area.length / 4 + image.length + descriptors.length + cases.length * (STATE_LANES + 1) + patchWords);
  const bytes = new Uint8Array(words.buffer);
  words.set(head, 0);
  let at = head.length;
  bytes.set(area, 4 * at);
  at += area.length / 4;
  words.set(image, at);
  at += image.length;
  words.set(descriptors, at);
  at += descriptors.length;
  for (const item of cases) {
    startOf(item, codes[item.code], words.subarray(at, at + STATE_LANES));
    at += STATE_LANES;
    words[at++] = item.patches.length;
    for (const patch of item.patches) {
      words[at++] = patch.offset;
      words[at++] = patch.bytes.length;
      bytes.set(patch.bytes, 4 * at);
      at += Math.ceil(patch.bytes.length / 4);
    }
  }
  return bytes;
}

/** Outcomes of a batch, as differences from how each case began. */
export function readResults(codes: readonly Code[], cases: readonly Case[], results: Uint8Array): Outcome[] {
  const words = new Int32Array(results.buffer.slice(results.byteOffset, results.byteOffset + results.byteLength));
  const image = windowImage();
  const window = new Int32Array(WINDOW_BYTES / 4);
  const windowBytes = new Uint8Array(window.buffer);
  const start = new Int32Array(STATE_LANES);
  let at = 0;
  const outcomes = cases.map((item): Outcome => {
    if (at + STATE_LANES + 4 > words.length) throw new RangeError(`the executor's results end at word ${at} of ${words.length}, in the middle of a case`);
    startOf(item, codes[item.code], start);
    const lanes: Override[] = [];
    for (let lane = 0; lane < STATE_LANES; lane++) {
      const mask = recordedMask(lane, words[at + FX]);
      const value = words[at + lane] & mask;
      if (value !== (start[lane] & mask)) lanes.push({ lane, value });
    }
    at += STATE_LANES;
    const [vector, errorCode, cr2, count] = words.subarray(at, at + 4);
    at += 4;
    window.set(image.subarray(0, window.length));
    for (const patch of item.patches) windowBytes.set(patch.bytes, patch.offset);
    const patched = window.slice();
    window.set(image.subarray(0, window.length));
    for (let i = 0; i < count; i++, at += 2) window[words[at] >> 2] = words[at + 1];
    const memory: MemoryChange[] = [];
    for (let i = 0; i < window.length; i++) if (window[i] !== patched[i]) memory.push({ offset: 4 * i, value: window[i] });
    return { vector, errorCode, cr2: vector === 14 ? cr2 : 0, lanes, memory };
  });
  if (at !== words.length) throw new RangeError(`the executor's results have ${words.length} words, expected ${at}`);
  return outcomes;
}
