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
  const dated = await Promise.all(names.map(async (name) => ({ name, time: (await stat(join(cacheDir, name))).mtimeMs })));
  return dated.sort((a, b) => b.time - a.time)[0]?.name;
}

/**
 * Adds a folder to the cache, whole or not at all.
 *
 * @param fill fills the second folder it is given, may use the first for its work, and returns the name to keep it under.
 * @returns the name.
 * @throws GuestError `cache-unusable` if the cache cannot be written.
 */
export async function addToCache(cacheDir: string, fill: (work: string, folder: string) => Promise<string>): Promise<string> {
  let work: string;
  try {
    await mkdir(cacheDir, { recursive: true });
    work = await mkdtemp(join(cacheDir, '.work-'));
  } catch (cause) {
    throw new GuestError('cache-unusable', `cannot write to the cache ${cacheDir}: ${(cause as Error).message}`, { cause });
  }
  try {
    const folder = join(work, 'files');
    await mkdir(folder);
    const name = await fill(work, folder);
    await rm(join(cacheDir, name), { recursive: true, force: true });
    // Another process may have put the same version there meanwhile; its copy is as good.
    await rename(folder, join(cacheDir, name)).catch(async (cause: unknown) => {
      if (!(await stat(join(cacheDir, name)).catch(() => undefined))) throw cause;
    });
    return name;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
