import type { FileSource } from '../protocol/boot-request.ts';

/** Hears how far a task is: 0 to 1, undefined where the end is not known. */
export type OnProgress = (task: string, fraction: number | undefined) => void;

/** A file that could not be read: the message says which, why, and what to do. */
export class FileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'FileError';
  }
}

async function open(file: FileSource): Promise<{ readonly stream: ReadableStream<Uint8Array>; readonly bytes: number }> {
  if (file.kind === 'blob') return { stream: file.blob.stream(), bytes: file.blob.size };
  const advice = 'check the connection, and that the file is where the page is served from (pnpm demo:guests prepares Debian)';
  let response: Response;
  try {
    response = await fetch(file.url);
  } catch (cause) {
    throw new FileError(`${file.name}: cannot be downloaded from ${file.url}; ${advice}`, { cause });
  }
  if (!response.ok || response.body === null) throw new FileError(`${file.name}: the server answered ${response.status} for ${file.url}; ${advice}`);
  return { stream: response.body, bytes: file.bytes };
}

/** Passes bytes on and tells how many there were. */
function counted(onBytes: (count: number) => void): TransformStream<Uint8Array, Uint8Array> {
  let count = 0;
  return new TransformStream({
    transform(chunk, controller) {
      onBytes((count += chunk.length));
      controller.enqueue(chunk);
    },
  });
}

/** Reads a file whole, decompressed where it is stored compressed. Throws a {@link FileError}. */
export async function loadFile(file: FileSource, onProgress: OnProgress): Promise<Uint8Array<ArrayBuffer>> {
  const isPacked = file.kind === 'url' && file.isGzip;
  const task = file.kind === 'blob' ? `Reading ${file.name}` : isPacked ? `Downloading and decompressing ${file.name}` : `Downloading ${file.name}`;
  onProgress(task, 0);
  const { bytes, stream } = await open(file);
  const read = stream.pipeThrough(counted((count) => onProgress(task, bytes > 0 ? Math.min(1, count / bytes) : undefined)));
  try {
    const unpacked = isPacked ? read.pipeThrough(new DecompressionStream('gzip') as unknown as TransformStream<Uint8Array, Uint8Array>) : read;
    return new Uint8Array(await new Response(unpacked).arrayBuffer());
  } catch (cause) {
    throw new FileError(`${file.name}: broke off or is damaged (${(cause as Error).message}); load it again`, { cause });
  }
}

/** A file in pieces, and how many bytes they were so far. */
export async function* piecesOf(blob: Blob, onBytes: (count: number) => void): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = blob.stream().getReader();
  try {
    for (let count = 0; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      onBytes((count += value.length));
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}
