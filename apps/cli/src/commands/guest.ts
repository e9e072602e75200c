import { listGuests, locateGuest } from '@ringzero/guests/node';
import { createProgress } from '../terminal/progress.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `ringzero guest build`, as commander gives them. */
export interface GuestBuildOptions {
  readonly refresh?: boolean;
}

/** Fetches or builds a guest, and prints the paths of its media. */
export async function buildGuest(name: string, { refresh = false }: GuestBuildOptions): Promise<number> {
  const names = listGuests().filter(({ kind }) => kind === 'download').map((guest) => guest.name);
  if (!names.includes(name)) throw new UsageError(`guest "${name}": expected one that is fetched or built: ${names.join(', ')}`);
  const progress = createProgress();
  try {
    const { media } = await locateGuest(name, { refresh, onProgress: progress.report });
    progress.end();
    for (const [medium, path] of Object.entries(media)) process.stdout.write(`${medium}: ${path}\n`);
    return 0;
  } finally {
    progress.end();
  }
}
