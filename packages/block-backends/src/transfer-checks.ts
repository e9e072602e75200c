import { SECTOR_BYTES } from '@ringzero/devices';
import { BlockError } from './errors.ts';

/** What every backend checks a transfer against. */
export interface Disk {
  /** What messages call it: `file disk.img`. */
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly: boolean;
}

/** A size that a disk can have. */
export function requireDiskSize(name: string, bytes: number): void {
  if (Number.isSafeInteger(bytes) && bytes >= 0 && bytes % SECTOR_BYTES === 0) return;
  throw new BlockError('block-size', `${name} of ${bytes} bytes: expected a multiple of ${SECTOR_BYTES}`);
}

/**
 * The size of a disk over a file of `bytes`. A read-only one is padded with zeros to whole sectors, as ISO images need it that
 * were cut off; one that is written to is refused, because what the guest writes into the padding could not be kept.
 */
export function diskSizeOf(name: string, bytes: number, isReadOnly: boolean): number {
  if (!isReadOnly) requireDiskSize(name, bytes);
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}

/** A transfer of whole sectors within the disk. */
export function requireTransfer({ name, byteLength }: Disk, offset: number, length: number): void {
  if (Number.isSafeInteger(offset) && offset >= 0 && offset % SECTOR_BYTES === 0 && length % SECTOR_BYTES === 0 && offset + length <= byteLength) return;
  throw new BlockError('block-range', `${name}: ${length} bytes at ${offset}: expected whole sectors of ${SECTOR_BYTES} within ${byteLength}`);
}

/** The same for one that writes. */
export function requireWrite(disk: Disk, offset: number, length: number): void {
  if (disk.isReadOnly) throw new BlockError('block-read-only', `${disk.name} is read-only: ${length} bytes at ${offset} were not written`);
  requireTransfer(disk, offset, length);
}

/** A size of blocks to divide a disk into. */
export function requireBlockSize(what: string, bytes: number, least: number): void {
  if (Number.isInteger(bytes) && bytes >= least && bytes <= 2 ** 26 && Number.isInteger(Math.log2(bytes))) return;
  throw new BlockError('block-size', `${what} ${bytes}: expected a power of two from ${least} to ${2 ** 26}`);
}
