import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { GuestError } from '../guest-error.ts';

/** The most that one file of a package may hold, in bytes. */
const FILE_LIMIT = 64 * 1024 * 1024;

/**
 * Reads one file out of a Debian package, without unpacking the rest.
 *
 * @param path inside the package, beginning with `./`.
 * @throws GuestError `bad-package` if it is not there.
 */
export async function readPackageFile(archive: string, path: string): Promise<Uint8Array> {
  const unpack = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'ignore'] });
  const tar = spawn('tar', ['-xOf', '-', path], { stdio: ['pipe', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  let size = 0;
  tar.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= FILE_LIMIT) chunks.push(chunk);
  });
  tar.stdin.on('error', () => unpack.kill());
  unpack.stdout.pipe(tar.stdin);
  const failure = Promise.race([once(unpack, 'error'), once(tar, 'error')]);
  const ended = once(tar, 'close').then(() => undefined);
  const failed = await Promise.race([ended, failure.catch((cause: unknown) => [cause])]);
  if (failed !== undefined || size === 0 || size > FILE_LIMIT) {
    throw new GuestError('bad-package', `cannot read ${path} from the package ${archive} (${size} bytes read)`, { cause: failed?.[0] });
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/**
 * Unpacks the files of a Debian package whose paths match one of `patterns` (of tar, beginning with `./`) into `folder`, without
 * their folders.
 *
 * @throws GuestError `bad-package` if the package cannot be read.
 */
export async function extractPackageFiles(archive: string, patterns: readonly string[], folder: string): Promise<void> {
  const unpack = spawn('dpkg-deb', ['--fsys-tarfile', archive], { stdio: ['ignore', 'pipe', 'ignore'] });
  const tar = spawn('tar', ['-xf', '-', '-C', folder, '--wildcards', '--transform=s,.*/,,', ...patterns], { stdio: ['pipe', 'ignore', 'pipe'] });
  let complaint = '';
  tar.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  tar.stdin.on('error', () => unpack.kill());
  unpack.stdout.pipe(tar.stdin);
  const failure = Promise.race([once(unpack, 'error'), once(tar, 'error')]);
  const ended = once(tar, 'close') as Promise<[number | null]>;
  const [outcome] = await Promise.race([ended, failure.catch((cause: unknown) => [cause])]);
  if (outcome !== 0) throw new GuestError('bad-package', `cannot unpack ${patterns.join(' ')} of the package ${archive}: ${complaint.split('\n')[0]}`, { cause: outcome });
}
