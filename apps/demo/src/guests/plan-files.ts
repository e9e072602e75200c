import type { FileSource } from '../protocol/boot-request.ts';
import type { CatalogueEntry, Firmware } from './catalogue.ts';
import { HEAD_BYTES, identifyFile, type FileKind } from './identify-file.ts';

/** The name under which the user's files are among the guests. */
export const FILE_GUEST = 'file';
/** Memory of a machine whose guest says nothing about it. */
const MEMORY = 256 * 2 ** 20;

/** What to do with files that the user gave. */
export type FilePlan = { readonly kind: 'state'; readonly file: File } | { readonly kind: 'guest'; readonly entry: CatalogueEntry };

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

/** Disks and CDs, which firmware boots. */
function diskEntry(disks: readonly Identified[], firmware: Firmware | undefined): CatalogueEntry {
  const names = namesOf(disks);
  if (firmware === undefined) throw new Error(`${names}: booting disks takes firmware, which is not beside this page. Run \`npx -y pnpm@10.34.8 demo:guests\`, which prepares it, and reload.`);
  const [hard, cds] = (['disk', 'iso'] as const).map((kind) => disks.filter((disk) => disk.kind === kind).length);
  if (hard! > 2 || cds! > 2) throw new Error(`${names}: a machine has room for two disks and two CDs.`);
  return {
    name: FILE_GUEST,
    description: `your ${names}`,
    group: 'Your files',
    takesScale: false,
    boot: () => ({ kind: 'disks', ...firmware, disks: disks.map((disk) => ({ kind: disk.kind === 'iso' ? 'cd' : 'disk', image: source(disk) })), memoryBytes: MEMORY }),
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
  const image = find('linux', 'multiboot', 'elf', 'bios');
  if (image === undefined) {
    if (initrd !== undefined) throw new Error(`${initrd.file.name} is an initial RAM disk: drop it together with its kernel.`);
    return { kind: 'guest', entry: diskEntry(all, firmware) };
  }
  return {
    kind: 'guest',
    entry: {
      name: FILE_GUEST,
      description: `your ${namesOf(all)}`,
      group: 'Your files',
      takesScale: false,
      boot: ({ append }) => {
        if (image.kind === 'elf' || image.kind === 'bios') return { kind: image.kind, image: source(image), memoryBytes: MEMORY };
        const isLinux = image.kind === 'linux';
        return {
          kind: isLinux ? 'linux' : 'multiboot',
          image: source(image),
          // Without the first serial port as its console a kernel would be silent here.
          commandLine: (isLinux ? `console=ttyS0,115200 ${append}` : `${image.file.name} ${append}`).trim(),
          memoryBytes: MEMORY,
          ...(initrd !== undefined && { initrd: source(initrd) }),
        };
      },
    },
  };
}
