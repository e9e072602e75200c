import { gunzipSync, gzipSync } from 'node:zlib';
import { checksumText, crc32 } from '../../src/snapshot/crc32.ts';
import { CHUNK_HEAD_BYTES, decodeChunkHead, encodeChunkHead, FORMAT_VERSION, INDEX_SECTION, MAGIC, PREFIX_BYTES } from '../../src/snapshot/format.ts';

/** A file taken apart, to be changed and put together again with checksums that are right. */
export interface Forgery {
  header: string;
  /** The contents of each section's chunks. */
  sections: Uint8Array[][];
}

export function takeApart(file: Uint8Array): Forgery {
  const bytes = Buffer.from(file);
  const end = PREFIX_BYTES + bytes.readUInt32LE(12);
  const forgery: Forgery = { header: bytes.toString('utf8', PREFIX_BYTES, end), sections: [] };
  for (let at = end; ; ) {
    const head = decodeChunkHead(bytes.subarray(at, at + CHUNK_HEAD_BYTES));
    if (head.section === INDEX_SECTION) return forgery;
    at += CHUNK_HEAD_BYTES;
    const stored = bytes.subarray(at, at + head.storedBytes);
    (forgery.sections[head.section] ??= []).push(head.isPlain ? stored : gunzipSync(stored));
    at += head.storedBytes;
  }
}

/** What a forger may get wrong besides the contents; the sizes are those of chunks of memory. */
export interface Lies {
  readonly bytes?: number;
  readonly storedBytes?: number;
  /** Leave the sizes in the header as they are. */
  readonly keepSizes?: boolean;
}

export function putTogether({ header, sections }: Forgery, lies: Lies = {}): Uint8Array {
  const text = Buffer.from(lies.keepSizes === true ? header : withSizes(header, sections));
  const front = Buffer.concat([MAGIC, Buffer.alloc(8), text]);
  front.writeUInt32LE(FORMAT_VERSION, 8);
  front.writeUInt32LE(text.length, 12);
  const parts: Uint8Array[] = [front];
  const indexed = sections.map((chunks, section) => {
    const { bytes, storedBytes } = section === 1 ? lies : {};
    const entry = { name: sectionName(header, section), chunks: 0, bytes: 0, storedBytes: 0, checksum: 0 };
    for (const content of chunks) {
      const packed = gzipSync(content);
      const isPlain = packed.length >= content.length;
      const stored = isPlain ? content : packed;
      const head = encodeChunkHead({ section, bytes: bytes ?? content.length, storedBytes: storedBytes ?? stored.length, isPlain, checksum: crc32(stored) });
      entry.chunks++;
      entry.bytes += content.length;
      entry.storedBytes += stored.length;
      entry.checksum = crc32(head, entry.checksum);
      parts.push(head, stored);
    }
    return { ...entry, checksum: checksumText(entry.checksum) };
  });
  const index = Buffer.from(JSON.stringify({ header: checksumText(crc32(front)), sections: indexed }));
  parts.push(encodeChunkHead({ section: INDEX_SECTION, bytes: index.length, storedBytes: index.length, isPlain: true, checksum: crc32(index) }), index);
  return Buffer.concat(parts);
}

function sectionName(header: string, section: number): string {
  try {
    return (JSON.parse(header) as { sections: { name: string }[] }).sections[section]!.name;
  } catch {
    return '';
  }
}

function withSizes(header: string, sections: readonly Uint8Array[][]): string {
  try {
    const json = JSON.parse(header) as { sections: { bytes: number }[] };
    for (const [i, chunks] of sections.entries()) json.sections[i]!.bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return JSON.stringify(json);
  } catch {
    return header;
  }
}

/** Paths of all leaves of a JSON value. */
export function leavesOf(json: unknown, path: readonly string[] = []): string[][] {
  if (typeof json !== 'object' || json === null) return [[...path]];
  return Object.entries(json).flatMap(([name, entry]) => leavesOf(entry, [...path, name]));
}

/** A copy of a JSON value with the leaf at `path` replaced, or removed. */
export function replaceLeaf(json: unknown, path: readonly string[], value: unknown): unknown {
  const copy = structuredClone(json) as Record<string, unknown>;
  let at = copy;
  for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
  const last = path.at(-1)!;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}
