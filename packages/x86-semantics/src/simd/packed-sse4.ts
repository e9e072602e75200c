import { CF, ZF } from '../flags/kinds.ts';
import { SupplementalIntegers } from './packed-supplemental.ts';

/** Packed integer arithmetic and comparison of SSE4.1 and SSE4.2 on XMM registers (SDM vol. 1 §12.10, §12.11). */
export class Sse4Integers extends SupplementalIntegers {
  pminsb(dst: number, src: number): void {
    const v = this.i8;
    for (let i = 0; i < 16; i++) if (v[src + i] < v[dst + i]) v[dst + i] = v[src + i];
  }
  pmaxsb(dst: number, src: number): void {
    const v = this.i8;
    for (let i = 0; i < 16; i++) if (v[src + i] > v[dst + i]) v[dst + i] = v[src + i];
  }
  pminuw(dst: number, src: number): void {
    const w = this.u16;
    for (let d = dst >> 1, r = src >> 1, end = d + 8; d < end; d++, r++) if (w[r] < w[d]) w[d] = w[r];
  }
  pmaxuw(dst: number, src: number): void {
    const w = this.u16;
    for (let d = dst >> 1, r = src >> 1, end = d + 8; d < end; d++, r++) if (w[r] > w[d]) w[d] = w[r];
  }

  /** PMULDQ: signed products of the even doublewords. */
  pmuldq(dst: number, src: number): void {
    for (let i = 0; i < 16; i += 8) this.u64[(dst + i) >> 3] = BigInt(this.i32[(dst + i) >> 2]) * BigInt(this.i32[(src + i) >> 2]);
  }

  pcmpeqq(dst: number, src: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + 4; d < end; d += 2, r += 2) s[d] = s[d + 1] = s[d] === s[r] && s[d + 1] === s[r + 1] ? -1 : 0;
  }
  pcmpgtq(dst: number, src: number): void {
    const s = this.i32;
    const u = this.u32;
    for (let d = dst >> 2, r = src >> 2, end = d + 4; d < end; d += 2, r += 2) {
      s[d] = s[d + 1] = s[d + 1] > s[r + 1] || (s[d + 1] === s[r + 1] && u[d] > u[r]) ? -1 : 0;
    }
  }

  /** PTEST: ZF if `src` AND `dst` is 0, CF if `src` AND NOT `dst` is, at their EFLAGS positions. */
  ptest(dst: number, src: number): number {
    const s = this.i32;
    let both = 0;
    let rest = 0;
    for (let d = dst >> 2, r = src >> 2, end = d + 4; d < end; d++, r++) {
      both |= s[r] & s[d];
      rest |= s[r] & ~s[d];
    }
    return (both === 0 ? ZF : 0) | (rest === 0 ? CF : 0);
  }

  /** PHMINPOSUW: the least word and the index of the first that has it. */
  phminposuw(dst: number, src: number): void {
    const w = this.u16;
    const r = src >> 1;
    let index = 0;
    for (let i = 1; i < 8; i++) if (w[r + i] < w[r + index]) index = i;
    const s = this.i32;
    const d = dst >> 2;
    s[d] = w[r + index] | (index << 16);
    s[d + 1] = 0;
    s[d + 2] = 0;
    s[d + 3] = 0;
  }

  /** MPSADBW: sums of absolute differences of four bytes of `src` and of the eight runs of four bytes that start one after another in `dst`. */
  mpsadbw(dst: number, src: number, immediate: number): void {
    this.copy(dst, src);
    const a = this.copied;
    const from = immediate & 4;
    const block = 16 + ((immediate & 3) << 2);
    for (let i = 0; i < 8; i++) {
      let sum = 0;
      for (let k = 0; k < 4; k++) sum += Math.abs(a[from + i + k] - a[block + k]);
      this.u16[(dst >> 1) + i] = sum;
    }
  }
}
