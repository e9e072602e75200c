import { MachineError } from '../errors.ts';

/*
 * The platform's compression streams (WHATWG Compression; in Node since 18), as far as they are used here: this package has
 * neither DOM nor Node types. Node compresses on its thread pool and browsers on threads of their own, so that chunks in flight
 * share the cores. Of the formats gzip is taken because it checks what it gives (RFC 1952: CRC-32 and length) at no cost here.
 */
interface ByteReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array }>;
  cancel(reason?: unknown): Promise<void>;
}
interface ByteWriter {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}
interface ByteTransform {
  readonly readable: { getReader(): ByteReader };
  readonly writable: { getWriter(): ByteWriter };
}
type TransformClass = new (format: 'gzip') => ByteTransform;

const platform = globalThis as unknown as { readonly CompressionStream?: TransformClass; readonly DecompressionStream?: TransformClass };

/** A gzip member of `bytes`; `undefined` where the platform cannot compress. */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  if (platform.CompressionStream === undefined) return undefined;
  const parts: Uint8Array[] = [];
  await pump(new platform.CompressionStream('gzip'), bytes, (part) => void parts.push(part));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a gzip member holds, which must be `length` bytes: not one more is kept. Throws for anything else. */
export async function gunzip(bytes: Uint8Array, length: number): Promise<Uint8Array> {
  if (platform.DecompressionStream === undefined) throw new MachineError('invalid-state', 'this platform has no DecompressionStream: compressed states cannot be read here');
  const whole = new Uint8Array(length);
  let at = 0;
  await pump(new platform.DecompressionStream('gzip'), bytes, (part) => {
    if (at + part.length > length) throw new RangeError(`more than the announced ${length} bytes`);
    whole.set(part, at);
    at += part.length;
  });
  if (at !== length) throw new RangeError(`${at} bytes instead of the announced ${length}`);
  return whole;
}

async function pump(transform: ByteTransform, bytes: Uint8Array, take: (part: Uint8Array) => void): Promise<void> {
  const writer = transform.writable.getWriter();
  const reader = transform.readable.getReader();
  // What goes wrong shows at the reader as well; a rejection that nobody hears of would end a Node process.
  const ignore = (): void => undefined;
  writer.write(bytes).catch(ignore);
  writer.close().catch(ignore);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      if (value !== undefined) take(value);
    }
  } catch (error) {
    await reader.cancel(error).catch(ignore);
    throw error;
  }
}
