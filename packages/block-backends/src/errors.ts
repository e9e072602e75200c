import { RingzeroError } from '@ringzero/processor';

/**
 * What went wrong with a disk's bytes. `code` is one of:
 *
 * | `code` | when |
 * |---|---|
 * | `block-size` | a size that no disk has, or that does not fit what is there |
 * | `block-range` | a transfer outside the disk, or not of whole sectors |
 * | `block-read-only` | a write to what may not be written |
 * | `block-open` | a file or handle cannot be opened, is no regular file, or is no longer what it was |
 * | `block-locked` | another machine writes to the same file |
 * | `block-io` | the host could not read, write or flush |
 * | `block-http` | a server cannot serve ranges, answers nonsense, or does not answer |
 * | `block-changed` | what a server has is not what it had when the disk was opened |
 * | `block-closed` | the backend was closed |
 */
export class BlockError extends RingzeroError {}

/** What an error says, in one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
}
