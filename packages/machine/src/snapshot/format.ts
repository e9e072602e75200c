/*
 * The file (docs/saved-states.md), numbers little-endian:
 *
 *      0  8 bytes   magic: 89h "RZSTATE"
 *      8  u32       format version
 *     12  u32       length of the header
 *     16  …         the header, JSON in UTF-8
 *      …  chunks    each 16 bytes of head (below) and its stored bytes; sections one after another, as the header lists them
 *      …  index     a chunk of section FFFFFFFFh, stored plain: JSON with size and checksum of every section and of the header
 *
 *     chunk head:   u32 section, u32 bytes, u32 stored bytes (bit 31: as they are, else a gzip member), u32 CRC-32 of the stored bytes
 *
 * Sizes and checksums of what is compressed are known only at the end, so that a state can be written while it is compressed.
 * The index's CRC covers all: it is of the text that holds the sections' checksums, which are of their chunks' heads, which
 * hold those of the bytes.
 */
export const MAGIC: Uint8Array = Uint8Array.of(0x89, ...Array.from('RZSTATE', (letter) => letter.charCodeAt(0)));
/** What is written. Version 2 has increments of media. */
export const FORMAT_VERSION = 2;
/** The oldest that is read. */
export const OLDEST_VERSION = 1;
export const PREFIX_BYTES = 16;
export const CHUNK_HEAD_BYTES = 16;
export const INDEX_SECTION = 0xffff_ffff;
export const STORED_PLAIN = 0x8000_0000;

/** What a chunk holds before compression, about: enough to compress well, small enough for several at once. */
export const CHUNK_BYTES = 0x10_0000;
/** Bounds on what a file may announce. */
export const MAX_HEADER_BYTES = 0x10_0000;
export const MAX_BLOCK_BYTES = 0x10_0000;
/** A full chunk, one more block, and their table. */
export const MAX_CHUNK_BYTES = 0x20_8000;
/** A disk's requests in flight may take some 6 MB. */
export const MAX_STATE_BYTES = 0x400_0000;

/** A chunk's head. */
export interface ChunkHead {
  readonly section: number;
  /** Size of its content, and as it is stored. */
  readonly bytes: number;
  readonly storedBytes: number;
  readonly isPlain: boolean;
  readonly checksum: number;
}

export function encodeChunkHead({ section, bytes, storedBytes, isPlain, checksum }: ChunkHead): Uint8Array {
  const out = new Uint8Array(CHUNK_HEAD_BYTES);
  const view = new DataView(out.buffer);
  view.setUint32(0, section, true);
  view.setUint32(4, bytes, true);
  view.setUint32(8, storedBytes + (isPlain ? STORED_PLAIN : 0), true);
  view.setUint32(12, checksum, true);
  return out;
}

export function decodeChunkHead(head: Uint8Array): ChunkHead {
  const view = new DataView(head.buffer, head.byteOffset, CHUNK_HEAD_BYTES);
  const stored = view.getUint32(8, true);
  const isPlain = stored >= STORED_PLAIN;
  return { section: view.getUint32(0, true), bytes: view.getUint32(4, true), storedBytes: isPlain ? stored - STORED_PLAIN : stored, isPlain, checksum: view.getUint32(12, true) };
}

/** Encodes and decodes UTF-8; Node and browsers have these. */
interface TextCoding {
  readonly TextEncoder: new () => { encode(text: string): Uint8Array };
  readonly TextDecoder: new (label: string, options: { readonly fatal: boolean }) => { decode(bytes: Uint8Array): string };
}
const { TextEncoder, TextDecoder } = globalThis as unknown as TextCoding;

export function encodeText(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Throws for bytes that are not UTF-8. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
