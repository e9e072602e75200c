/** Bytes of a sector: offsets and lengths of transfers are multiples of it. */
export const SECTOR_BYTES = 512;

/**
 * Where a disk's bytes are. Each operation is done when it returns, or when the promise that it returned is fulfilled; a
 * rejected one reaches the guest as a disk error. Operations may overlap. Offsets and lengths are multiples of
 * {@link SECTOR_BYTES} within the size.
 */
export interface BlockBackend {
  /** Size in bytes, a multiple of {@link SECTOR_BYTES}. */
  readonly byteLength: number;
  readonly isReadOnly: boolean;
  /** Fills `target` from `offset` on. */
  read(offset: number, target: Uint8Array): void | Promise<void>;
  /** Stores `source`, which the backend may keep until it is done. Rejected by a read-only backend. */
  write(offset: number, source: Uint8Array): void | Promise<void>;
  /** Everything written before is durable when this is done. */
  flush(): void | Promise<void>;
  /** Frees what the host holds for it. The backend is not used afterwards. */
  close?(): void | Promise<void>;
  /** What was written and lives only in memory: part of a machine's saved state. Undefined where writes are kept elsewhere. */
  readonly changes?: BlockChanges;
}

/** Blocks of a backend that differ from what lies beneath it. */
export interface BlockChanges {
  readonly blockBytes: number;
  /** The changed blocks, ascending; with a `mark` only those that were written behind it. */
  blocks(mark?: number): Iterable<readonly [index: number, bytes: Uint8Array]>;
  /**
   * Sets a mark behind what was written so far, for increments of saved states: a number greater than those before. What
   * {@link replace} takes over counts as written then. A backend that has no marks has all its blocks in each increment.
   */
  mark?(): number;
  /** Takes over saved blocks in place of all changes. */
  replace(blocks: Iterable<readonly [index: number, bytes: Uint8Array]>): void;
}
