import { listGuests } from '@ringzero/guests';
import type { Options } from '../options/options.ts';
import type { BootRequest, FileSource } from '../protocol/boot-request.ts';

/** A guest to choose. */
export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
  readonly group: 'Systems' | 'Your files' | 'Benchmarks';
  /** What of the form matters to it. */
  readonly takesScale: boolean;
  boot(options: Options): BootRequest;
}

/** A guest whose files are served beside the page, as `pnpm demo:guests` describes it in `guests/manifest.json`. */
export interface ServedGuest {
  readonly name: string;
  readonly description: string;
  readonly commandLine: string;
  readonly memoryBytes: number;
  readonly kernel: ServedFile;
  readonly initrd: ServedFile;
}

/** A file beside the page. */
export interface ServedFile {
  readonly name: string;
  /** Relative to the manifest. */
  readonly path: string;
  /** As downloaded. */
  readonly bytes: number;
  readonly isGzip: boolean;
}

/** Where the manifest is, relative to the page. */
export const MANIFEST_URL = 'guests/manifest.json';

/** The guests that are part of the page. */
export function embeddedGuests(): CatalogueEntry[] {
  return listGuests().filter(({ kind }) => kind !== 'download').map(({ description, kind, name }) => ({
    name,
    description: description.replace(/^benchmark: /, ''),
    group: kind === 'benchmark' ? 'Benchmarks' : 'Systems',
    takesScale: kind === 'benchmark',
    boot: ({ append, scale }) => ({ kind: 'embedded', name, scale, append }),
  }));
}

/** Whole addresses: the worker's own is another. */
function servedFile({ bytes, isGzip, name, path }: ServedFile): FileSource {
  return { kind: 'url', name, url: new URL(path, new URL(MANIFEST_URL, document.baseURI)).href, bytes, isGzip };
}

function servedEntry(guest: ServedGuest): CatalogueEntry {
  return {
    name: guest.name,
    description: guest.description,
    group: 'Systems',
    takesScale: false,
    boot: ({ append }) => ({
      kind: 'linux',
      image: servedFile(guest.kernel),
      initrd: servedFile(guest.initrd),
      commandLine: `${guest.commandLine} ${append}`.trim(),
      memoryBytes: guest.memoryBytes,
    }),
  };
}

/** The guests beside the page; none where nobody has prepared any. */
export async function servedGuests(): Promise<CatalogueEntry[]> {
  const response = await fetch(MANIFEST_URL).catch(() => undefined);
  // Some servers answer with the page itself where there is no such file.
  if (response === undefined || !response.ok || !(response.headers.get('Content-Type') ?? '').includes('json')) return [];
  const { guests } = (await response.json()) as { readonly guests: readonly ServedGuest[] };
  return guests.map(servedEntry);
}
