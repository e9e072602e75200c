import { open, realpath, type FileHandle } from 'node:fs/promises';
import type { BlockBackend } from '@ringzero/devices';
import { BlockError, reasonOf } from '../errors.ts';
import { RangeOrder } from '../range-order.ts';
import { diskSizeOf, requireTransfer, requireWrite } from '../transfer-checks.ts';
import { FileLock } from './file-lock.ts';

export interface FileOptions {
  readonly isReadOnly?: boolean;
}

const REASONS: Readonly<Record<string, string>> = { ENOENT: 'no such file', EACCES: 'permission denied', EISDIR: 'is a directory', EROFS: 'the file system is read-only' };

/**
 * A disk in a raw image file. One that is written to is locked while it is open, by a file beside it with `.lock` at the end of its
 * name, so that no second machine writes to it or reads it. Operations on the same place take effect in the order in which
 * they were started; a flush is durable (fdatasync).
 */
export class FileBackend implements BlockBackend {
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly: boolean;
  readonly #file: FileHandle;
  readonly #fileBytes: number;
  readonly #lock: FileLock | undefined;
  readonly #order = new RangeOrder();
  #closing: Promise<void> | undefined;

  private constructor(name: string, file: FileHandle, fileBytes: number, lock: FileLock | undefined) {
    this.name = name;
    this.isReadOnly = lock === undefined;
    this.#file = file;
    this.#fileBytes = fileBytes;
    this.#lock = lock;
    this.byteLength = diskSizeOf(name, fileBytes, this.isReadOnly);
  }

  /**
   * Opens an image, whose size is a multiple of 512 if it is to be written to.
   * @throws BlockError `block-open`, `block-locked`, `block-size`.
   */
  static async open(path: string, { isReadOnly = false }: FileOptions = {}): Promise<FileBackend> {
    const name = `file ${path}`;
    let file: FileHandle;
    let image: string;
    try {
      image = await realpath(path);
      file = await open(path, isReadOnly ? 'r' : 'r+');
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      throw new BlockError('block-open', `${name}: ${REASONS[code] ?? reasonOf(error)}`, { cause: error });
    }
    let lock: FileLock | undefined;
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw new BlockError('block-open', `${name}: expected a regular file`);
      if (isReadOnly) await FileLock.requireFree(image);
      else lock = await FileLock.acquire(image);
      return new FileBackend(name, file, stat.size, lock);
    } catch (error) {
      await lock?.release();
      await file.close();
      throw error;
    }
  }

  async read(offset: number, target: Uint8Array): Promise<void> {
    requireTransfer(this, offset, target.length);
    this.#requireOpen('read');
    await this.#order.run(offset, target.length, false, () => this.#perform('read', offset, target.length, () => this.#fill(offset, target)));
  }

  async write(offset: number, source: Uint8Array): Promise<void> {
    requireWrite(this, offset, source.length);
    this.#requireOpen('written');
    await this.#order.run(offset, source.length, true, () => this.#perform('written', offset, source.length, () => this.#store(offset, source)));
  }

  async flush(): Promise<void> {
    if (this.isReadOnly) return;
    this.#requireOpen('flushed');
    await this.#order.writesOver();
    await this.#perform('flushed', 0, this.byteLength, () => this.#file.datasync());
  }

  /** Waits for what is under way, and gives the lock up. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#order.allOver();
    await this.#file.close();
    await this.#lock?.release();
  }

  async #fill(offset: number, target: Uint8Array): Promise<void> {
    const wanted = Math.max(0, Math.min(target.length, this.#fileBytes - offset));
    for (let done = 0; done < wanted; ) {
      const { bytesRead } = await this.#file.read(target, done, wanted - done, offset + done);
      if (bytesRead === 0) throw new BlockError('block-io', `${this.name}: it ends at ${offset + done}, and had ${this.#fileBytes} bytes when it was opened`);
      done += bytesRead;
    }
    target.fill(0, wanted);
  }

  async #store(offset: number, source: Uint8Array): Promise<void> {
    for (let done = 0; done < source.length; ) {
      const { bytesWritten } = await this.#file.write(source, done, source.length - done, offset + done);
      done += bytesWritten;
    }
  }

  #requireOpen(what: string): void {
    if (this.#closing !== undefined) throw new BlockError('block-closed', `${this.name} is closed: nothing can be ${what}`);
  }

  async #perform(what: string, offset: number, length: number, operation: () => Promise<void>): Promise<void> {
    try {
      await operation();
    } catch (error) {
      if (BlockError.isInstance(error)) throw error;
      throw new BlockError('block-io', `${this.name}: ${length} bytes at ${offset} cannot be ${what}: ${reasonOf(error)}`, { cause: error });
    }
  }
}
