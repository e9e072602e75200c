import type { WriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { UsageError } from '../usage-error.ts';

/** Where bytes that a guest prints go. */
export interface ByteOutput {
  readonly isStdio: boolean;
  write(byte: number): void;
  close(): Promise<void>;
}

/** Standard output (`stdio`), standard error (`stderr`), or a file, whole. Bytes of one turn of the event loop go out together. */
export async function openByteOutput(what: string, target: string, onFailure: () => void): Promise<ByteOutput> {
  const standard = target === 'stdio' ? process.stdout : target === 'stderr' ? process.stderr : undefined;
  const stream: NodeJS.WriteStream | WriteStream = standard ?? (await createFile(what, target));
  let failure: Error | undefined;
  stream.on('error', (error: Error) => {
    failure ??= error;
    // Nobody reads on (`ringzero run | head`), or the disk is full: the guest would run for ever.
    onFailure();
  });
  let pending: number[] = [];
  const flush = (): void => {
    if (pending.length === 0) return;
    stream.write(Uint8Array.from(pending));
    pending = [];
  };
  return {
    isStdio: target === 'stdio',
    write(byte) {
      if (pending.length === 0) setImmediate(flush);
      pending.push(byte);
      if (pending.length >= 4096) flush();
    },
    async close() {
      flush();
      await new Promise<void>((resolve) => (standard === undefined ? stream.end(() => resolve()) : stream.write('', () => resolve())));
      if (failure !== undefined && standard === undefined) throw new UsageError(`${what} ${target}: ${failure.message}`);
    },
  };
}

async function createFile(what: string, path: string): Promise<WriteStream> {
  try {
    return (await open(path, 'w')).createWriteStream();
  } catch (error) {
    throw new UsageError(`${what} ${path}: ${(error as Error).message}`);
  }
}
