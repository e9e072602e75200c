import { describe, expect, it } from 'vitest';
import { INITIAL_LEGACY_IMAGE, compactOffset, compactSize, normalizeXsave, readLegacyImage, readXstateBv, writeLegacyImage, xsaveFromLegacy } from './xsave.ts';
import { capsOf } from '../../test/plain-access.ts';

const caps = capsOf({});
const avx = capsOf({ xsave: { features: 0x27n, supervisorFeatures: 0n, components: [{ index: 2, size: 256, offset: 576, aligned: false }, { index: 5, size: 64, offset: 1088, aligned: true }] } });
const busy = {
  ...INITIAL_LEGACY_IMAGE,
  fsw: 0x3800,
  ftw: 0x80,
  fip: 0x0010_0000_1234n,
  st: [0x4000_c90f_daa2_2168_c235n, ...INITIAL_LEGACY_IMAGE.st.slice(1)],
};

describe('FXSAVE image', () => {
  it('reads back what was written', () => {
    const data = new Uint8Array(512);
    const image = { ...busy, mxcsr: 0x9fc0, xmm: INITIAL_LEGACY_IMAGE.xmm.map((_, i) => (BigInt(i) << 120n) | 5n) };
    writeLegacyImage(data, image);
    expect(readLegacyImage(data)).toEqual(image);
    expect([...data.subarray(32, 42)]).toEqual([0x35, 0xc2, 0x68, 0x21, 0xa2, 0xda, 0x0f, 0xc9, 0x00, 0x40]);
  });

  it('refuses an area that is too short', () => {
    expect(() => readLegacyImage(new Uint8Array(100))).toThrow('100 bytes');
  });
});

describe('normalised XSAVE area', () => {
  it('marks only what is in use', () => {
    expect(readXstateBv(xsaveFromLegacy(INITIAL_LEGACY_IMAGE, caps))).toBe(0n);
    expect(readXstateBv(xsaveFromLegacy(busy, caps))).toBe(1n);
    expect(readXstateBv(xsaveFromLegacy({ ...busy, mxcsr: 0x1fa0 }, caps))).toBe(3n);
  });

  it('clears bits of initial components and drops the bytes of cleared ones', () => {
    const data = xsaveFromLegacy(busy, caps);
    data[512] = 3; // claims SSE, which is initial
    data[28] = 0xff; // MXCSR_MASK
    expect(normalizeXsave(data, caps)).toEqual(xsaveFromLegacy(busy, caps));
    data[512] = 0; // x87 is initial after all, whatever the bytes
    expect(normalizeXsave(data, caps)).toEqual(xsaveFromLegacy(INITIAL_LEGACY_IMAGE, caps));
  });

  it('is its own normal form, extended components included', () => {
    expect(compactSize(avx.xsave)).toBe(576 + 256 + 64);
    expect(compactOffset(avx.xsave, 5)).toBe(832);
    expect(compactOffset(avx.xsave, 9)).toBe(-1);
    const data = xsaveFromLegacy(busy, avx);
    data[512] = 1 | 4 | 32;
    data[600] = 7;
    const normal = normalizeXsave(data, avx);
    expect(readXstateBv(normal)).toBe(5n);
    expect(normal[600]).toBe(7);
    expect(normalizeXsave(normal, avx)).toEqual(normal);
  });

  it('refuses the standard form and foreign components', () => {
    const data = xsaveFromLegacy(busy, caps);
    data[527] = 0;
    expect(() => normalizeXsave(data, caps)).toThrow('XCOMP_BV');
    const foreign = xsaveFromLegacy(busy, caps);
    foreign[512] = 5;
    expect(() => normalizeXsave(foreign, caps)).toThrow('XSTATE_BV is 0x5');
  });
});
