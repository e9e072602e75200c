import { resolveEmbeddedGuest } from '@ringzero/guests';
import type { BootSource } from '@ringzero/machine';
import type { BootRequest } from '../protocol/boot-request.ts';
import { loadFile, type OnProgress } from './load-file.ts';

/** What a machine loads, and the memory that it is meant to have. */
export interface ResolvedBoot {
  readonly source: BootSource;
  readonly memoryBytes: number;
}

/** Gets hold of everything that the request names. */
export async function resolveBoot(request: BootRequest, onProgress: OnProgress): Promise<ResolvedBoot> {
  if (request.kind === 'embedded') {
    const { memoryBytes, kind, image, commandLine } = resolveEmbeddedGuest(request.name, { scale: request.scale, append: request.append });
    return { source: { kind, image, commandLine, name: request.name }, memoryBytes };
  }
  const { memoryBytes } = request;
  const { name } = request.image;
  const image = await loadFile(request.image, onProgress);
  if (request.kind !== 'linux' && request.kind !== 'multiboot') return { source: { kind: request.kind, image, name }, memoryBytes };
  const initrd = request.initrd && (await loadFile(request.initrd, onProgress));
  return { source: { kind: request.kind, image, commandLine: request.commandLine, name, ...(initrd && { initrd }) }, memoryBytes };
}
