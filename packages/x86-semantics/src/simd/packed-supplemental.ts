import { PackedShuffles, SOURCE_BYTES } from './packed-shuffle.ts';
import { toInt16 } from './saturate.ts';


/** The packed integer operations of SSSE3 on `bytes` bytes: 8 in MMX registers, 16 in XMM (SDM vol. 1 §12.6). */
export class SupplementalIntegers extends PackedShuffles {
  /** Bytes of the table at `table` that each byte of `selectors` names, modulo `last` + 1, or 0 where its top bit is set. */
  #selected(table: number, selectors: number, last: number): number {
    const v = this.u8;
    const b0 = (selectors & 0x80) !== 0 ? 0 : v[table + (selectors & last)];
    const b1 = (selectors & 0x8000) !== 0 ? 0 : v[table + ((selectors >> 8) & last)];
    const b2 = (selectors & 0x800000) !== 0 ? 0 : v[table + ((selectors >> 16) & last)];
    const b3 = selectors < 0 ? 0 : v[table + ((selectors >> 24) & last)];
    return b0 | (b1 << 8) | (b2 << 16) | (b3 << 24);
  }
  /** PSHUFB of XMM registers: bytes of `dst` that those of `src` select. */
  pshufb(dst: number, src: number): void {
    const s = this.i32;
    const d = dst >> 2;
    const r = src >> 2;
    const s0 = this.#selected(dst, s[r], 15);
    const s1 = this.#selected(dst, s[r + 1], 15);
    const s2 = this.#selected(dst, s[r + 2], 15);
    const s3 = this.#selected(dst, s[r + 3], 15);
    s[d] = s0;
    s[d + 1] = s1;
    s[d + 2] = s2;
    s[d + 3] = s3;
  }
  /** PSHUFB of MMX registers. */
  pshufbMmx(dst: number, src: number): void {
    const s = this.i32;
    const low = this.#selected(dst, s[src >> 2], 7);
    const high = this.#selected(dst, s[(src >> 2) + 1], 7);
    s[dst >> 2] = low;
    s[(dst >> 2) + 1] = high;
  }

  /** PALIGNR of MMX registers. */
  palignrMmx(dst: number, src: number, count: number): void {
    this.copy(src, dst);
    const a = this.copied;
    const v = this.u8;
    for (let i = 0; i < 8; i++) {
      const from = i + count;
      v[dst + i] = from < 8 ? a[from] : from < 16 ? a[SOURCE_BYTES + from - 8] : 0;
    }
  }

  phaddw(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt16;
    const w = this.i16;
    const half = bytes >> 2;
    for (let i = 0, d = dst >> 1; i < half; i++, d++) {
      w[d] = a[2 * i] + a[2 * i + 1];
      w[d + half] = a[8 + 2 * i] + a[9 + 2 * i];
    }
  }
  phaddsw(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt16;
    const w = this.i16;
    const half = bytes >> 2;
    for (let i = 0, d = dst >> 1; i < half; i++, d++) {
      w[d] = toInt16(a[2 * i] + a[2 * i + 1]);
      w[d + half] = toInt16(a[8 + 2 * i] + a[9 + 2 * i]);
    }
  }
  phaddd(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt32;
    const s = this.i32;
    const half = bytes >> 3;
    for (let i = 0, d = dst >> 2; i < half; i++, d++) {
      s[d] = a[2 * i] + a[2 * i + 1];
      s[d + half] = a[4 + 2 * i] + a[5 + 2 * i];
    }
  }
  phsubw(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt16;
    const w = this.i16;
    const half = bytes >> 2;
    for (let i = 0, d = dst >> 1; i < half; i++, d++) {
      w[d] = a[2 * i] - a[2 * i + 1];
      w[d + half] = a[8 + 2 * i] - a[9 + 2 * i];
    }
  }
  phsubsw(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt16;
    const w = this.i16;
    const half = bytes >> 2;
    for (let i = 0, d = dst >> 1; i < half; i++, d++) {
      w[d] = toInt16(a[2 * i] - a[2 * i + 1]);
      w[d + half] = toInt16(a[8 + 2 * i] - a[9 + 2 * i]);
    }
  }
  phsubd(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt32;
    const s = this.i32;
    const half = bytes >> 3;
    for (let i = 0, d = dst >> 2; i < half; i++, d++) {
      s[d] = a[2 * i] - a[2 * i + 1];
      s[d + half] = a[4 + 2 * i] - a[5 + 2 * i];
    }
  }

  /** PSIGNB: `dst` negated, cleared or kept by the sign of `src`. */
  psignb(dst: number, src: number, bytes: number): void {
    const v = this.i8;
    for (let i = 0; i < bytes; i++) v[dst + i] = Math.imul(v[dst + i], Math.sign(v[src + i]));
  }
  psignw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = Math.imul(w[d], Math.sign(w[r]));
  }
  psignd(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] = Math.imul(s[d], Math.sign(s[r]));
  }

  pabsb(dst: number, src: number, bytes: number): void {
    const v = this.i8;
    for (let i = 0; i < bytes; i++) v[dst + i] = Math.abs(v[src + i]);
  }
  pabsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = Math.abs(w[r]);
  }
  pabsd(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] = Math.abs(s[r]);
  }

  /** PMULHRSW: the product's bits 30:15, rounded. */
  pmulhrsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = ((Math.imul(w[d], w[r]) >> 14) + 1) >> 1;
  }
  /** PMADDUBSW: unsigned bytes of `dst` by signed bytes of `src`, neighbours added with saturation. */
  pmaddubsw(dst: number, src: number, bytes: number): void {
    const u = this.u8;
    const v = this.i8;
    for (let i = 0; i < bytes; i += 2) {
      this.i16[(dst + i) >> 1] = toInt16(Math.imul(u[dst + i], v[src + i]) + Math.imul(u[dst + i + 1], v[src + i + 1]));
    }
  }
}
