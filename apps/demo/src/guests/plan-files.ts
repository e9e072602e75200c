import type { DiskImage, FileSource } from '../protocol/boot-request.ts';
import { NO_FIRMWARE, type CatalogueEntry, type Firmware } from './catalogue.ts';
import { HEAD_BYTES, identifyFile, type FileKind } from './identify-file.ts';

/** The name under which the user's files are among the guests. */
export const FILE_GUEST = 'file';
/** Memory of a machine whose guest says nothing about it. */
const MEMORY = 256 * 2 ** 20;

/** What to do with files that the user gave. */
export type FilePlan = { readonly kind: 'state'; readonly file: File } | { readonly kind: 'guest'; readonly entry: CatalogueEntry; /** Disk images among them, which may be kept. */ readonly disks: readonly File[] };

interface Identified {
  readonly file: File;
  readonly kind: FileKind;
}

async function identify(file: File): Promise<Identified> {
  const [head, tail] = await Promise.all([file.slice(0, HEAD_BYTES).arrayBuffer(), file.slice(-16).arrayBuffer()]);
  const kind = identifyFile(new Uint8Array(head), new Uint8Array(tail), file.size);
  if (kind === undefined) throw new Error(`${file.name} is nothing that a machine boots: expected a Linux kernel (bzImage), an initial RAM disk beside it, a Multiboot or ELF program, a disk or CD image, a BIOS, or a saved state.`);
  return { file, kind };
}

function source({ file }: Identified): FileSource {
  return { kind: 'blob', name: file.name, blob: file };
}

function namesOf(files: readonly Identified[]): string {
  return files.map(({ file }) => file.name).join(' and ');
}

function imagesOf(disks: readonly Identified[]): DiskImage[] {
  const [hard, cds] = (['disk', 'iso'] as const).map((kind) => disks.filter((disk) => disk.kind === kind).length);
  if (hard! > 2 || cds! > 2) throw new Error(`${namesOf(disks)}: a machine has room for two disks and two CDs.`);
  return disks.map((disk) => ({ kind: disk.kind === 'iso' ? 'cd' : 'disk', image: source(disk) }));
}

/** Disks and CDs, which firmware boots. */
function diskEntry(disks: readonly Identified[], firmware: Firmware | undefined): CatalogueEntry {
  const names = namesOf(disks);
  const images = imagesOf(disks);
  return {
    name: FILE_GUEST,
    description: `your ${names}`,
    group: 'Your files',
    takesScale: false,
    boot() {
      if (firmware === undefined) throw new Error(`${names}: ${NO_FIRMWARE}. A disk can be kept meanwhile.`);
      return { kind: 'disks', ...firmware, disks: images, memoryBytes: MEMORY };
    },
  };
}

/** Says what files are, and makes a guest of them. Throws with advice if there is none in them. */
export async function planFiles(files: readonly File[], firmware: Firmware | undefined): Promise<FilePlan> {
  const all = await Promise.all(files.map(identify));
  const find = (...kinds: readonly FileKind[]): Identified | undefined => all.find(({ kind }) => kinds.includes(kind));
  const state = find('state');
  if (state !== undefined) {
    if (all.length > 1) throw new Error(`${state.file.name} is a saved state: drop it alone.`);
    return { kind: 'state', file: state.file };
  }
  const initrd = find('initrd');
  const media = all.filter(({ kind }) => kind === 'disk' || kind === 'iso');
  const drives = imagesOf(media);
  const disks = media.filter(({ kind }) => kind === 'disk').map(({ file }) => file);
  const image = find('linux', 'multiboot', 'elf', 'bios');
  if (image === undefined) {
    if (initrd !== undefined) throw new Error(`${initrd.file.name} is an initial RAM disk: drop it together with its kernel.`);
    return { kind: 'guest', entry: diskEntry(media, firmware), disks };
  }
  return {
    kind: 'guest',
    disks,
    entry: {
      name: FILE_GUEST,
      description: `your ${namesOf(all)}`,
      group: 'Your files',
      takesScale: false,
      boot: ({ append }) => {
        if (image.kind === 'elf' || image.kind === 'bios') return { kind: image.kind, image: source(image), disks: drives, memoryBytes: MEMORY };
        const isLinux = image.kind === 'linux';
        return {
          kind: isLinux ? 'linux' : 'multiboot',
          image: source(image),
          // Without the first serial port as its console a kernel would be silent here.
          commandLine: (isLinux ? `console=ttyS0,115200 ${append}` : `${image.file.name} ${append}`).trim(),
          disks: drives,
          memoryBytes: MEMORY,
          ...(initrd !== undefined && { initrd: source(initrd) }),
        };
      },
    },
  };
}
