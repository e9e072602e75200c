import type { CpioEntry } from './cpio.ts';
import { writeCpio } from './cpio.ts';

/** A file for an initial RAM disk. */
export interface InitrdFile {
  /** Absolute path in the guest; folders on the way are made. */
  readonly path: string;
  /** Permissions, such as 0o755. */
  readonly mode: number;
  readonly content: Uint8Array;
}

/**
 * An initial RAM disk with more files in it, or one of these files alone. They follow as an archive of their own:
 * Linux unpacks one after another, compressed or not, with zeros between (driver-api/early-userspace/buffer-format).
 */
export function addFilesToInitrd(initrd: Uint8Array | undefined, files: readonly InitrdFile[]): Uint8Array {
  const folders = new Set<string>();
  const entries: CpioEntry[] = [];
  for (const { path, mode, content } of files) {
    const names = path.split('/').filter((name) => name !== '');
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join('/');
      if (!folders.has(folder)) entries.push({ type: 'directory', path: folder, mode: 0o755 });
      folders.add(folder);
    }
    entries.push({ type: 'file', path: names.join('/'), mode, content });
  }
  const archive = writeCpio(entries);
  const start = ((initrd?.length ?? 0) + 3) & ~3;
  const whole = new Uint8Array(start + archive.length);
  if (initrd !== undefined) whole.set(initrd);
  whole.set(archive, start);
  return whole;
}
