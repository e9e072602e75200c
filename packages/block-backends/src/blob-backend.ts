import type { BlockBackend } from '@ringzero/devices';
import { BlockError, reasonOf } from './errors.ts';
import { diskSizeOf, requireTransfer, requireWrite } from './transfer-checks.ts';

/** What is needed of a `Blob` or `File`. */
export interface BlobLike {
  readonly size: number;
  /** Part of it, from `start` to before `end`. */
  slice(start: number, end: number): { arrayBuffer(): Promise<ArrayBuffer> };
}

/**
 * A read-only disk over a `Blob`: a file dropped on a page, say. Put an overlay on it to write. A size that is no multiple
 * of 512 is padded with zeros.
 */
export class BlobBackend implements BlockBackend {
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly = true;
  readonly #blob: BlobLike;

  constructor(blob: BlobLike, name = 'blob') {
    this.name = name;
    this.byteLength = diskSizeOf(name, blob.size, true);
    this.#blob = blob;
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    requireTransfer(this, offset, target.length);
    const end = Math.min(offset + target.length, this.#blob.size);
    let bytes: Uint8Array;
    try {
      bytes = new Uint8Array(await this.#blob.slice(offset, end).arrayBuffer());
    } catch (error) {
      // Browsers do this when the file behind it was changed or removed.
      throw new BlockError('block-io', `${this.name}: ${target.length} bytes at ${offset} cannot be read: ${reasonOf(error)}`, { cause: error });
    }
    if (bytes.length !== Math.max(0, end - offset)) throw new BlockError('block-io', `${this.name}: ${bytes.length} bytes at ${offset}, expected ${end - offset}`);
    target.set(bytes);
    target.fill(0, bytes.length);
  }

  async write(offset: number, source: Uint8Array): Promise<void> {
    requireWrite(this, offset, source.length);
  }

  flush(): void {
    // Nothing is ever written.
  }
}
