import type { StoredState } from '../protocol/saved-states.ts';
import { filesOf, isQuotaError, originFolder } from './origin-folder.ts';

const FOLDER = 'states';

/** Saved states in the browser's own file system for this page (OPFS). A state is there whole or not at all. */
export class StateStorage {
  #folder(): Promise<FileSystemDirectoryHandle> {
    return originFolder(FOLDER, 'download the state instead');
  }

  /** Newest first; none where the browser keeps nothing. */
  async list(): Promise<StoredState[]> {
    const states: StoredState[] = [];
    const folder = await this.#folder().catch(() => undefined);
    if (folder === undefined) return [];
    for await (const handle of filesOf(folder)) {
      const file = await handle.getFile();
      states.push({ name: handle.name, bytes: file.size, date: file.lastModified });
    }
    return states.sort((a, b) => b.date - a.date);
  }

  /** Keeps what `pieces` give; an error on the way leaves nothing. */
  async write(name: string, pieces: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void): Promise<void> {
    const folder = await this.#folder();
    const handle = await folder.getFileHandle(name, { create: true });
    const out = await handle.createWritable();
    let bytes = 0;
    try {
      for await (const piece of pieces) {
        await out.write(piece as Uint8Array<ArrayBuffer>);
        onBytes((bytes += piece.length));
      }
      await out.close();
    } catch (cause) {
      await out.abort().catch(() => undefined);
      await folder.removeEntry(name).catch(() => undefined);
      throw isQuotaError(cause) ? new Error('The browser has no more room for this page: delete saved states or kept disks, and save again.', { cause }) : cause;
    }
  }

  async file(name: string): Promise<File> {
    const handle = await (await this.#folder()).getFileHandle(name).catch((cause: unknown) => {
      throw new Error(`The saved state "${name}" is not there any more.`, { cause });
    });
    return handle.getFile();
  }

  async remove(name: string): Promise<void> {
    await (await this.#folder()).removeEntry(name);
  }
}
