/** What a drive tells about itself, by its words (ATA/ATAPI-6 §8.15, §8.16). */
export interface DriveText {
  readonly model: string;
  readonly serial: string;
}

export interface DiskIdentity extends DriveText {
  readonly sectors: number;
  readonly cylinders: number;
  readonly heads: number;
  readonly sectorsPerTrack: number;
  /** Geometry that the driver has set. */
  readonly current: { readonly heads: number; readonly sectorsPerTrack: number };
  /** Sectors of a block in READ and WRITE MULTIPLE; 0 for not set. */
  readonly multiple: number;
  readonly hasWriteCache: boolean;
  readonly hasLookAhead: boolean;
  readonly transferMode: number;
}

export const FIRMWARE = '1.0';
/** The most sectors of a block in READ and WRITE MULTIPLE. */
export const MOST_MULTIPLE = 16;
/** LBA28 ends here. */
export const MOST_LBA28 = 0x0fff_ffff;
const ATA_1_TO_6 = 0x7e;
/** Bit 14 set and bit 15 clear: the word is valid. */
const VALID = 0x4000;
/** Kinds of transfer modes, in bits 7:3 of the sector count of SET FEATURES (§8.46.11). */
const MULTIWORD = 4;
const ULTRA = 8;
const MULTIWORD_MODES = 0x07;
const ULTRA_MODES = 0x3f;

/** Whether SET FEATURES may choose a mode: PIO up to 4, multiword DMA up to 2, Ultra DMA up to 5. */
export function isTransferMode(mode: number): boolean {
  const [kind, number] = [mode >> 3, mode & 7];
  return (kind === 0 && number <= 1) || (kind === 1 && number <= 4) || (kind === MULTIWORD && number <= 2) || (kind === ULTRA && number <= 5);
}

/** Multiword DMA mode 2, as after power-on. */
export const DEFAULT_TRANSFER_MODE = 0x22;

function putText(words: Uint16Array, from: number, length: number, text: string): void {
  const padded = text.padEnd(2 * length).slice(0, 2 * length);
  for (let i = 0; i < length; i++) words[from + i] = ((padded.charCodeAt(2 * i) & 0x7f) << 8) | (padded.charCodeAt(2 * i + 1) & 0x7f);
}

function putModes(words: Uint16Array, mode: number): void {
  const chosen = (kind: number): number => (mode >> 3 === kind ? 0x100 << (mode & 7) : 0);
  words[53] = 0x0006;
  words[63] = MULTIWORD_MODES | chosen(MULTIWORD);
  words[64] = 0x0003;
  words.fill(120, 65, 69);
  words[88] = ULTRA_MODES | chosen(ULTRA);
  // The cable has 80 conductors.
  words[93] = VALID | 0x2001;
}

function put32(words: Uint16Array, at: number, value: number): void {
  words[at] = value % 0x1_0000;
  words[at + 1] = Math.floor(value / 0x1_0000) % 0x1_0000;
}

/** As bytes, with the checksum of word 255. */
function seal(words: Uint16Array): Uint8Array {
  const bytes = new Uint8Array(512);
  words.forEach((word, i) => {
    bytes[2 * i] = word;
    bytes[2 * i + 1] = word >> 8;
  });
  bytes[510] = 0xa5;
  bytes[511] = -bytes.reduce((sum, byte) => sum + byte, 0);
  return bytes;
}

/** What IDENTIFY DEVICE gives. */
export function identifyDisk(disk: DiskIdentity): Uint8Array {
  const words = new Uint16Array(256);
  const { heads, sectorsPerTrack } = disk.current;
  const cylinders = Math.min(0xffff, Math.floor(Math.min(disk.sectors, MOST_LBA28) / (heads * sectorsPerTrack)));
  words[0] = 0x0040;
  words[1] = disk.cylinders;
  words[3] = disk.heads;
  words[6] = disk.sectorsPerTrack;
  putText(words, 10, 10, disk.serial);
  putText(words, 23, 4, FIRMWARE);
  putText(words, 27, 20, disk.model);
  words[47] = 0x8000 | MOST_MULTIPLE;
  // DMA, LBA, IORDY.
  words[49] = 0x0f00;
  words[50] = VALID;
  putModes(words, disk.transferMode);
  words[53] = 0x0007;
  words[54] = cylinders;
  words[55] = heads;
  words[56] = sectorsPerTrack;
  put32(words, 57, cylinders * heads * sectorsPerTrack);
  words[59] = disk.multiple === 0 ? 0 : 0x0100 | disk.multiple;
  put32(words, 60, Math.min(disk.sectors, MOST_LBA28));
  words[80] = ATA_1_TO_6;
  // NOP; look-ahead, write cache, power management.
  words[82] = 0x4068;
  // FLUSH CACHE EXT, FLUSH CACHE, 48-bit addresses.
  words[83] = VALID | 0x3400;
  words[84] = VALID;
  words[85] = 0x4008 | (disk.hasLookAhead ? 0x40 : 0) | (disk.hasWriteCache ? 0x20 : 0);
  words[86] = 0x3400;
  words[87] = VALID;
  put32(words, 100, disk.sectors % 2 ** 32);
  put32(words, 102, Math.floor(disk.sectors / 2 ** 32));
  return seal(words);
}

/** What IDENTIFY PACKET DEVICE gives: a removable CD drive with packets of 12 bytes. */
export function identifyCd({ model, serial, transferMode }: DriveText & { readonly transferMode: number }): Uint8Array {
  const words = new Uint16Array(256);
  words[0] = 0x85c0;
  putText(words, 10, 10, serial);
  putText(words, 23, 4, FIRMWARE);
  putText(words, 27, 20, model);
  words[49] = 0x0f00;
  putModes(words, transferMode);
  words[80] = ATA_1_TO_6;
  // NOP, DEVICE RESET; PACKET, power management.
  words[82] = 0x4218;
  words[83] = VALID;
  words[84] = VALID;
  words[85] = 0x4218;
  words[87] = VALID;
  return seal(words);
}
