import { pixelOf, type Colors } from './colors.ts';
import type { PixelFormat } from './display-mode.ts';

/** Video memory as the formats read it. */
export interface VideoMemory {
  readonly bytes: Uint8Array;
  readonly halves: Uint16Array;
  readonly words: Uint32Array;
}

/** What painting a row needs. */
export interface RowContext {
  readonly memory: VideoMemory;
  readonly colors: Colors;
  /** Byte offsets wrap here. */
  readonly addressMask: number;
  /** The planes that count (attribute controller). */
  readonly planes: number;
}

/** Writes `count` pixels from byte offset `address` on into `out`. */
type RowPainter = (out: Uint32Array, count: number, address: number, context: RowContext) => void;

/** Sixteen colours: a bit in each plane, eight pixels to a byte. */
const planar: RowPainter = (out, count, address, { memory, colors, addressMask, planes }) => {
  const { words } = memory;
  const { palette } = colors;
  for (let x = 0, at = address; x < count; x += 8, at += 4) {
    const word = words[(at & addressMask) >> 2]!;
    for (let i = 0; i < 8; i++) {
      const bits = word >>> (7 - i);
      out[x + i] = palette[((bits & 1) | ((bits >>> 7) & 2) | ((bits >>> 14) & 4) | ((bits >>> 21) & 8)) & planes]!;
    }
  }
};

/** CGA's four colours: two bits a pixel; a byte of plane 0, then one of plane 1. Planes 2 and 3 give the upper bits. */
const interleaved: RowPainter = (out, count, address, { memory, colors, addressMask, planes }) => {
  const { words } = memory;
  const { palette } = colors;
  for (let x = 0, at = address; x < count; x += 8, at += 4) {
    const word = words[(at & addressMask) >> 2]!;
    for (let i = 0; i < 8; i++) {
      const shift = (i < 4 ? 0 : 8) + 6 - 2 * (i & 3);
      out[x + i] = palette[(((word >>> shift) & 3) | (((word >>> (shift + 16)) & 3) << 2)) & planes]!;
    }
  }
};

const indexed: RowPainter = (out, count, address, { memory, colors, addressMask }) => {
  const { bytes } = memory;
  const { direct } = colors;
  for (let x = 0; x < count; x++) out[x] = direct[bytes[(address + x) & addressMask]!]!;
};

function five(bits: number): number {
  return ((bits & 31) << 3) | ((bits & 31) >> 2);
}

const rgb555: RowPainter = (out, count, address, { memory }) => {
  const { halves } = memory;
  for (let x = 0, at = address >> 1; x < count; x++, at++) {
    const value = halves[at]!;
    out[x] = pixelOf(five(value >> 10), five(value >> 5), five(value));
  }
};

const rgb565: RowPainter = (out, count, address, { memory }) => {
  const { halves } = memory;
  for (let x = 0, at = address >> 1; x < count; x++, at++) {
    const value = halves[at]!;
    out[x] = pixelOf(five(value >> 11), ((value >> 3) & 0xfc) | ((value >> 9) & 3), five(value));
  }
};

const rgb888: RowPainter = (out, count, address, { memory }) => {
  const { bytes } = memory;
  for (let x = 0, at = address; x < count; x++, at += 3) out[x] = pixelOf(bytes[at + 2]!, bytes[at + 1]!, bytes[at]!);
};

const xrgb8888: RowPainter = (out, count, address, { memory }) => {
  const { words } = memory;
  for (let x = 0, at = address >> 2; x < count; x++, at++) {
    const value = words[at]!;
    out[x] = 0xff000000 | ((value & 0xff) << 16) | (value & 0xff00) | ((value >>> 16) & 0xff);
  }
};

export const ROW_PAINTERS: Readonly<Record<PixelFormat, RowPainter>> = { planar, interleaved, indexed, rgb555, rgb565, rgb888, xrgb8888 };

/** Bytes of memory that a row of `pixels` reads. */
export function rowBytes(format: PixelFormat, pixels: number): number {
  switch (format) {
    case 'planar':
    case 'interleaved':
      return 4 * Math.ceil(pixels / 8);
    case 'indexed':
      return pixels;
    case 'rgb555':
    case 'rgb565':
      return 2 * pixels;
    case 'rgb888':
      return 3 * pixels;
    case 'xrgb8888':
      return 4 * pixels;
  }
}
