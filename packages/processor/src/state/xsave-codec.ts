import type { Codec, Json } from './codec.ts';
import { bytes, hexInteger, list, record, unsigned } from './codec.ts';
import type { Xsave } from './vp-values.ts';
import type { LegacyImage } from './xsave.ts';
import { readLegacyImage, writeLegacyImage, XSAVE_MIN_BYTES } from './xsave.ts';

/** Bound on an XSAVE area: the largest processors define about 11 KB. */
const XSAVE_LIMIT = 1 << 16;

interface XsaveFields extends LegacyImage {
  readonly xstateBv: bigint;
  readonly xcompBv: bigint;
  /** Components 2 and up, as they lie behind the header. */
  readonly extended: Uint8Array;
}

const fields = record<XsaveFields>({
  xstateBv: hexInteger(64),
  xcompBv: hexInteger(64),
  fcw: unsigned(16),
  fsw: unsigned(16),
  ftw: unsigned(8),
  fop: unsigned(16),
  fip: hexInteger(64),
  fdp: hexInteger(64),
  mxcsr: unsigned(32),
  st: list(hexInteger(80), 8),
  xmm: list(hexInteger(128), 16),
  extended: bytes({ most: XSAVE_LIMIT }),
});

function header(data: Uint8Array): DataView {
  return new DataView(data.buffer, data.byteOffset + 512, 64);
}

/** A normalised area, field by field, so that a saved state can be read: ST0–ST7 as 80-bit hexadecimal strings. */
export const xsaveCodec: Codec<Xsave> = {
  encode({ data }, at): Json {
    const image = readLegacyImage(data);
    const view = header(data);
    const xstateBv = view.getBigUint64(0, true);
    const xcompBv = view.getBigUint64(8, true);
    return fields.encode({ ...image, xstateBv, xcompBv, extended: data.subarray(XSAVE_MIN_BYTES) }, at);
  },
  decode(json, at) {
    const { xstateBv, xcompBv, extended, ...image } = fields.decode(json, at);
    const data = new Uint8Array(XSAVE_MIN_BYTES + extended.length);
    writeLegacyImage(data, image);
    const view = header(data);
    view.setBigUint64(0, xstateBv, true);
    view.setBigUint64(8, xcompBv, true);
    data.set(extended, XSAVE_MIN_BYTES);
    return { data };
  },
};
