import { PAGE_BYTES } from '@ringzero/guest-memory';
import { MachineError } from '../errors.ts';
import { decodeBlocks } from './block-chunks.ts';
import { ByteSource, type StateSource } from './byte-source.ts';
import { checksumText, crc32 } from './crc32.ts';
import { parseExact } from './exact-json.ts';
import {
  CHUNK_HEAD_BYTES, decodeChunkHead, decodeText, FORMAT_VERSION, INDEX_SECTION, MAGIC, MAX_CHUNK_BYTES, MAX_HEADER_BYTES, MAX_STATE_BYTES, OLDEST_VERSION, PREFIX_BYTES,
  type ChunkHead,
} from './format.ts';
import { gunzip } from './gzip.ts';
import { checkIndex, mediumSection, parseHeader, type IndexedSection, type SavedMedium, type StateHeader, type StateIdentity, type StateIndex } from './header.ts';
import { inOrder } from './in-order.ts';
import type { MachineState } from './machine-snapshot.ts';
import { decodePages } from './page-chunks.ts';

/** How to read a saved state. */
export interface ReadStateOptions {
  /** Most bytes of changed blocks of all media, which the host keeps in memory; 4 GB if left out. */
  readonly maxMediaBytes?: number;
  /** Keep what restoring needs; false to verify only. */
  readonly keep?: boolean;
}

/** A chunk as it is stored. */
export interface StoredChunk {
  readonly head: ChunkHead;
  readonly stored: Uint8Array;
}

/** A saved state that was read whole and found sound. It says what a machine must be like; `restoreState` puts it into one. */
export interface SavedState extends StateIdentity {
  readonly header: StateHeader;
  readonly index: StateIndex;
  /** Size of the file. */
  readonly fileBytes: number;
  readonly state: MachineState;
  /** The sections `memory` and of media, still compressed; empty if they were not to be kept. */
  readonly chunks: ReadonlyMap<string, readonly StoredChunk[]>;
}

const DEFAULT_MEDIA_BYTES = 2 ** 32;
/** Room for ROM and device memory behind RAM: more than any machine has. */
const MOST_PAGES = 0x8_0000;

/**
 * Reads a saved state and verifies all of it: checksums, sizes, that everything decompresses to what was announced and fits
 * what the header says. Memory is bounded by the size of the file.
 *
 * @throws MachineError that says what is wrong, for anything that is not a whole state of a version known here.
 */
export async function readState(source: StateSource, options: ReadStateOptions = {}): Promise<SavedState> {
  const bytes = new ByteSource(source);
  try {
    return await readWhole(bytes, options);
  } finally {
    await bytes.close();
  }
}

async function readWhole(source: ByteSource, { maxMediaBytes = DEFAULT_MEDIA_BYTES, keep = true }: ReadStateOptions): Promise<SavedState> {
  const { header, checksum: headerChecksum } = await readHeader(source);
  checkAnnounced(header, maxMediaBytes);
  const sections: IndexedSection[] = [];
  const chunks = new Map<string, readonly StoredChunk[]>();
  const texts: Uint8Array[] = [];
  const chunkSource = new ChunkSource(source);
  for (const [number, section] of header.sections.entries()) {
    const verifier = createVerifier(header, section.name, texts);
    const kept: StoredChunk[] = [];
    const tally = new Tally(section.name, section.bytes);
    for await (const { chunk, content } of inOrder(chunkSource.section(number, tally), async (read) => ({ chunk: read, content: await unpack(read, section.name) }))) {
      verifier.take(content);
      if (keep && section.name !== 'machine') kept.push(chunk);
    }
    verifier.end();
    chunks.set(section.name, kept);
    sections.push(tally.done());
  }
  const index = { header: checksumText(headerChecksum), sections };
  const checksum = await chunkSource.readIndex(index);
  await source.expectEnd();
  return { header, index, id: header.id, checksum, fileBytes: source.position, state: parseMachine(texts, header), chunks };
}

async function readHeader(source: ByteSource): Promise<{ readonly header: StateHeader; readonly checksum: number }> {
  const prefix = await source.read(PREFIX_BYTES, 'its first bytes');
  if (MAGIC.some((byte, i) => prefix[i] !== byte)) throw new MachineError('invalid-state', 'not a saved state: the file does not begin as one');
  const view = new DataView(prefix.buffer);
  const version = view.getUint32(8, true);
  if (version < OLDEST_VERSION || version > FORMAT_VERSION) throw new MachineError('invalid-state', `saved state of format version ${version}: this Ringzero reads versions ${OLDEST_VERSION} to ${FORMAT_VERSION}`);
  const length = view.getUint32(12, true);
  if (length > MAX_HEADER_BYTES) throw new MachineError('invalid-state', `header of the saved state: ${length} bytes, expected ${MAX_HEADER_BYTES} at most`);
  const text = await source.read(length, 'its header');
  const header = parseHeader(parseJson(text, 'header'));
  if (header.version !== version) throw new MachineError('invalid-state', `header of the saved state: version ${header.version}, but the file's is ${version}`);
  return { header, checksum: crc32(text, crc32(prefix)) };
}

function parseJson(bytes: Uint8Array, what: string): unknown {
  try {
    return JSON.parse(decodeText(bytes));
  } catch (error) {
    throw new MachineError('invalid-state', `${what} of the saved state: not JSON in UTF-8 (${(error as Error).message})`);
  }
}

/** What a header announces must be possible before anything of that size is read. */
function checkAnnounced(header: StateHeader, maxMediaBytes: number): void {
  const fail = (what: string, bytes: number, most: number): never => {
    throw new MachineError('invalid-state', `saved state: ${bytes} bytes of ${what} announced, expected ${most} at most`);
  };
  let media = 0;
  for (const { name, bytes } of header.sections) {
    if (name === 'machine' && bytes > MAX_STATE_BYTES) fail('processors and devices', bytes, MAX_STATE_BYTES);
    if (name === 'memory' && (header.pages > MOST_PAGES || bytes > header.pages * (PAGE_BYTES + 16))) fail(`memory for ${header.pages} pages`, bytes, Math.min(header.pages, MOST_PAGES) * (PAGE_BYTES + 16));
    if (name.startsWith('medium:')) media += bytes;
  }
  if (media > maxMediaBytes) fail('changed blocks of media', media, maxMediaBytes);
}

/** Counts what a section holds. */
class Tally {
  readonly #name: string;
  readonly #announced: number;
  #chunks = 0;
  #bytes = 0;
  #storedBytes = 0;
  #checksum = 0;

  constructor(name: string, announced: number) {
    this.#name = name;
    this.#announced = announced;
  }

  /** Whether all that was announced has come. */
  get isComplete(): boolean {
    return this.#bytes === this.#announced;
  }

  add(head: ChunkHead, headBytes: Uint8Array): void {
    this.#chunks++;
    this.#bytes += head.bytes;
    this.#storedBytes += head.storedBytes;
    this.#checksum = crc32(headBytes, this.#checksum);
    if (this.#bytes > this.#announced) throw new MachineError('invalid-state', `section ${this.#name} of the saved state: more than the announced ${this.#announced} bytes`);
  }

  done(): IndexedSection {
    return { name: this.#name, chunks: this.#chunks, bytes: this.#bytes, storedBytes: this.#storedBytes, checksum: checksumText(this.#checksum) };
  }
}

/** Reads chunks and checks their heads and checksums. */
class ChunkSource {
  readonly #source: ByteSource;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The chunks of a section, until it has the announced size. */
  async *section(number: number, tally: Tally): AsyncGenerator<StoredChunk, void, undefined> {
    while (!tally.isComplete) {
      const { head, headBytes, stored } = await this.#read(number);
      tally.add(head, headBytes);
      yield { head, stored };
    }
  }

  /** Reads the end and compares it with what came before: the file's checksum. */
  async readIndex(seen: StateIndex): Promise<string> {
    const { head, stored } = await this.#read(INDEX_SECTION);
    if (!head.isPlain) throw new MachineError('invalid-state', 'index of the saved state: compressed, expected plain');
    checkIndex(parseJson(stored, 'index'), seen);
    return checksumText(head.checksum);
  }

  async #read(section: number): Promise<{ readonly head: ChunkHead; readonly headBytes: Uint8Array; readonly stored: Uint8Array }> {
    const at = this.#source.position;
    const fail = (problem: string): never => {
      throw new MachineError('invalid-state', `saved state, chunk at ${at}: ${problem}`);
    };
    const headBytes = await this.#source.read(CHUNK_HEAD_BYTES, 'the head of a chunk');
    const head = decodeChunkHead(headBytes);
    if (head.section !== section) fail(`of section ${head.section}, expected ${section}`);
    if (head.bytes < 1 || head.bytes > MAX_CHUNK_BYTES || head.storedBytes > head.bytes || (head.isPlain && head.storedBytes !== head.bytes)) {
      fail(`${head.bytes} bytes, stored as ${head.storedBytes}: expected up to ${MAX_CHUNK_BYTES}, and not stored as more`);
    }
    const stored = await this.#source.read(head.storedBytes, 'a chunk');
    const checksum = crc32(stored);
    if (checksum !== head.checksum) fail(`checksum ${checksumText(checksum)}, expected ${checksumText(head.checksum)}: the file was altered`);
    return { head, headBytes, stored };
  }
}

/** A chunk's content. */
export async function unpack({ head, stored }: StoredChunk, section: string): Promise<Uint8Array> {
  if (head.isPlain) return stored;
  try {
    return await gunzip(stored, head.bytes);
  } catch (error) {
    if (MachineError.isInstance(error)) throw error;
    throw new MachineError('invalid-state', `section ${section} of the saved state: a chunk cannot be decompressed: ${(error as Error).message}`, { cause: error });
  }
}

/** Looks at the contents of a section's chunks, one after another. */
interface Verifier {
  take(content: Uint8Array): void;
  /** Throws if something is missing. */
  end(): void;
}

function createVerifier(header: StateHeader, section: string, texts: Uint8Array[]): Verifier {
  if (section === 'machine') return { take: (content) => void texts.push(content), end: () => undefined };
  return section === 'memory' ? verifyPages(header.pages) : verifyBlocks(header.media.find(({ name }) => mediumSection(name) === section)!);
}

function verifyPages(announced: number): Verifier {
  let next = 0;
  let pages = 0;
  return {
    take(content) {
      for (const { page, count } of decodePages(content, next, MOST_PAGES)) {
        next = page + count;
        pages += count;
      }
    },
    end() {
      if (pages !== announced) throw new MachineError('invalid-state', `memory of the saved state: ${pages} pages, but the header says ${announced}`);
    },
  };
}

function verifyBlocks(medium: SavedMedium): Verifier {
  let next = 0;
  let blocks = 0;
  return {
    take(content) {
      const read = decodeBlocks(content, medium, next);
      blocks += read.length;
      next = read.at(-1)![0] + 1;
    },
    end() {
      if (blocks !== medium.blocks) throw new MachineError('invalid-state', `medium ${medium.name} of the saved state: ${blocks} blocks, but the header says ${medium.blocks}`);
    },
  };
}

function parseMachine(texts: readonly Uint8Array[], header: StateHeader): MachineState {
  const whole = new Uint8Array(texts.reduce((sum, text) => sum + text.length, 0));
  let at = 0;
  for (const text of texts) {
    whole.set(text, at);
    at += text.length;
  }
  let text: string;
  try {
    text = decodeText(whole);
  } catch {
    throw new MachineError('invalid-state', 'section machine of the saved state: not UTF-8');
  }
  const state = parseExact(text) as MachineState;
  if (typeof state !== 'object' || state === null) throw new MachineError('invalid-state', 'section machine of the saved state: expected an object');
  if (state.now !== header.now) throw new MachineError('invalid-state', `section machine of the saved state: time ${String(state.now)}, but the header's is ${header.now}`);
  return state;
}
