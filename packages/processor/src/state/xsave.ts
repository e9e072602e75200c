import { StateAccessError } from '../errors.ts';
import type { PartitionCapabilities, XsaveCapabilities } from '../capabilities.ts';

/*
 * An XSAVE area (SDM vol. 1 §13.4):
 *
 *     0 … 511   legacy region: the FXSAVE image (`LegacyImage` below)
 *   512 … 575   header: XSTATE_BV (8 bytes), XCOMP_BV (8 bytes), 48 reserved bytes
 *   576 …       components 2 and up, in the compact form one after another, in the standard form where CPUID says
 *
 * Backends keep registers in forms of their own; these helpers convert between the fields and the area, so that the area
 * is written in one place only.
 */

/** Bytes of the legacy region, which is an FXSAVE image (SDM vol. 1 §10.5.1). */
export const FXSAVE_BYTES = 512;
/** Bytes of the XSAVE header (SDM vol. 1 §13.4.2). */
export const XSAVE_HEADER_BYTES = 64;
/** Bytes of an area that holds x87 and SSE state alone. */
export const XSAVE_MIN_BYTES = 576;

/** Component 0 of XSTATE_BV: x87. */
export const XSTATE_X87 = 1n;
/** Component 1 of XSTATE_BV: XMM registers and MXCSR. */
export const XSTATE_SSE = 2n;
/** Bit 63 of XCOMP_BV: the area is in compact form. */
export const XCOMP_COMPACT: bigint = 1n << 63n;

/** FCW in its initial state: all exceptions masked, 64-bit precision. */
export const FCW_INITIAL = 0x37f;
/** MXCSR in its initial state: all exceptions masked. */
export const MXCSR_INITIAL = 0x1f80;

const OFFSET_FIP = 8;
const OFFSET_FDP = 16;
const OFFSET_MXCSR = 24;
const OFFSET_ST = 32;
const OFFSET_XMM = 160;
const OFFSET_XSTATE_BV = 512;
const OFFSET_XCOMP_BV = 520;

/**
 * The legacy region of an XSAVE area, field by field.
 *
 * ```text
 *   0  FCW    2  FSW    4  FTW    6  FOP    8  FIP (8 bytes)   16  FDP (8 bytes)   24  MXCSR   28  MXCSR_MASK
 *  32  ST0 (10 bytes of 16)  …  144  ST7    160  XMM0 (16 bytes)  …  400  XMM15    416  reserved
 * ```
 */
export interface LegacyImage {
  readonly fcw: number;
  /** Status word; TOP in bits 13:11. */
  readonly fsw: number;
  /** Abridged tag word: bit n is 1 when *physical* register n is not empty. */
  readonly ftw: number;
  /** Last opcode, 11 bits. */
  readonly fop: number;
  /** Last instruction: the offset in bits 31:0 and CS in bits 47:32, or a 64-bit offset in 64-bit mode. */
  readonly fip: bigint;
  /** Last operand: the offset in bits 31:0 and its selector in bits 47:32, or a 64-bit offset in 64-bit mode. */
  readonly fdp: bigint;
  readonly mxcsr: number;
  /** ST0 to ST7, relative to TOP; 80 bits each. */
  readonly st: readonly bigint[];
  /** XMM0 to XMM15; 128 bits each. */
  readonly xmm: readonly bigint[];
}

/** A legacy image in its initial state. */
export const INITIAL_LEGACY_IMAGE: LegacyImage = {
  fcw: FCW_INITIAL,
  fsw: 0,
  ftw: 0,
  fop: 0,
  fip: 0n,
  fdp: 0n,
  mxcsr: MXCSR_INITIAL,
  st: Array.from({ length: 8 }, () => 0n),
  xmm: Array.from({ length: 16 }, () => 0n),
};

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function requireBytes(data: Uint8Array, least: number): void {
  if (data.length < least) throw new StateAccessError('xsave', `area of ${data.length} bytes, expected at least ${least}`);
}

/** Reads the 512-byte FXSAVE image at the start of `data`. */
export function readLegacyImage(data: Uint8Array): LegacyImage {
  requireBytes(data, FXSAVE_BYTES);
  const view = viewOf(data);
  const wide = (offset: number): bigint => view.getBigUint64(offset, true);
  return {
    fcw: view.getUint16(0, true),
    fsw: view.getUint16(2, true),
    ftw: view.getUint8(4),
    fop: view.getUint16(6, true) & 0x7ff,
    fip: wide(OFFSET_FIP),
    fdp: wide(OFFSET_FDP),
    mxcsr: view.getUint32(OFFSET_MXCSR, true),
    st: Array.from({ length: 8 }, (_, i) => wide(OFFSET_ST + 16 * i) | (BigInt(view.getUint16(OFFSET_ST + 16 * i + 8, true)) << 64n)),
    xmm: Array.from({ length: 16 }, (_, i) => wide(OFFSET_XMM + 16 * i) | (wide(OFFSET_XMM + 16 * i + 8) << 64n)),
  };
}

/** Writes an FXSAVE image at the start of `data`. MXCSR_MASK and reserved bytes become 0. */
export function writeLegacyImage(data: Uint8Array, image: LegacyImage): void {
  requireBytes(data, FXSAVE_BYTES);
  data.fill(0, 0, FXSAVE_BYTES);
  const view = viewOf(data);
  const wide = (offset: number, value: bigint): void => view.setBigUint64(offset, BigInt.asUintN(64, value), true);
  view.setUint16(0, image.fcw, true);
  view.setUint16(2, image.fsw, true);
  view.setUint8(4, image.ftw);
  view.setUint16(6, image.fop & 0x7ff, true);
  wide(OFFSET_FIP, image.fip);
  wide(OFFSET_FDP, image.fdp);
  view.setUint32(OFFSET_MXCSR, image.mxcsr, true);
  for (let i = 0; i < 8; i++) {
    const value = image.st[i] ?? 0n;
    wide(OFFSET_ST + 16 * i, value);
    view.setUint16(OFFSET_ST + 16 * i + 8, Number(BigInt.asUintN(16, value >> 64n)), true);
  }
  for (let i = 0; i < 16; i++) {
    const value = image.xmm[i] ?? 0n;
    wide(OFFSET_XMM + 16 * i, value);
    wide(OFFSET_XMM + 16 * i + 8, value >> 64n);
  }
}

/** XSTATE_BV: which components are not in their initial state. */
export function readXstateBv(data: Uint8Array): bigint {
  requireBytes(data, XSAVE_MIN_BYTES);
  return viewOf(data).getBigUint64(OFFSET_XSTATE_BV, true);
}

/** XCOMP_BV: which components the area has room for, and bit 63 for the compact form. */
export function readXcompBv(data: Uint8Array): bigint {
  requireBytes(data, XSAVE_MIN_BYTES);
  return viewOf(data).getBigUint64(OFFSET_XCOMP_BV, true);
}

/** Every component that an area of these capabilities has room for: x87 and SSE always. */
export function xsaveComponents(xsave: XsaveCapabilities): bigint {
  return XSTATE_X87 | XSTATE_SSE | xsave.features | xsave.supervisorFeatures;
}

/** Bytes of an area in compact form with room for everything the capabilities name (SDM vol. 1 §13.4.3). */
export function compactSize(xsave: XsaveCapabilities): number {
  let size = XSAVE_MIN_BYTES;
  for (const component of xsave.components) size = (component.aligned ? Math.ceil(size / 64) * 64 : size) + component.size;
  return size;
}

/** Where component `index` (2 and up) starts in an area in compact form, −1 if it has no place. */
export function compactOffset(xsave: XsaveCapabilities, index: number): number {
  let next = XSAVE_MIN_BYTES;
  for (const component of xsave.components) {
    const start = component.aligned ? Math.ceil(next / 64) * 64 : next;
    if (component.index === index) return start;
    next = start + component.size;
  }
  return -1;
}

/** Which of x87 and SSE differ from their initial state. MXCSR belongs to SSE here, as it does for XSAVEC. */
function legacyInUse(image: LegacyImage): bigint {
  const x87 =
    image.fcw !== FCW_INITIAL || image.fsw !== 0 || image.ftw !== 0 || image.fop !== 0 || image.fip !== 0n || image.fdp !== 0n || image.st.some((value) => value !== 0n);
  const sse = image.mxcsr !== MXCSR_INITIAL || image.xmm.some((value) => value !== 0n);
  return (x87 ? XSTATE_X87 : 0n) | (sse ? XSTATE_SSE : 0n);
}

/**
 * The one form in which extended state is saved: compact, with room for every component of the capabilities; the
 * XSTATE_BV bit of a component in its initial state clear, and its bytes initial (so FCW 37Fh and MXCSR 1F80h);
 * MXCSR_MASK and reserved bytes zero. Equal states have equal bytes.
 *
 * Takes an area in compact form, of these capabilities. Throws `StateAccessError` for any other.
 */
export function normalizeXsave(data: Uint8Array, caps: PartitionCapabilities): Uint8Array {
  const { xsave } = caps;
  const room = xsaveComponents(xsave);
  const size = compactSize(xsave);
  requireBytes(data, size);
  const present = readXstateBv(data);
  const format = readXcompBv(data);
  if (format !== (XCOMP_COMPACT | room)) {
    throw new StateAccessError('xsave', `XCOMP_BV is 0x${format.toString(16)}, expected 0x${(XCOMP_COMPACT | room).toString(16)}`);
  }
  if ((present & ~room) !== 0n) throw new StateAccessError('xsave', `XSTATE_BV is 0x${present.toString(16)}, expected none but bits of 0x${room.toString(16)}`);
  const source = readLegacyImage(data);
  const image: LegacyImage = {
    ...((present & XSTATE_X87) !== 0n ? source : INITIAL_LEGACY_IMAGE),
    ...((present & XSTATE_SSE) !== 0n ? { mxcsr: source.mxcsr, xmm: source.xmm } : { mxcsr: MXCSR_INITIAL, xmm: INITIAL_LEGACY_IMAGE.xmm }),
  };
  const out = new Uint8Array(size);
  writeLegacyImage(out, image);
  let inUse = legacyInUse(image);
  for (const component of xsave.components) {
    const bit = 1n << BigInt(component.index);
    const start = compactOffset(xsave, component.index);
    const bytes = data.subarray(start, start + component.size);
    if ((present & bit) === 0n || bytes.every((byte) => byte === 0)) continue;
    inUse |= bit;
    out.set(bytes, start);
  }
  writeHeader(out, inUse, room);
  return out;
}

/** A normalised area that holds `image`, every other component being in its initial state. */
export function xsaveFromLegacy(image: LegacyImage, caps: PartitionCapabilities): Uint8Array {
  const out = new Uint8Array(compactSize(caps.xsave));
  writeLegacyImage(out, image);
  writeHeader(out, legacyInUse(image), xsaveComponents(caps.xsave));
  return out;
}

function writeHeader(data: Uint8Array, inUse: bigint, room: bigint): void {
  const view = viewOf(data);
  view.setBigUint64(OFFSET_XSTATE_BV, inUse, true);
  view.setBigUint64(OFFSET_XCOMP_BV, XCOMP_COMPACT | room, true);
}
