import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { GuestError } from '../guest-error.ts';

/** `ringzero` in `$XDG_CACHE_HOME`, or in `~/.cache`. */
export function defaultCacheDir(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'ringzero');
}

/** The folder that was made last of those whose names match. A folder with such a name is complete: it was renamed into place. */
export async function findInCache(cacheDir: string, matches: (name: string) => boolean): Promise<string | undefined> {
  const names = (await readdir(cacheDir).catch(() => [])).filter(matches);
  // Another process may have removed one meanwhile, to replace it.
  const dated = await Promise.all(names.map((name) => stat(join(cacheDir, name)).then(({ mtimeMs }) => ({ name, time: mtimeMs }), () => undefined)));
  return dated.filter((found) => found !== undefined).sort((a, b) => b.time - a.time)[0]?.name;
}

/**
 * Adds a folder to the cache, whole or not at all. It replaces one of its name that is there from the beginning, but not one that
 * another process adds meanwhile: that is as good, and may be in use.
 *
 * @param fill fills the second folder it is given, may use the first for its work, and returns the name to keep it under.
 * @returns the name.
 * @throws GuestError `cache-unusable` if the cache cannot be written.
 */
export async function addToCache(cacheDir: string, fill: (work: string, folder: string) => Promise<string>): Promise<string> {
  let work: string;
  let old: readonly string[];
  try {
    await mkdir(cacheDir, { recursive: true });
    old = await readdir(cacheDir);
    work = await mkdtemp(join(cacheDir, '.work-'));
  } catch (cause) {
    throw new GuestError('cache-unusable', `cannot write to the cache ${cacheDir}: ${(cause as Error).message}`, { cause });
  }
  try {
    const folder = join(work, 'files');
    await mkdir(folder);
    const name = await fill(work, folder);
    const place = join(cacheDir, name);
    // Moved away at once: while it is removed, others would find a part of it. Another process may have been faster.
    if (old.includes(name)) {
      await rename(place, join(work, 'replaced')).catch((cause: unknown) => {
        if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
      });
    }
    // Fails where another process has put the same version.
    await rename(folder, place).catch(async (cause: unknown) => {
      if (!(await stat(place).catch(() => undefined))) throw cause;
    });
    return name;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
