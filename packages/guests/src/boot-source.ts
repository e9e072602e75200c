/** How a machine starts a guest: the loader to use, and what it loads. */
export interface BootSource {
  /** `multiboot`: a Multiboot 1 ELF program. `linux`: a bzImage, started by the Linux boot protocol. `bios`: firmware, which boots from media. */
  readonly kind: 'multiboot' | 'linux' | 'bios';
  /** The program, kernel or firmware. */
  readonly image: Uint8Array;
  /** Option ROM of the VGA (firmware only). */
  readonly vgaBios?: Uint8Array;
  /** Initial RAM disk (Linux only). */
  readonly initrd?: Uint8Array;
  /** Kernel command line, or the Multiboot command line. */
  readonly commandLine: string;
  /** Memory that the guest is meant to run with, in bytes. A machine may give it more. */
  readonly memoryBytes: number;
  /** Text on the first serial port that shows the guest is up. */
  readonly readyText: string;
}

/** A guest that can be named on the command line. */
export interface GuestInfo {
  readonly name: string;
  readonly description: string;
  /** `embedded` guests are part of this package; `benchmark` guests too, and end by themselves; `download` guests are fetched on first use. */
  readonly kind: 'embedded' | 'benchmark' | 'download';
  /** What it is meant to run on. */
  readonly machine: GuestMachine;
}

/** What a guest's machine has. */
export interface GuestMachine {
  /** A machine may have more. */
  readonly memoryBytes: number;
  /** Devices besides the board's own and those of media, as a machine's configuration lists them. */
  readonly devices: readonly { readonly type: string; readonly id?: string }[];
  /** Disks and CDs that come with the guest, in this order. */
  readonly media: readonly GuestMedium[];
}

/** A disk or CD of a guest. */
export interface GuestMedium {
  readonly name: string;
  readonly kind: 'disk' | 'cdrom';
  readonly interface: 'ide' | 'virtio';
}

/** What a caller may change about a guest. */
export interface GuestOptions {
  /** Text added after the guest's own command line, with a space between. */
  readonly append?: string;
  /** Work done by a benchmark guest, in units of 5 to 15 million instructions (1 and up). Other guests ignore it. */
  readonly scale?: number;
}
