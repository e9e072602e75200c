import { resolveEmbeddedGuest } from '@ringzero/guests';
import { BlobBackend, HttpBackend, OverlayBackend } from '@ringzero/block-backends';
import type { BlockBackend } from '@ringzero/devices';
import type { BootSource, DeviceConfig } from '@ringzero/machine';
import type { BootRequest, DiskImage } from '../protocol/boot-request.ts';
import { loadFile, type OnProgress } from './load-file.ts';

/** What a machine loads, and the memory that it is meant to have. */
export interface ResolvedBoot {
  readonly source: BootSource;
  readonly memoryBytes: number;
  /** Drives, and the media in them by name. */
  readonly devices: readonly DeviceConfig[];
  readonly media: Readonly<Record<string, BlockBackend>>;
}

const NO_DRIVES = { devices: [], media: {} } as const;

/** Gets hold of everything that the request names. */
export async function resolveBoot(request: BootRequest, onProgress: OnProgress): Promise<ResolvedBoot> {
  if (request.kind === 'embedded') {
    const { memoryBytes, kind, image, commandLine } = resolveEmbeddedGuest(request.name, { scale: request.scale, append: request.append });
    return { source: { kind, image, commandLine, name: request.name }, memoryBytes, ...NO_DRIVES };
  }
  const { memoryBytes } = request;
  if (request.kind === 'disks') return resolveDisks(request, onProgress);
  const { name } = request.image;
  const image = await loadFile(request.image, onProgress);
  if (request.kind !== 'linux' && request.kind !== 'multiboot') return { source: { kind: request.kind, image, name }, memoryBytes, ...NO_DRIVES };
  const initrd = request.initrd && (await loadFile(request.initrd, onProgress));
  return { source: { kind: request.kind, image, commandLine: request.commandLine, name, ...(initrd && { initrd }) }, memoryBytes, ...NO_DRIVES };
}

/** Firmware, and its drives: disks on the first channel, CDs on the second. */
async function resolveDisks({ bios, disks, memoryBytes, vgaBios }: Extract<BootRequest, { readonly kind: 'disks' }>, onProgress: OnProgress): Promise<ResolvedBoot> {
  const image = await loadFile(bios, onProgress);
  const vgaImage = await loadFile(vgaBios, onProgress);
  const media: Record<string, BlockBackend> = {};
  const drives: Record<string, unknown>[] = [];
  for (const [i, disk] of disks.entries()) {
    const medium = `${disk.kind}${i}`;
    media[medium] = await openDisk(disk);
    drives.push({ kind: disk.kind, medium, ...(disk.kind === 'cd' && { channel: 1 }) });
  }
  return { source: { kind: 'bios', image, vgaBios: vgaImage, name: bios.name }, memoryBytes, devices: [{ type: 'ide', disks: drives }], media };
}

async function openDisk({ image, kind }: DiskImage): Promise<BlockBackend> {
  const base = image.kind === 'blob' ? new BlobBackend(image.blob, image.name) : await HttpBackend.open(image.url);
  return kind === 'cd' ? base : new OverlayBackend(base, { name: image.name });
}
