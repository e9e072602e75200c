/** What a file is, by its first bytes. */
export type FileKind = 'state' | 'linux' | 'initrd' | 'multiboot' | 'elf' | 'bios' | 'iso' | 'disk';

/** Bytes to look at: an ISO's descriptor is at 32 KB, a BIOS is known by its end. */
export const HEAD_BYTES = 0x9000;

const MULTIBOOT_MAGIC = 0x1bad_b002;
/** The Multiboot header is in the first 8 KB (Multiboot 0.6.96 §3.1). */
const MULTIBOOT_REACH = 8192;
const FAR_JUMP = 0xea;

function has(bytes: Uint8Array, at: number, expected: string | readonly number[]): boolean {
  const codes = typeof expected === 'string' ? Array.from(expected, (letter) => letter.charCodeAt(0)) : expected;
  return codes.every((code, i) => bytes[at + i] === code);
}

function isMultiboot(head: Uint8Array): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 0; at + 12 <= Math.min(head.length, MULTIBOOT_REACH); at += 4) {
    if (view.getUint32(at, true) === MULTIBOOT_MAGIC && ((view.getUint32(at, true) + view.getUint32(at + 4, true) + view.getUint32(at + 8, true)) >>> 0) === 0) return true;
  }
  return false;
}

/** cpio archives, and what the kernel unpacks: gzip, xz, zstd, bzip2, LZMA, LZ4. */
const INITRD_STARTS = ['07070', [0x1f, 0x8b], [0xfd, 0x37, 0x7a, 0x58, 0x5a], [0x28, 0xb5, 0x2f, 0xfd], 'BZh', [0x5d, 0, 0], [0x02, 0x21, 0x4c, 0x18]] as const;

/** What a file is, from its first {@link HEAD_BYTES}, its last 16 bytes and its size; undefined for nothing that is known. */
export function identifyFile(head: Uint8Array, tail: Uint8Array, bytes: number): FileKind | undefined {
  if (has(head, 0, [0x89, ...Array.from('RZSTATE', (letter) => letter.charCodeAt(0))])) return 'state';
  if (has(head, 0x202, 'HdrS')) return 'linux';
  if (has(head, 0x8001, 'CD001')) return 'iso';
  if (isMultiboot(head)) return 'multiboot';
  if (has(head, 0, [0x7f, 0x45, 0x4c, 0x46])) return 'elf';
  if (INITRD_STARTS.some((start) => has(head, 0, start))) return 'initrd';
  // Processors begin 16 bytes below the end.
  if (bytes >= 0x1_0000 && bytes <= 0x10_0000 && bytes % 0x1_0000 === 0 && tail[0] === FAR_JUMP) return 'bios';
  if (bytes >= 512 && bytes % 512 === 0 && has(head, 510, [0x55, 0xaa])) return 'disk';
  return undefined;
}
