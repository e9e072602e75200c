import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RESCUE_CONFIGURATION, RESCUE_REVISION } from '../debian/rescue-menu.ts';
import { GuestError } from '../guest-error.ts';
import { addToCache, defaultCacheDir, findInCache } from './cache.ts';
import { fetchDebian, type FetchDebianOptions } from './debian.ts';
import { fetchMemtest } from './memtest.ts';
import { firstError, runProgram } from './run-program.ts';

/** The rescue CD. */
export interface GrubRescueFiles {
  /** Path of the image. */
  readonly cd: string;
}

const PREFIX = 'grub-rescue-';
const SUFFIX = `-r${RESCUE_REVISION}`;
const IMAGE = 'rescue.iso';
const MODULES = '/usr/lib/grub/i386-pc';
const TOOLS = 'grub-common, grub-pc-bin, xorriso and mtools';

/**
 * A CD that starts GRUB under a BIOS, with Debian's kernel, a RAM disk with busybox, and Memtest86+. The host's grub-mkrescue makes it.
 *
 * @throws GuestError as `fetchDebian` does, and `build-failed` where GRUB's tools are missing or fail.
 */
export async function buildGrubRescue(options: FetchDebianOptions = {}): Promise<GrubRescueFiles> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const onProgress = options.onProgress ?? ((): void => undefined);
  const debian = await fetchDebian(options);
  const name = `${PREFIX}${debian.version}${SUFFIX}`;
  const cached = options.refresh === true ? undefined : await findInCache(cacheDir, (entry) => entry === name);
  if (cached === undefined) {
    const memtest = await fetchMemtest(options);
    onProgress('rescue CD');
    await stat(MODULES).catch((cause: unknown) => {
      throw new GuestError('build-failed', `the grub-rescue guest is made by the host's grub-mkrescue, and ${MODULES} is missing: install ${TOOLS}`, { cause });
    });
    await addToCache(cacheDir, async (work, folder) => {
      const boot = join(work, 'cd/boot');
      await mkdir(join(boot, 'grub'), { recursive: true });
      await copyFile(debian.kernel, join(boot, 'vmlinuz'));
      await copyFile(debian.initrd, join(boot, 'initrd.img'));
      await copyFile(memtest, join(boot, 'memtest.bin'));
      await writeFile(join(boot, 'grub/grub.cfg'), RESCUE_CONFIGURATION);
      const made = await runProgram('grub-mkrescue', [`--directory=${MODULES}`, `--output=${join(folder, IMAGE)}`, '--compress=no', join(work, 'cd')], { purpose: `the grub-rescue guest is made by grub-mkrescue (install ${TOOLS})` });
      if (made.status !== 0) throw new GuestError('build-failed', `grub-mkrescue cannot make the rescue CD (${firstError(made)}); it needs ${TOOLS}`);
      return name;
    });
  }
  return { cd: join(cacheDir, name, IMAGE) };
}
