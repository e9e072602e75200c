/** One entry of an initial RAM disk. */
export type CpioEntry =
  | { readonly type: 'directory'; readonly path: string; readonly mode: number }
  | { readonly type: 'file'; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly type: 'character-device'; readonly path: string; readonly mode: number; readonly major: number; readonly minor: number };

const FILE_TYPES = { directory: 0o040000, file: 0o100000, 'character-device': 0o020000 } as const;
const HEADER_BYTES = 110;
const TRAILER = 'TRAILER!!!';

/** Headers, names and contents begin at multiples of four bytes. */
function padded(length: number): number {
  return (length + 3) & ~3;
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function header(fields: readonly number[]): Uint8Array {
  return ascii(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`);
}

/**
 * Writes a cpio archive in the "newc" format that Linux unpacks at boot (kernel documentation,
 * driver-api/early-userspace/buffer-format). Owner root and time 0 throughout: equal entries give equal bytes.
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const parts: { readonly head: Uint8Array; readonly name: Uint8Array; readonly content: Uint8Array }[] = [];
  const empty = new Uint8Array(0);
  let total = 0;
  const append = (path: string, mode: number, content: Uint8Array, major: number, minor: number): void => {
    const name = ascii(`${path}\0`);
    const inode = path === TRAILER ? 0 : parts.length + 1;
    const head = header([inode, mode, 0, 0, 1, 0, content.length, 0, 0, major, minor, name.length, 0]);
    parts.push({ head, name, content });
    total += padded(HEADER_BYTES + name.length) + padded(content.length);
  };
  for (const entry of entries) {
    const content = entry.type === 'file' ? entry.content : empty;
    const device = entry.type === 'character-device' ? entry : { major: 0, minor: 0 };
    append(entry.path, FILE_TYPES[entry.type] | entry.mode, content, device.major, device.minor);
  }
  append(TRAILER, 0, empty, 0, 0);

  const archive = new Uint8Array(total);
  let at = 0;
  for (const { head, name, content } of parts) {
    archive.set(head, at);
    archive.set(name, at + HEADER_BYTES);
    at += padded(HEADER_BYTES + name.length);
    archive.set(content, at);
    at += padded(content.length);
  }
  return archive;
}

/** The content of one file of such an archive, or `undefined`. */
export function readCpioFile(archive: Uint8Array, path: string): Uint8Array | undefined {
  const text = (from: number, to: number): string => String.fromCharCode(...archive.subarray(from, to));
  for (let at = 0; at + HEADER_BYTES <= archive.length; ) {
    const field = (index: number): number => Number.parseInt(text(at + 6 + 8 * index, at + 14 + 8 * index), 16);
    const nameEnd = at + HEADER_BYTES + field(11);
    const name = text(at + HEADER_BYTES, nameEnd - 1);
    const start = at + padded(HEADER_BYTES + field(11));
    const size = field(6);
    if (name === path) return archive.subarray(start, start + size);
    if (name === TRAILER) return undefined;
    at = start + padded(size);
  }
  return undefined;
}
