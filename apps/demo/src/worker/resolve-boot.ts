import { resolveEmbeddedGuest } from '@ringzero/guests';
import { BlobBackend, HttpBackend, OverlayBackend } from '@ringzero/block-backends';
import type { BlockBackend } from '@ringzero/devices';
import type { BootSource, DeviceConfig } from '@ringzero/machine';
import type { BootRequest, DiskImage } from '../protocol/boot-request.ts';
import { KEPT_MEDIUM, type DiskBus } from '../protocol/kept-disks.ts';
import { loadFile, type OnProgress } from './load-file.ts';

/** What a machine loads, and the memory that it is meant to have. */
export interface ResolvedBoot {
  readonly source: BootSource;
  readonly memoryBytes: number;
  /** IDE drives, and the media in them by name. */
  readonly drives: readonly Drive[];
  readonly media: Readonly<Record<string, BlockBackend>>;
}

/** A drive of the `ide` device. */
interface Drive {
  readonly kind: 'disk' | 'cd';
  readonly medium: string;
  readonly channel?: number;
}

/** The devices of the drives, and of the disk that the browser keeps: the first to boot from. */
export function driveDevices(drives: readonly Drive[], bus: DiskBus | undefined): readonly DeviceConfig[] {
  const all = bus === 'ide' ? [{ kind: 'disk', medium: KEPT_MEDIUM } as const, ...drives] : drives;
  return [...(all.length > 0 ? [{ type: 'ide', disks: all }] : []), ...(bus === 'virtio' ? [{ type: 'virtio-block', medium: KEPT_MEDIUM }] : [])];
}

/** Gets hold of everything that the request names. */
export async function resolveBoot(request: BootRequest, onProgress: OnProgress): Promise<ResolvedBoot> {
  if (request.kind === 'embedded') {
    const { memoryBytes, kind, image, commandLine } = resolveEmbeddedGuest(request.name, { scale: request.scale, append: request.append });
    return { source: { kind, image, commandLine, name: request.name }, memoryBytes, drives: [], media: {} };
  }
  const source = await resolveSource(request, onProgress);
  return { source, memoryBytes: request.memoryBytes, ...(await openDisks(request.disks ?? [])) };
}

async function resolveSource(request: Exclude<BootRequest, { readonly kind: 'embedded' }>, onProgress: OnProgress): Promise<BootSource> {
  if (request.kind === 'disks') {
    const { bios, vgaBios } = request;
    return { kind: 'bios', image: await loadFile(bios, onProgress), vgaBios: await loadFile(vgaBios, onProgress), name: bios.name };
  }
  const { name } = request.image;
  const image = await loadFile(request.image, onProgress);
  if (request.kind !== 'linux' && request.kind !== 'multiboot') return { kind: request.kind, image, name };
  const initrd = request.initrd && (await loadFile(request.initrd, onProgress));
  return { kind: request.kind, image, commandLine: request.commandLine, name, ...(initrd && { initrd }) };
}

/** Disks on the first channel, CDs on the second. */
async function openDisks(disks: readonly DiskImage[]): Promise<Pick<ResolvedBoot, 'drives' | 'media'>> {
  const media: Record<string, BlockBackend> = {};
  const drives: Drive[] = [];
  for (const [i, disk] of disks.entries()) {
    const medium = `${disk.kind}${i}`;
    media[medium] = await openDisk(disk);
    drives.push({ kind: disk.kind, medium, ...(disk.kind === 'cd' && { channel: 1 }) });
  }
  return { drives, media };
}

async function openDisk({ image, kind }: DiskImage): Promise<BlockBackend> {
  const base = image.kind === 'blob' ? new BlobBackend(image.blob, image.name) : await HttpBackend.open(image.url);
  return kind === 'cd' ? base : new OverlayBackend(base, { name: image.name });
}
