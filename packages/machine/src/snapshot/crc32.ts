/** CRC-32 as gzip and PNG have it (ISO 3309): reflected polynomial EDB88320h. */
const POLYNOMIAL = 0xedb8_8320;
/** Bytes that one round takes. */
const STRIDE = 8;

/** `TABLES[256 * n + byte]`: what `byte`, followed by n zero bytes, contributes. */
const TABLES: Int32Array = (() => {
  const tables = new Int32Array(256 * STRIDE);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ ((value & 1) * POLYNOMIAL);
    tables[byte] = value;
  }
  for (let i = 256; i < tables.length; i++) {
    const before = tables[i - 256]!;
    tables[i] = (before >>> 8) ^ tables[before & 0xff]!;
  }
  return tables;
})();

/** CRC-32 of `bytes`, unsigned; `before` is the CRC of what precedes them. */
export function crc32(bytes: Uint8Array, before: number = 0): number {
  const t = TABLES;
  let crc = ~before;
  let i = 0;
  for (const end = bytes.length - STRIDE; i <= end; i += STRIDE) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      t[0x700 + (crc & 0xff)]! ^ t[0x600 + ((crc >>> 8) & 0xff)]! ^ t[0x500 + ((crc >>> 16) & 0xff)]! ^ t[0x400 + (crc >>> 24)]! ^
      t[0x300 + bytes[i + 4]!]! ^ t[0x200 + bytes[i + 5]!]! ^ t[0x100 + bytes[i + 6]!]! ^ t[bytes[i + 7]!]!;
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ t[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}

/** A checksum as files and messages write it. */
export function checksumText(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}
