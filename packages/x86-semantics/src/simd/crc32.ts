/** 11EDC6F41h without its top bit and with its bits reversed (SDM vol. 2, CRC32). */
const POLYNOMIAL = 0x82f63b78;

function tabulate(): Int32Array {
  const table = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) !== 0 ? POLYNOMIAL : 0);
    table[byte] = crc;
  }
  return table;
}

const TABLE = tabulate();

/** CRC32: accumulates the low `bytes` bytes of `value`. */
export function accumulateCrc32(crc: number, value: number, bytes: number): number {
  let rest = crc;
  for (let i = 0; i < bytes; i++) rest = TABLE[(rest ^ (value >> (8 * i))) & 0xff] ^ (rest >>> 8);
  return rest;
}
