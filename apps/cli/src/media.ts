import { HttpBackend, OverlayBackend } from '@ringzero/block-backends';
import { FileBackend } from '@ringzero/block-backends/node';
import type { BlockBackend } from '@ringzero/devices';
import type { DeviceConfig } from '@ringzero/machine';
import { UsageError } from './usage-error.ts';

/** A disk or CD that the user named. */
export interface MediumOption {
  readonly kind: 'disk' | 'cdrom';
  /** A file, or an http or https URL. */
  readonly path: string;
  readonly isReadOnly: boolean;
  /** Writes stay in memory. */
  readonly isSnapshot: boolean;
  /** `none`: a device of the configuration names it. */
  readonly interface: 'ide' | 'virtio' | 'none';
  /** What devices call the medium. */
  readonly name: string;
}

/** The opened media, and the devices that they are in. */
export interface Media {
  readonly backends: Readonly<Record<string, BlockBackend>>;
  readonly devices: readonly DeviceConfig[];
  /** Gives files and locks back. */
  close(): Promise<void>;
}

const INTERFACES = ['ide', 'virtio', 'none'] as const;
const EXPECTED = 'readonly, snapshot, interface=ide, interface=virtio, interface=none or name=NAME';
const MOST_IDE_DRIVES = 4;

/** `FILE[,OPTION]…` of `--disk`; two commas are one in the file's name. */
export function parseDisk(text: string, number: number): MediumOption {
  const [path = '', ...options] = text.replaceAll(',,', '\0').split(',').map((part) => part.replaceAll('\0', ','));
  if (path === '') throw new UsageError(`disk "${text}": expected FILE[,OPTION]…`);
  let medium: MediumOption = { path, kind: 'disk', isReadOnly: false, isSnapshot: false, interface: 'ide', name: `disk${number}` };
  for (const option of options) {
    const [key, value] = option.split('=', 2);
    const kind = INTERFACES.find((candidate) => candidate === value);
    if (option === 'readonly') medium = { ...medium, isReadOnly: true };
    else if (option === 'snapshot') medium = { ...medium, isSnapshot: true };
    else if (key === 'interface' && kind !== undefined) medium = { ...medium, interface: kind };
    else if (key === 'name' && value !== undefined && /^[A-Za-z][\w-]*$/.test(value)) medium = { ...medium, name: value };
    else throw new UsageError(`disk "${text}": option "${option}": expected ${EXPECTED}`);
  }
  if (medium.isReadOnly && medium.isSnapshot) throw new UsageError(`disk "${text}": readonly and snapshot: expected one of them`);
  return medium;
}

/** The devices for the media: virtio disks, and one IDE controller for the rest. Disks come first on it, CDs on the second channel if there is room. */
export function mediaDevices(disks: readonly MediumOption[], cdroms: readonly MediumOption[]): readonly DeviceConfig[] {
  const names = [...disks, ...cdroms].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UsageError(`disk name "${twice}": two disks have it; expected names of their own`);
  const onIde = disks.filter((disk) => disk.interface === 'ide');
  const count = onIde.length + cdroms.length;
  if (count > MOST_IDE_DRIVES) throw new UsageError(`${onIde.length} IDE disks and ${cdroms.length} CDs: expected ${MOST_IDE_DRIVES} at most; interface=virtio takes more disks`);
  const place = onIde.length <= 2 && cdroms.length <= 2 ? { channel: 1 } : {};
  const drives = [...onIde.map(({ name }) => ({ kind: 'disk', medium: name })), ...cdroms.map(({ name }) => ({ kind: 'cd', medium: name, ...place }))];
  const virtio = disks.filter((disk) => disk.interface === 'virtio').map(({ name }) => ({ type: 'virtio-block', id: name, medium: name }));
  return [...(count === 0 ? [] : [{ type: 'ide', disks: drives }]), ...virtio];
}

/** What `--disk` and `--cdrom` name. Throws a UsageError for wrong options. */
export function parseMedia(diskTexts: readonly string[], cdromTexts: readonly string[]): readonly MediumOption[] {
  const cdroms = cdromTexts.map((path, i): MediumOption => {
    if (path === '') throw new UsageError('--cdrom: expected a file');
    return { path, kind: 'cdrom', isReadOnly: true, isSnapshot: false, interface: 'ide', name: `cdrom${i}` };
  });
  return [...diskTexts.map(parseDisk), ...cdroms];
}

/**
 * Opens media.
 * @throws UsageError for names that are not unique and for too many, `BlockError` for what cannot be opened.
 */
export async function openMedia(media: readonly MediumOption[]): Promise<Media> {
  const disks = media.filter(({ kind }) => kind === 'disk');
  const cdroms = media.filter(({ kind }) => kind === 'cdrom');
  const devices = mediaDevices(disks, cdroms);
  const backends: Record<string, BlockBackend> = {};
  const close = async (): Promise<void> => {
    for (const backend of Object.values(backends)) await backend.close?.();
  };
  try {
    for (const medium of [...disks, ...cdroms]) backends[medium.name] = await open(medium);
  } catch (error) {
    await close();
    throw error;
  }
  return { backends, devices, close };
}

async function open({ path, isReadOnly, isSnapshot }: MediumOption): Promise<BlockBackend> {
  // A web server keeps no writes: they stay in memory, asked for or not.
  const isRemote = /^https?:\/\//.test(path);
  const backend = isRemote ? await HttpBackend.open(path) : await FileBackend.open(path, { isReadOnly: isReadOnly || isSnapshot });
  return isSnapshot || (isRemote && !isReadOnly) ? new OverlayBackend(backend, { name: `snapshot of ${path}` }) : backend;
}
