import { BlockError, OpfsBackend } from '@ringzero/block-backends';
import { isDiskName, type KeptDiskInfo, type OnCopied } from '../../protocol/kept-disks.ts';
import { piecesOf } from '../load-file.ts';
import { filesOf, isQuotaError, originFolder, type OriginFile } from '../origin-folder.ts';
import { Generation } from './generation.ts';
import { KeptDisk } from './kept-disk.ts';
import { requireRoom } from './room.ts';

const FOLDER = 'disks';
/** A file for each disk, of the same name. */
const GENERATIONS = 'disk-generations';
const ADVICE = 'open the image without keeping it, and save states into files';
const SECTOR_BYTES = 512;

/** A page that was reloaded or closed holds its disk for a moment longer; for seconds on a busy host. */
const OPEN_ATTEMPTS = 21;
const RETRY_MS = 200;

/** Disks in the browser's own file system for this page (OPFS). A disk is there whole or not at all. */
export class DiskStorage {
  #copy: AbortController | undefined;

  /** By name; none where the browser keeps nothing. */
  async list(): Promise<KeptDiskInfo[]> {
    const folder = await originFolder(FOLDER, ADVICE).catch(() => undefined);
    if (folder === undefined) return [];
    const disks: KeptDiskInfo[] = [];
    for await (const handle of filesOf(folder)) {
      const { size } = await handle.getFile();
      // Empty: its copy was broken off with the page.
      if (size > 0) disks.push({ name: handle.name, bytes: size });
    }
    return disks.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Copies an image. Cancelled, or failed, it leaves nothing. */
  async keep(name: string, image: Blob, onCopied: OnCopied): Promise<void> {
    if (this.#copy !== undefined) throw new Error(`${name}: another disk is being copied; wait for it, or cancel it.`);
    if (image.size === 0 || image.size % SECTOR_BYTES !== 0) throw new Error(`${name} of ${image.size} bytes: expected whole sectors of ${SECTOR_BYTES}, at least one.`);
    const { signal } = (this.#copy = new AbortController());
    try {
      await this.#make(name, image.size, async (handle) => {
        const out = await handle.createWritable();
        try {
          for await (const piece of piecesOf(image, percentsOf(image.size, onCopied))) {
            signal.throwIfAborted();
            await out.write(piece as Uint8Array<ArrayBuffer>);
          }
          signal.throwIfAborted();
          await out.close();
        } catch (error) {
          await out.abort().catch(() => undefined);
          throw signal.aborted ? new Error(`The copy of ${name} was cancelled; nothing of it is kept.`, { cause: error }) : error;
        }
      });
    } finally {
      this.#copy = undefined;
    }
  }

  /** Ends a copy that is under way. */
  cancelCopy(): void {
    this.#copy?.abort();
  }

  /** A new disk, all zeros. */
  async create(name: string, byteLength: number): Promise<void> {
    await this.#make(name, byteLength, async (handle) => (await OpfsBackend.open(handle, { byteLength })).close());
  }

  /** Opens a disk for a machine, which closes it. No other machine or tab can open it meanwhile. */
  async open(name: string): Promise<KeptDisk> {
    const handle = await this.#handle(name);
    const generations = await originFolder(GENERATIONS, ADVICE);
    const generation = (await generations.getFileHandle(name, { create: true })) as OriginFile;
    for (let attempt = 1; ; attempt++) {
      try {
        return await openDisk(handle, generation);
      } catch (error) {
        if (!isLocked(error)) throw error;
        if (attempt === OPEN_ATTEMPTS) throw inUse(name, error);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** The disk's bytes as a file to download. */
  async file(name: string): Promise<File> {
    const handle = await this.#handle(name);
    // A file that is written to while it is read is no copy of anything.
    await requireUnused(handle);
    return handle.getFile();
  }

  async remove(name: string): Promise<void> {
    await requireUnused(await this.#handle(name));
    await (await originFolder(FOLDER, ADVICE)).removeEntry(name);
    await (await originFolder(GENERATIONS, ADVICE)).removeEntry(name).catch(() => undefined);
  }

  async #handle(name: string): Promise<OriginFile> {
    const folder = await originFolder(FOLDER, ADVICE);
    try {
      return (await folder.getFileHandle(name)) as OriginFile;
    } catch (cause) {
      throw new Error(`The disk "${name}" is not kept in this browser: open its image and keep it, make a new one, or choose another.`, { cause });
    }
  }

  /** Makes a file, and removes it again if `fill` fails. */
  async #make(name: string, bytes: number, fill: (handle: OriginFile) => Promise<void>): Promise<void> {
    if (!isDiskName(name)) throw new Error(`"${name.slice(0, 100)}" is no name for a disk: expected 1 to 100 characters, without slashes.`);
    const folder = await originFolder(FOLDER, ADVICE);
    const there = await folder.getFileHandle(name).then((handle) => handle.getFile(), () => undefined);
    if (there !== undefined && there.size > 0) throw new Error(`A disk "${name}" is kept already: choose another name, or delete that one first.`);
    requireRoom(name, bytes, await navigator.storage.estimate());
    try {
      await fill((await folder.getFileHandle(name, { create: true })) as OriginFile);
    } catch (error) {
      await folder.removeEntry(name).catch(() => undefined);
      throw isQuotaError(error) || isQuotaError((error as Error).cause) ? new Error(`${name}: the browser has no more room for this page; delete kept disks or saved states, and try again.`, { cause: error }) : error;
    }
  }
}

/** Tells of whole percents only: a large image has very many pieces. */
function percentsOf(total: number, onCopied: OnCopied): (bytes: number) => void {
  let told = 0;
  return (bytes) => {
    const percent = Math.floor((bytes / total) * 100);
    if (percent > told) onCopied((told = percent) / 100);
  };
}

function isLocked(error: unknown): boolean {
  return BlockError.isInstance(error) ? error.code === 'block-locked' : error instanceof DOMException && error.name === 'NoModificationAllowedError';
}

async function openDisk(disk: OriginFile, generation: OriginFile): Promise<KeptDisk> {
  const file = await OpfsBackend.open(disk);
  try {
    return new KeptDisk(disk.name, file, new Generation(await generation.createSyncAccessHandle()));
  } catch (error) {
    file.close();
    throw error;
  }
}

async function requireUnused(handle: OriginFile): Promise<void> {
  try {
    (await OpfsBackend.open(handle)).close();
  } catch (error) {
    throw isLocked(error) ? inUse(handle.name, error) : error;
  }
}

function inUse(name: string, cause: unknown): Error {
  return new Error(`The disk "${name}" is in use, by the machine here or in another tab: power that machine off first.`, { cause });
}
