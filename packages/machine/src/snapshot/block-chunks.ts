import { MachineError } from '../errors.ts';
import { CHUNK_BYTES } from './format.ts';
import type { SavedMedium } from './header.ts';

/*
 * A chunk of a medium's changed blocks:
 *
 *     u32          number of blocks
 *     u32, u32     of each: index, number of bytes
 *     …            their bytes, in order
 *
 * Indices ascend, within a chunk and from chunk to chunk.
 */
const ENTRY_BYTES = 8;

/** A changed block. */
export type Block = readonly [index: number, bytes: Uint8Array];

/** The blocks of each chunk. */
export function* groupBlocks(blocks: Iterable<Block>): Generator<readonly Block[], void, undefined> {
  let group: Block[] = [];
  let bytes = 0;
  for (const block of blocks) {
    group.push(block);
    bytes += block[1].length;
    if (bytes < CHUNK_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}

/** Size of a chunk. */
export function blockChunkBytes(group: readonly Block[]): number {
  return group.reduce((sum, [, content]) => sum + ENTRY_BYTES + content.length, 4);
}

/** A chunk of these blocks. */
export function encodeBlocks(group: readonly Block[]): Uint8Array {
  const out = new Uint8Array(blockChunkBytes(group));
  const view = new DataView(out.buffer);
  view.setUint32(0, group.length, true);
  let at = 4 + group.length * ENTRY_BYTES;
  for (const [i, [index, content]] of group.entries()) {
    view.setUint32(4 + i * ENTRY_BYTES, index, true);
    view.setUint32(8 + i * ENTRY_BYTES, content.length, true);
    out.set(content, at);
    at += content.length;
  }
  return out;
}

/** The blocks of a chunk, which may come from anywhere; the first index is `from` at the least. */
export function decodeBlocks(chunk: Uint8Array, { name, byteLength, blockBytes }: SavedMedium, from: number): Block[] {
  const fail = (problem: string): never => {
    throw new MachineError('invalid-state', `medium ${name} of the saved state: ${problem}`);
  };
  const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  const count = chunk.length < 4 ? 0 : view.getUint32(0, true);
  if (count < 1 || 4 + count * ENTRY_BYTES > chunk.length) fail(`a chunk of ${chunk.length} bytes with ${count} blocks`);
  const blocks: Block[] = [];
  let at = 4 + count * ENTRY_BYTES;
  let next = from;
  for (let i = 0; i < count; i++) {
    const index = view.getUint32(4 + i * ENTRY_BYTES, true);
    const length = view.getUint32(8 + i * ENTRY_BYTES, true);
    if (index < next || index * blockBytes >= byteLength) fail(`block ${index} behind ${next - 1}: expected ascending ones below ${Math.ceil(byteLength / blockBytes)}`);
    const expected = Math.min(blockBytes, byteLength - index * blockBytes);
    if (length !== expected || at + length > chunk.length) fail(`block ${index} of ${length} bytes: expected ${expected}, within the chunk`);
    blocks.push([index, chunk.subarray(at, at + length)]);
    at += length;
    next = index + 1;
  }
  if (at !== chunk.length) fail(`a chunk of ${chunk.length} bytes has ${chunk.length - at} more than its blocks`);
  return blocks;
}
