import type { CpioEntry } from '../cpio.ts';
import { writeCpio } from '../cpio.ts';
import { DISK_INIT } from './disk-files.ts';

function text(content: string): Uint8Array {
  return Uint8Array.from(content, (character) => character.charCodeAt(0));
}

/** An initial RAM disk that loads modules, in this order, and goes on with the root on a disk. */
export function buildDiskInitrd(busybox: Uint8Array, modules: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const folders = ['bin', 'dev', 'modules', 'new', 'proc', 'sys'];
  const entries: CpioEntry[] = folders.map((path) => ({ type: 'directory', path, mode: 0o755 }));
  entries.push(
    { type: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { type: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    { type: 'file', path: 'init', mode: 0o755, content: text(DISK_INIT) },
    { type: 'file', path: 'modules/order', mode: 0o644, content: text([...modules.keys()].map((name) => `${name}.ko\n`).join('')) },
  );
  for (const [name, content] of modules) entries.push({ type: 'file', path: `modules/${name}.ko`, mode: 0o644, content });
  return writeCpio(entries);
}
