import type { OpfsFileHandle } from '@ringzero/block-backends';

/** A file there, in a worker: the DOM's types leave out what only workers have. */
export type OriginFile = FileSystemFileHandle & OpfsFileHandle;

/** A folder of the browser's own file system for this page (OPFS). Throws an error for people; `advice` says what to do instead. */
export async function originFolder(name: string, advice: string): Promise<FileSystemDirectoryHandle> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(name, { create: true });
  } catch (cause) {
    throw new Error(`This browser keeps no files for this page (a private window, or a page not served from https or localhost): ${advice}.`, { cause });
  }
}

/** The files of a folder, but for what Chromium keeps of one that is being written. */
export async function* filesOf(folder: FileSystemDirectoryHandle): AsyncGenerator<OriginFile, void, undefined> {
  for await (const [name, handle] of folder as unknown as AsyncIterable<[string, FileSystemHandle]>) {
    if (handle.kind === 'file' && !name.endsWith('.crswap')) yield handle as OriginFile;
  }
}

/** Whether the browser refused to store more. */
export function isQuotaError(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}
