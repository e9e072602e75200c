import type { GuestMemory } from '@ringzero/guest-memory';
import { MachineError } from '../errors.ts';
import type { Machine } from '../machine.ts';
import { blockChunkBytes, encodeBlocks, groupBlocks } from './block-chunks.ts';
import { checksumText, crc32 } from './crc32.ts';
import { stringifyExact } from './exact-json.ts';
import { CHUNK_BYTES, encodeChunkHead, encodeText, FORMAT_VERSION, INDEX_SECTION, MAGIC, MAX_BLOCK_BYTES, MAX_HEADER_BYTES, MAX_STATE_BYTES, PREFIX_BYTES } from './format.ts';
import { gzip } from './gzip.ts';
import { mediumSection, type IndexedSection, type SavedMedium, type StateHeader, type StateIdentity, type StateIndex } from './header.ts';
import { inOrder } from './in-order.ts';
import { takeState } from './machine-snapshot.ts';
import { encodePages, groupPages, pageChunkBytes, pagesToSave } from './page-chunks.ts';
import { WRITER } from './writer.ts';

/** A saved state that a machine's memory is known to differ from by its dirty pages alone: an increment can build on it. */
export interface StateReference extends StateIdentity {
  readonly memory: GuestMemory;
  readonly dirtyEpoch: number;
  /** How far each medium that has marks was written. */
  readonly mediaMarks: MediaMarks;
}

/** Marks of `BlockChanges`, by the medium's name. */
export type MediaMarks = ReadonlyMap<string, number>;

/** Sets a mark on all media that have them. */
export function markMedia(machine: Machine): MediaMarks {
  return new Map(Object.entries(machine.media).flatMap(([name, { changes }]) => (changes?.mark === undefined ? [] : [[name, changes.mark()] as const])));
}

/** How to save. */
export interface SaveStateOptions {
  /** Save only what changed since this state, which was the last one saved or restored. */
  readonly base?: StateReference;
  /** Anything of the application's, for the header: the guest's name, say. Survives JSON. */
  readonly notes?: Readonly<Record<string, unknown>>;
  /** Milliseconds since 1970, for the header; left out if nobody says. */
  readonly date?: number;
  /** 32 hexadecimal digits, instead of random ones. */
  readonly id?: string;
  /** Called at the end: what an increment names as its base. */
  onSaved?(reference: StateReference): void;
}

/** A section's chunks, before compression. */
interface Content {
  readonly name: string;
  readonly bytes: number;
  readonly chunks: Iterable<Uint8Array>;
}

/**
 * The machine's whole state, as the bytes of a file, made as they are asked for. The machine must not be running, and cannot
 * before the last byte is taken or the iteration is ended.
 *
 * @throws MachineError if the machine runs, a device's state cannot be saved, or the base is not what the machine's memory follows.
 */
export async function* saveState(machine: Machine, options: SaveStateOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
  const release = machine.occupy('saving its state');
  try {
    yield* writeState(machine, options);
  } finally {
    release();
  }
}

async function* writeState(machine: Machine, options: SaveStateOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { memory } = machine;
  const { base } = options;
  if (base !== undefined && (base.memory !== memory || base.dirtyEpoch !== memory.dirtyEpoch)) {
    throw new MachineError('invalid-state', `base ${base.id} of the increment: not the state that this machine saved or restored last`);
  }
  const taken = takeState(machine);
  const state = encodeText(stringifyExact(taken));
  if (state.length > MAX_STATE_BYTES) throw new MachineError('invalid-state', `state of processors and devices: ${state.length} bytes, expected ${MAX_STATE_BYTES} at most`);
  const groups = [...groupPages(pagesToSave(memory, base !== undefined))];
  // What the host writes from here on belongs to the next increment.
  const mediaMarks = markMedia(machine);
  const media = mediaToSave(machine, base?.mediaMarks);
  const contents: Content[] = [
    { name: 'machine', bytes: state.length, chunks: piecesOf(state) },
    { name: 'memory', bytes: sum(groups.map(pageChunkBytes)), chunks: mapEach(groups, (runs) => encodePages(memory, runs)) },
    ...media.flatMap((medium) => medium.content),
  ];
  const header: StateHeader = {
    format: 'Ringzero saved state',
    version: FORMAT_VERSION,
    writer: WRITER,
    id: options.id ?? randomId(),
    ...(options.date === undefined ? {} : { date: new Date(options.date).toISOString() }),
    ...(base === undefined ? {} : { base: { id: base.id, checksum: base.checksum } }),
    ...(options.notes === undefined ? {} : { notes: options.notes }),
    config: machine.config,
    // The host's time has gone on since.
    now: taken.now,
    devices: machine.chipset.stateVersions,
    media: media.map(({ saved }) => saved),
    pages: sum(groups.flat().map((run) => run.count)),
    sections: contents.map(({ name, bytes }) => ({ name, bytes })),
  };
  const front = encodeFront(header);
  yield front;
  const sections: IndexedSection[] = [];
  for (const [number, content] of contents.entries()) sections.push(yield* writeSection(number, content));
  const index = encodeText(JSON.stringify({ header: checksumText(crc32(front)), sections } satisfies StateIndex));
  const checksum = crc32(index);
  yield encodeChunkHead({ section: INDEX_SECTION, bytes: index.length, storedBytes: index.length, isPlain: true, checksum });
  yield index;
  memory.clearDirty();
  options.onSaved?.({ id: header.id, checksum: checksumText(checksum), memory, dirtyEpoch: memory.dirtyEpoch, mediaMarks });
}

function encodeFront(header: StateHeader): Uint8Array {
  const text = encodeText(`${JSON.stringify(header, null, 1)}\n`);
  if (text.length > MAX_HEADER_BYTES) throw new MachineError('invalid-state', `header of the saved state: ${text.length} bytes, expected ${MAX_HEADER_BYTES} at most`);
  const front = new Uint8Array(PREFIX_BYTES + text.length);
  front.set(MAGIC);
  const view = new DataView(front.buffer);
  view.setUint32(8, FORMAT_VERSION, true);
  view.setUint32(12, text.length, true);
  front.set(text, PREFIX_BYTES);
  return front;
}

async function* writeSection(section: number, { name, chunks }: Content): AsyncGenerator<Uint8Array, IndexedSection, undefined> {
  let [count, bytes, storedBytes, checksum] = [0, 0, 0, 0];
  for await (const { content, packed } of inOrder(chunks, async (chunk) => ({ content: chunk, packed: await gzip(chunk) }))) {
    const isPlain = packed === undefined || packed.length >= content.length;
    const stored = isPlain ? content : packed;
    const head = encodeChunkHead({ section, bytes: content.length, storedBytes: stored.length, isPlain, checksum: crc32(stored) });
    count++;
    bytes += content.length;
    storedBytes += stored.length;
    checksum = crc32(head, checksum);
    yield head;
    yield stored;
  }
  return { name, chunks: count, bytes, storedBytes, checksum: checksumText(checksum) };
}

function* piecesOf(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

function* mapEach<From, To>(items: Iterable<From>, map: (item: From) => To): Generator<To, void, undefined> {
  for (const item of items) yield map(item);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** The media, with the changed blocks of those that keep them in memory, since `marks` if given: the list is that of now, whatever the host still writes. */
function mediaToSave(machine: Machine, marks?: MediaMarks): readonly { readonly saved: SavedMedium; readonly content: readonly Content[] }[] {
  return Object.entries(machine.media).map(([name, { byteLength, changes }]) => {
    const mark = marks?.get(name);
    const blocks = [...(changes?.blocks(mark) ?? [])];
    if (changes !== undefined && changes.blockBytes > MAX_BLOCK_BYTES) throw new MachineError('invalid-state', `medium ${name}: blocks of ${changes.blockBytes} bytes, expected ${MAX_BLOCK_BYTES} at most`);
    const saved = { name, byteLength, blockBytes: changes?.blockBytes ?? 0, blocks: blocks.length, ...(mark === undefined ? {} : { isIncrement: true }) };
    const groups = [...groupBlocks(blocks)];
    const content = { name: mediumSection(name), bytes: sum(groups.map(blockChunkBytes)), chunks: mapEach(groups, encodeBlocks) };
    return { saved, content: blocks.length === 0 ? [] : [content] };
  });
}

function randomId(): string {
  const { crypto } = globalThis as unknown as { readonly crypto: { getRandomValues(bytes: Uint8Array): Uint8Array } };
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
