import type { BlockBackend } from '@ringzero/devices';
import type { MachineConfig, StateHeader } from '@ringzero/machine';
import { isDiskName, KEPT_MEDIUM, type DiskChoice } from '../../protocol/kept-disks.ts';
import type { DiskStorage } from './disk-storage.ts';
import type { KeptDisk } from './kept-disk.ts';

type Media = Readonly<Record<string, BlockBackend>>;

/** What is in a machine's drives: images that the user gave, and a disk that the browser keeps. */
export class MachineMedia {
  /** By the names in the machine's configuration. */
  readonly byName: Media;
  readonly #kept: KeptDisk | undefined;

  constructor(dropped: Media, kept: KeptDisk | undefined) {
    this.byName = kept === undefined ? dropped : { ...dropped, [KEPT_MEDIUM]: kept };
    this.#kept = kept;
  }

  /** Whether images of the user are among them. */
  get hasDropped(): boolean {
    return Object.keys(this.byName).some((name) => name !== KEPT_MEDIUM);
  }

  /** The kept disk, if it is of that name. */
  kept(name: string): KeptDisk | undefined {
    return this.#kept?.name === name ? this.#kept : undefined;
  }

  /** The images of the user. */
  dropped(): Media {
    return Object.fromEntries(Object.entries(this.byName).filter(([name]) => name !== KEPT_MEDIUM));
  }

  /** What a saved state notes: which disk was there, and how it was. What is on it is not part of the state. */
  notes(): Readonly<Record<string, string>> {
    return this.#kept === undefined ? {} : { disk: this.#kept.name, diskGeneration: String(this.#kept.noteGeneration()) };
  }

  /** What to tell of a state after which its disk was written to; undefined where it is as it was. */
  changeSince(state: string, notes: Readonly<Record<string, unknown>>): string | undefined {
    if (this.#kept === undefined || notes['diskGeneration'] === String(this.#kept.noteGeneration())) return undefined;
    return `The disk "${this.#kept.name}" was written to after ${state} was saved, and a state does not hold what is on a kept disk: the guest may remember it otherwise, and damage its file systems if it goes on. It is paused: Resume goes on all the same, Reset starts from the disk as it is.`;
  }

  /** The kept disk, and what it is attached to. */
  choice({ devices = [] }: MachineConfig): DiskChoice | undefined {
    return this.#kept && { name: this.#kept.name, bus: devices.some(({ medium, type }) => type === 'virtio-block' && medium === KEPT_MEDIUM) ? 'virtio' : 'ide' };
  }

  /** Closes those that `others` has not. */
  async closeExcept(others: MachineMedia = NO_MEDIA): Promise<void> {
    const staying = new Set(Object.values(others.byName));
    for (const medium of Object.values(this.byName)) if (!staying.has(medium)) await medium.close?.();
  }
}

export const NO_MEDIA: MachineMedia = new MachineMedia({}, undefined);

/**
 * The media of a saved state: images are those of the machine that is there, of which only what the guest has written is in the file;
 * a kept disk is opened, unless that machine has it. What is opened is the caller's to close.
 */
export async function mediaOfState(state: string, { media, notes = {} }: StateHeader, present: MachineMedia, disks: DiskStorage): Promise<MachineMedia> {
  const needed = new Set(media.map(({ name }) => name));
  const missing = [...needed].find((name) => name !== KEPT_MEDIUM && !Object.hasOwn(present.byName, name));
  if (missing !== undefined) throw new Error(`${state} needs the ${missing.startsWith('cd') ? 'CD' : 'disk'} that its machine had: open that image first, then restore.`);
  const dropped = Object.fromEntries(Object.entries(present.dropped()).filter(([name]) => needed.has(name)));
  if (!needed.has(KEPT_MEDIUM)) return new MachineMedia(dropped, undefined);
  const { disk } = notes;
  if (typeof disk !== 'string' || !isDiskName(disk)) throw new Error(`${state} needs a disk of another browser, and does not say which.`);
  return new MachineMedia(dropped, present.kept(disk) ?? (await disks.open(disk)));
}
