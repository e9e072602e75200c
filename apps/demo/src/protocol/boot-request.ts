/** Where a file is: at an address relative to the page, or in the user's hands. */
export type FileSource =
  | { readonly kind: 'url'; readonly name: string; readonly url: string; readonly bytes: number; readonly isGzip: boolean }
  | { readonly kind: 'blob'; readonly name: string; readonly blob: Blob };

/** A medium, and the drive that it is in. */
export interface DiskImage {
  readonly kind: 'disk' | 'cd';
  readonly image: FileSource;
}

/** Memory and drives of a machine. What a guest writes on these disks stays in memory. */
interface Fittings {
  readonly memoryBytes: number;
  readonly disks?: readonly DiskImage[];
}

/** What a machine is to boot. */
export type BootRequest =
  | { readonly kind: 'embedded'; readonly name: string; readonly scale: number; readonly append: string }
  | (Fittings & { readonly kind: 'linux' | 'multiboot'; readonly image: FileSource; readonly initrd?: FileSource; readonly commandLine: string })
  /** Firmware that boots from disks and CDs. */
  | (Fittings & { readonly kind: 'disks'; readonly bios: FileSource; readonly vgaBios: FileSource })
  | (Fittings & { readonly kind: 'elf' | 'bios'; readonly image: FileSource });
