/** A bzImage of boot protocol 2.12 with `code` at its 32-bit entry, whose header announces `paragraphs` of 16 bytes. */
export function linuxKernel(code: Uint8Array, paragraphs: number = Math.ceil(code.length / 16)): Uint8Array {
  const bytes = new Uint8Array(0x400 + code.length);
  const view = new DataView(bytes.buffer);
  bytes.set(code, 0x400);
  bytes[0x1f1] = 1;
  view.setUint32(0x1f4, paragraphs, true);
  view.setUint16(0x1fe, 0xaa55, true);
  bytes[0x201] = 0x66;
  view.setUint32(0x202, 0x5372_6448, true);
  view.setUint16(0x206, 0x20c, true);
  bytes[0x211] = 1;
  view.setUint32(0x22c, 0x7fff_ffff, true);
  view.setUint32(0x238, 2047, true);
  view.setBigUint64(0x258, 0x10_0000n, true);
  view.setUint32(0x260, 0x2000, true);
  return bytes;
}
