import { access, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GuestError } from '../guest-error.ts';
import { debianSourcesList, readHostSources } from './apt-sources.ts';
import { firstError, runProgram, WITHOUT_APT } from './run-program.ts';
import type { RunResult } from './run-program.ts';

/** Debian's keys, as its package debian-archive-keyring installs them. */
export const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Called while apt works, with a fraction from 0 to 1. */
export type AptProgress = (fraction: number) => void;

/** An apt of its own: state, cache, lists and configuration in one folder, for i386. The host's apt is only read. */
export interface PrivateApt {
  /** Fetches the indexes of `release`, verified by the keyring; the security archive's may be missing. */
  update(release: string, onProgress: AptProgress): Promise<void>;
  /** One field of a package's newest version, or `undefined` if there is no such package. */
  field(name: string, field: string): Promise<string | undefined>;
  /** Downloads a package, verified, and returns the path of the file. */
  download(name: string, onProgress: AptProgress): Promise<string>;
  /** Downloads packages and all that they depend on, as if nothing were installed: the folder of the files. May be called once. */
  downloadWithDependencies(names: readonly string[], onProgress: AptProgress): Promise<string>;
}

/** The host's way to the network (proxies and the like), without its hooks and index targets. */
async function acquireSettings(): Promise<string> {
  const result = await runProgram('apt-config', ['dump', 'Acquire']);
  const lines = result.stdout.split('\n').filter((line) => /^Acquire::(?!IndexTargets|Languages)/.test(line));
  return lines.join('\n');
}

function configuration(root: string, acquire: string): string {
  return `${acquire}
Dir "${root}/";
Dir::State "${root}/state";
Dir::State::status "${root}/state/status";
Dir::Cache "${root}/cache";
Dir::Etc "${root}/etc";
Dir::Etc::main "${root}/etc/none";
Dir::Etc::parts "${root}/etc/none.d";
Dir::Log "${root}/log";
APT::Architecture "i386";
APT::Architectures { "i386"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
`;
}

function parseStatus(line: string): number | undefined {
  const match = /^(?:dlstatus|pmstatus):[^:]*:([\d.]+):/.exec(line);
  return match ? Math.min(1, Number(match[1]) / 100) : undefined;
}

/**
 * Sets up a private apt below `root`, a new folder.
 *
 * @throws GuestError `no-apt` where apt or Debian's keys are missing.
 */
export async function createPrivateApt(root: string, keyring: string): Promise<PrivateApt> {
  const acquire = await acquireSettings();
  await access(keyring).catch((cause: unknown) => {
    throw new GuestError('no-apt', `apt cannot verify Debian's packages here, because ${keyring} is missing (package debian-archive-keyring): install it, or ${WITHOUT_APT}`, { cause });
  });
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'etc/preferences.d', 'log']) await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, 'state/status'), '');
  await writeFile(join(root, 'apt.conf'), configuration(root, acquire));
  const env = { APT_CONFIG: join(root, 'apt.conf') };
  const run = (program: string, args: readonly string[], onProgress?: AptProgress): Promise<RunResult> =>
    runProgram(program, args, {
      cwd: join(root, 'cache'),
      env,
      onStatus: (line) => {
        const fraction = parseStatus(line);
        if (fraction !== undefined) onProgress?.(fraction);
      },
    });
  const field = async (name: string, wanted: string): Promise<string | undefined> => {
    const result = await run('apt-cache', ['show', '--no-all-versions', name]);
    return new RegExp(`^${wanted}: (.*)$`, 'm').exec(result.stdout)?.[1];
  };
  return {
    async update(release, onProgress) {
      await writeFile(join(root, 'etc/sources.list'), debianSourcesList(release, await readHostSources(), keyring));
      // A mirror may lag behind its security archive: what matters is whether the package can be had, verified.
      const result = await run('apt-get', ['-q', '-o', 'APT::Status-Fd=3', 'update'], onProgress);
      if ((await field('busybox-static', 'Version')) !== undefined) return;
      throw new GuestError('apt-failed', `apt cannot fetch Debian's package lists (${firstError(result)}); check the network, or ${WITHOUT_APT}`);
    },
    field,
    async download(name, onProgress) {
      const result = await run('apt-get', ['-q', '-o', 'APT::Status-Fd=3', 'download', name], onProgress);
      const file = (await readdir(join(root, 'cache'))).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'));
      if (result.status !== 0 || file === undefined) throw new GuestError('apt-failed', `apt cannot download ${name} (${firstError(result)}); check the network, or ${WITHOUT_APT}`);
      return join(root, 'cache', file);
    },
    async downloadWithDependencies(names, onProgress) {
      const args = ['-q', '-y', '-o', 'APT::Status-Fd=3', '-o', 'Debug::NoLocking=1', '--no-install-recommends', '--download-only', 'install', ...names];
      const result = await run('apt-get', args, onProgress);
      if (result.status !== 0) throw new GuestError('apt-failed', `apt cannot download ${names.join(', ')} (${firstError(result)}); check the network`);
      return join(root, 'cache/archives');
    },
  };
}
