import type { BlockBackend } from '@ringzero/devices';
import { BlockError, reasonOf } from './errors.ts';
import { diskSizeOf, requireDiskSize, requireTransfer, requireWrite } from './transfer-checks.ts';

/** What is needed of a `FileSystemSyncAccessHandle`, which only workers get. */
export interface SyncAccessHandle {
  /** Reads into a buffer: how many bytes. */
  read(target: Uint8Array, options: { readonly at: number }): number;
  /** Writes from a buffer: how many bytes. */
  write(source: Uint8Array, options: { readonly at: number }): number;
  /** Makes what was written durable. */
  flush(): void;
  /** Bytes in the file. */
  getSize(): number;
  /** Makes the file this long. */
  truncate(bytes: number): void;
  /** Gives the file up. */
  close(): void;
}

/** What is needed of a `FileSystemFileHandle` of the origin private file system. */
export interface OpfsFileHandle {
  readonly name: string;
  /** Opens the file for this worker alone. */
  createSyncAccessHandle(options?: { readonly mode?: string }): Promise<SyncAccessHandle>;
}

/** How a file of the origin serves as a disk. */
export interface OpfsOptions {
  readonly isReadOnly?: boolean;
  /** Makes a shorter file this long, with zeros at the end: a new disk is all zeros. Left out: the file's length as it is. */
  readonly byteLength?: number;
}

/**
 * A disk in a file of the origin private file system. Synchronous, so it lives in a worker. The browser locks the file: no second
 * machine can open it. A flush is durable as far as the browser's `flush` is.
 */
export class OpfsBackend implements BlockBackend {
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly: boolean;
  #access: SyncAccessHandle | undefined;
  readonly #fileBytes: number;

  private constructor(name: string, access: SyncAccessHandle, isReadOnly: boolean) {
    this.name = name;
    this.isReadOnly = isReadOnly;
    this.#access = access;
    this.#fileBytes = access.getSize();
    this.byteLength = diskSizeOf(name, this.#fileBytes, isReadOnly);
  }

  /**
   * Opens the file, which stays locked until the backend is closed.
   * @throws BlockError `block-locked` if it is open elsewhere, `block-open`, `block-size`.
   */
  static async open(file: OpfsFileHandle, options: OpfsOptions = {}): Promise<OpfsBackend> {
    const { isReadOnly = false, byteLength } = options;
    const name = `OPFS file ${file.name}`;
    if (byteLength !== undefined) requireDiskSize(name, byteLength);
    if (byteLength !== undefined && isReadOnly) throw new BlockError('block-size', `${name}: a read-only disk has the size of its file; expected no byteLength`);
    let access: SyncAccessHandle;
    try {
      access = await file.createSyncAccessHandle(isReadOnly ? { mode: 'read-only' } : { mode: 'readwrite' });
    } catch (error) {
      const isLocked = (error as { name?: unknown } | null)?.name === 'NoModificationAllowedError';
      throw new BlockError(isLocked ? 'block-locked' : 'block-open', `${name} cannot be opened: ${isLocked ? 'it is in use by another machine or page' : reasonOf(error)}`, { cause: error });
    }
    try {
      if (byteLength !== undefined) grow(name, access, byteLength);
      return new OpfsBackend(name, access, isReadOnly);
    } catch (error) {
      access.close();
      if (BlockError.isInstance(error)) throw error;
      throw new BlockError('block-open', `${name} cannot be made ${byteLength} bytes long: ${reasonOf(error)}`, { cause: error });
    }
  }

  read(offset: number, target: Uint8Array): void {
    requireTransfer(this, offset, target.length);
    const wanted = Math.max(0, Math.min(target.length, this.#fileBytes - offset));
    this.#perform('read', offset, wanted, (access) => access.read(target.subarray(0, wanted), { at: offset }));
    target.fill(0, wanted);
  }

  write(offset: number, source: Uint8Array): void {
    requireWrite(this, offset, source.length);
    this.#perform('written', offset, source.length, (access) => access.write(source, { at: offset }));
  }

  flush(): void {
    this.#perform('flushed', 0, 0, (access) => {
      if (!this.isReadOnly) access.flush();
      return 0;
    });
  }

  close(): void {
    this.#access?.close();
    this.#access = undefined;
  }

  #perform(what: string, offset: number, length: number, operation: (access: SyncAccessHandle) => number): void {
    const access = this.#access;
    if (access === undefined) throw new BlockError('block-closed', `${this.name} is closed: nothing can be ${what}`);
    let count: number;
    try {
      count = operation(access);
    } catch (error) {
      throw new BlockError('block-io', `${this.name}: ${length} bytes at ${offset} cannot be ${what}: ${reasonOf(error)}`, { cause: error });
    }
    if (count !== length) throw new BlockError('block-io', `${this.name}: ${count} of ${length} bytes at ${offset} were ${what}`);
  }
}

/** A file is never cut off: that would lose what a guest wrote. */
function grow(name: string, access: SyncAccessHandle, byteLength: number): void {
  const size = access.getSize();
  if (size > byteLength) throw new BlockError('block-size', `${name} of ${size} bytes: expected at most the ${byteLength} that were asked for`);
  if (size < byteLength) access.truncate(byteLength);
}
