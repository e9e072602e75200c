import type { StoredState } from '../protocol/saved-states.ts';

const FOLDER = 'states';

/** Saved states in the browser's own file system for this page (OPFS). A state is there whole or not at all. */
export class StateStorage {
  async #folder(): Promise<FileSystemDirectoryHandle> {
    try {
      const root = await navigator.storage.getDirectory();
      return await root.getDirectoryHandle(FOLDER, { create: true });
    } catch (cause) {
      throw new Error('This browser keeps no files for this page (a private window, or a page not served from https or localhost): download the state instead.', { cause });
    }
  }

  /** Newest first; none where the browser keeps nothing. */
  async list(): Promise<StoredState[]> {
    const states: StoredState[] = [];
    const folder = await this.#folder().catch(() => undefined);
    if (folder === undefined) return [];
    for await (const [name, handle] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
      // What Chromium keeps of a file that is being written.
      if (handle.kind !== 'file' || name.endsWith('.crswap')) continue;
      const file = await (handle as FileSystemFileHandle).getFile();
      states.push({ name, bytes: file.size, date: file.lastModified });
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
      const isFull = cause instanceof DOMException && cause.name === 'QuotaExceededError';
      throw isFull ? new Error('The browser has no more room for this page: delete saved states, and save again.', { cause }) : cause;
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
