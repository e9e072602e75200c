import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where a suite of Debian comes from. */
export interface AptSource {
  readonly uri: string;
  readonly suites: readonly string[];
}

const DEFAULT_MIRROR = 'http://deb.debian.org/debian';
const DEFAULT_SECURITY = 'http://deb.debian.org/debian-security';

/** The last release with an i386 kernel. */
export const LAST_I386_RELEASE = 'bookworm';

/** Reads a one-line-style list (sources.list(5)). */
export function parseList(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) sources.push({ uri: match[1], suites: [match[2]] });
  }
  return sources;
}

/** Reads a deb822-style file (sources.list(5)). */
export function parseDeb822(text: string): AptSource[] {
  const sources: AptSource[] = [];
  for (const stanza of text.split(/\n\s*\n/)) {
    const fields = new Map<string, string>();
    let last = '';
    for (const line of stanza.split('\n')) {
      if (line.startsWith('#')) continue;
      const match = /^([\w-]+):\s*(.*)$/.exec(line);
      if (match?.[1] !== undefined) fields.set((last = match[1].toLowerCase()), match[2] ?? '');
      else if (/^\s/.test(line)) fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
    }
    if (fields.get('enabled') === 'no' || !/\bdeb\b/.test(fields.get('types') ?? '')) continue;
    const suites = (fields.get('suites') ?? '').split(/\s+/).filter((suite) => suite !== '');
    for (const uri of (fields.get('uris') ?? '').split(/\s+/)) if (uri !== '') sources.push({ uri, suites });
  }
  return sources;
}

/** What the host's own apt reads; an unreadable file counts as empty. */
export async function readHostSources(folder = '/etc/apt'): Promise<AptSource[]> {
  const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
  const names = (await readdir(join(folder, 'sources.list.d')).catch(() => [])).sort();
  const sources = parseList(await read(join(folder, 'sources.list')));
  for (const name of names) {
    const text = await read(join(folder, 'sources.list.d', name));
    if (name.endsWith('.list')) sources.push(...parseList(text));
    else if (name.endsWith('.sources')) sources.push(...parseDeb822(text));
  }
  return sources;
}

/** The release of a Debian host, or `undefined` on another system. */
export async function readHostRelease(path = '/etc/os-release'): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  if (!/^ID="?debian"?$/m.test(text)) return undefined;
  return /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(text)?.[1];
}

/** A sources.list for `release` from the host's mirrors (Debian's own where the host names none), verified with `keyring`. */
export function debianSourcesList(release: string, host: readonly AptSource[], keyring: string): string {
  const find = (test: (source: AptSource) => boolean): string | undefined => host.find((source) => /debian/.test(source.uri) && test(source))?.uri;
  const mirror = find((source) => source.suites.includes(release)) ?? find((source) => !/security/.test(source.uri)) ?? DEFAULT_MIRROR;
  const security = find((source) => source.suites.some((suite) => suite.endsWith('-security'))) ?? DEFAULT_SECURITY;
  const options = `[arch=i386 signed-by=${keyring}]`;
  return `deb ${options} ${mirror} ${release} main\ndeb ${options} ${security} ${release}-security main\n`;
}
