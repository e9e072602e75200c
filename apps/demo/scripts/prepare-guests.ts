// pnpm demo:guests: puts Debian, and firmware for disks, where the page finds it, with a manifest.
import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip } from 'node:zlib';
import { DEBIAN_COMMAND_LINE, fetchDebian, fetchSeabios } from '@ringzero/guests/node';
import type { GuestManifest, ServedFile, ServedFirmware, ServedGuest } from '../src/guests/catalogue.ts';

const folder = fileURLToPath(new URL('../public/guests', import.meta.url));
const MEMORY = 256 * 2 ** 20;

async function describe(name: string, path: string, isGzip: boolean): Promise<ServedFile> {
  return { name, path, bytes: (await stat(join(folder, path))).size, isGzip };
}

/** Written beside and renamed, so that an interruption leaves nothing that looks whole. */
async function whole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  await write(`${path}.new`);
  await rename(`${path}.new`, path);
}

async function prepareDebian(): Promise<ServedGuest> {
  const { initrd, kernel, version } = await fetchDebian({ onProgress: (step, fraction) => process.stderr.write(`\r\x1b[K${step}${fraction === undefined ? '' : ` ${Math.round(fraction * 100)} %`}`) });
  process.stderr.write('\r\x1b[K');
  await whole(join(folder, 'debian-kernel.bin'), (path) => copyFile(kernel, path));
  // Not called .gz: some servers would say that it is to be decompressed on the way.
  await whole(join(folder, 'debian-initrd.gzip.bin'), (path) => pipeline(createReadStream(initrd), createGzip({ level: 9 }), createWriteStream(path)));
  return {
    name: 'debian',
    description: `Debian’s i386 kernel ${version} with busybox`,
    // The last console is the one that a shell gets.
    commandLine: `console=tty0 ${DEBIAN_COMMAND_LINE}`,
    memoryBytes: MEMORY,
    kernel: await describe('Debian’s kernel', 'debian-kernel.bin', false),
    initrd: await describe('Debian’s initial RAM disk', 'debian-initrd.gzip.bin', true),
  };
}

async function prepareFirmware(): Promise<ServedFirmware> {
  const { bios256k, vgaBios } = await fetchSeabios();
  await whole(join(folder, 'seabios.bin'), (path) => writeFile(path, bios256k));
  await whole(join(folder, 'seabios-vga.bin'), (path) => writeFile(path, vgaBios));
  return { bios: await describe('SeaBIOS', 'seabios.bin', false), vgaBios: await describe('SeaBIOS for the VGA', 'seabios-vga.bin', false) };
}

try {
  await mkdir(folder, { recursive: true });
  const manifest: GuestManifest = { guests: [await prepareDebian()], firmware: await prepareFirmware() };
  const { guests } = manifest;
  await whole(join(folder, 'manifest.json'), (path) => writeFile(path, `${JSON.stringify(manifest, null, 2)}\n`));
  const bytes = guests.reduce((sum, { initrd, kernel }) => sum + initrd.bytes + kernel.bytes, 0);
  console.log(`${guests.map(({ name }) => name).join(', ')}: ${(bytes / 2 ** 20).toFixed(1)} MB in ${folder}, and SeaBIOS for disks and CDs. The demo offers them when it is started the next time.`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
