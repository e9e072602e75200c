const KIB = 1024;
const MIB = 1024 * KIB;

/** What firmware expects to find in the battery-backed bytes. */
export interface CmosLayout {
  /** RAM below 4 GiB in bytes. */
  readonly memoryBelow4GiB: number;
  /** RAM above 4 GiB in bytes. */
  readonly memoryAbove4GiB?: number;
  /** Processors; 1 if left out. */
  readonly processors?: number;
  /** What firmware tries to boot, in this order, three at most; fixed disk, CD-ROM if left out. */
  readonly bootOrder?: readonly BootDevice[];
}

/** A kind of device that firmware boots from. */
export type BootDevice = 'floppy' | 'disk' | 'cdrom';

/** As the nibbles of the boot order have them. */
const BOOT_DEVICES: Readonly<Record<BootDevice, number>> = { floppy: 1, disk: 2, cdrom: 3 };
/** Bit 0 of 38h: boot sectors of floppies need no signature. */
const SKIP_FLOPPY_SIGNATURE = 1;

/**
 * The 128 bytes as a PC's set-up program leaves them: memory sizes in the AT's places (15h–18h, 30h, 31h) and in those that
 * PC firmware for virtual machines reads (34h, 35h, 5Bh–5Dh; 5Fh processors − 1; 3Dh, 38h boot order), equipment, and the checksum of 10h–2Dh.
 */
export function cmosContents(layout: CmosLayout): Uint8Array {
  const bytes = new Uint8Array(128);
  const put16 = (at: number, value: number): void => {
    bytes[at] = value & 0xff;
    bytes[at + 1] = value >> 8;
  };
  const memory = layout.memoryBelow4GiB;
  const extended = Math.min(0xffff, Math.max(0, Math.floor((memory - MIB) / KIB)));
  // 80-column display, FPU present.
  bytes[0x14] = 0x26;
  put16(0x15, Math.min(640, Math.floor(memory / KIB)));
  put16(0x17, extended);
  put16(0x30, extended);
  put16(0x34, Math.min(0xffff, Math.max(0, Math.floor((memory - 16 * MIB) / (64 * KIB)))));
  const high = Math.min(0xffffff, Math.floor((layout.memoryAbove4GiB ?? 0) / (64 * KIB)));
  put16(0x5b, high & 0xffff);
  bytes[0x5d] = high >> 16;
  bytes[0x5f] = (layout.processors ?? 1) - 1;
  const [first = 0, second = 0, third = 0] = (layout.bootOrder ?? ['disk', 'cdrom']).map((device) => BOOT_DEVICES[device]);
  bytes[0x3d] = first | (second << 4);
  bytes[0x38] = (third << 4) | SKIP_FLOPPY_SIGNATURE;
  let sum = 0;
  for (let at = 0x10; at <= 0x2d; at++) sum += bytes[at]!;
  bytes[0x2e] = (sum >> 8) & 0xff;
  bytes[0x2f] = sum & 0xff;
  return bytes;
}
