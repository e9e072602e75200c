import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBase64 } from '../base64.ts';
import type { BootSource } from '../boot-source.ts';
import type { CpioEntry } from '../debian/cpio.ts';
import { readCpioFile, writeCpio } from '../debian/cpio.ts';
import { dataFile } from '../debian/initrd.ts';
import { linuxBenchmarkScript } from '../debian/linux-benchmarks.ts';
import { PROGRAMS } from '../generated/programs.ts';
import { PACKAGE_ROOT } from './compile.ts';
import { fetchCompiler } from './compiler.ts';
import type { FetchDebianOptions } from './debian.ts';
import { resolveGuest } from './resolve-guest.ts';

// tcc has no header with these, and the sources include no other.
const STDINT = ['typedef signed char int8_t;', 'typedef short int16_t;', 'typedef int int32_t;', 'typedef long long int64_t;',
  ...['char', 'short', 'int', 'long long'].map((type, i) => `typedef unsigned ${type} uint${8 << i}_t;`), ''].join('\n');

/** A file of the folder that `run` needs beside it. */
interface KitFile {
  readonly path: string;
  readonly content: Uint8Array;
}

/** Everything the benchmarks need beside busybox and the data file. */
async function readKit(options: FetchDebianOptions): Promise<KitFile[]> {
  const text = (path: string, content: string): KitFile => ({ path, content: new TextEncoder().encode(content) });
  const kit: KitFile[] = [
    text('run', linuxBenchmarkScript()),
    text('include/stdint.h', STDINT),
    { path: 'work', content: decodeBase64(PROGRAMS['linux-work'] ?? '') },
  ];
  const compiler = await fetchCompiler(options);
  for (const name of await readdir(compiler)) kit.push({ path: name.endsWith('.h') ? `include/${name}` : name, content: await readFile(join(compiler, name)) });
  for (const name of ['integer.c', 'lz.c', 'qsort.c', 'switch.c', 'bytecode.h', 'work.h']) kit.push({ path: `src/${name}`, content: await readFile(join(PACKAGE_ROOT, 'benchmarks', name)) });
  return kit;
}

/**
 * Debian as `resolveGuest` gives it, with the benchmarks in /bench: `sh /bench/run NAME SCALE`.
 *
 * @throws GuestError as `fetchDebian` does.
 */
export async function resolveLinuxBenchmarks(options: FetchDebianOptions = {}): Promise<BootSource> {
  const source = await resolveGuest('debian', options);
  const kit = await readKit(options);
  const entries: CpioEntry[] = ['bench', 'bench/include', 'bench/src'].map((path) => ({ type: 'directory', path, mode: 0o755 }));
  for (const { path, content } of kit) entries.push({ type: 'file', path: `bench/${path}`, mode: 0o755, content });
  // The kernel unpacks archives one after the other.
  const added = writeCpio(entries);
  const initrd = new Uint8Array((source.initrd?.length ?? 0) + added.length);
  initrd.set(source.initrd ?? [], 0);
  initrd.set(added, source.initrd?.length ?? 0);
  return { ...source, initrd };
}

/**
 * The same for the host: fills `folder`, and gives what to run there.
 *
 * @returns the shell, and its environment for `run`.
 * @throws GuestError as `fetchDebian` does.
 */
export async function installLinuxBenchmarks(folder: string, options: FetchDebianOptions = {}): Promise<{ readonly shell: string; readonly environment: Readonly<Record<string, string>> }> {
  const source = await resolveGuest('debian', options);
  await mkdir(join(folder, 'include'), { recursive: true });
  await mkdir(join(folder, 'src'), { recursive: true });
  const files = [...(await readKit(options)), { path: 'busybox', content: readCpioFile(source.initrd ?? new Uint8Array(0), 'bin/busybox') ?? new Uint8Array(0) }, { path: 'data.bin', content: dataFile() }];
  for (const { path, content } of files) {
    await writeFile(join(folder, path), content);
    await chmod(join(folder, path), 0o755);
  }
  return { shell: join(folder, 'busybox'), environment: { BUSYBOX: join(folder, 'busybox'), BENCH: folder, DATA: join(folder, 'data.bin'), WORK: join(folder, 'out') } };
}
