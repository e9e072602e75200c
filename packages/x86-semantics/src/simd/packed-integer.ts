import { VectorMoves } from './moves.ts';
import { toInt16, toInt8 } from './saturate.ts';

/** Packed integer arithmetic and comparison on `bytes` bytes, 8 in MMX registers, 16 in XMM, beyond what is done by doublewords (semantics/sse-words.ts) (SDM vol. 1 §9.4, §11.4.3). */
export class PackedIntegers extends VectorMoves {
  paddsb(dst: number, src: number, bytes: number): void {
    const v = this.i8;
    for (let i = 0; i < bytes; i++) v[dst + i] = toInt8(v[dst + i] + v[src + i]);
  }
  psubsb(dst: number, src: number, bytes: number): void {
    const v = this.i8;
    for (let i = 0; i < bytes; i++) v[dst + i] = toInt8(v[dst + i] - v[src + i]);
  }
  paddsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = toInt16(w[d] + w[r]);
  }
  psubsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = toInt16(w[d] - w[r]);
  }
  paddusb(dst: number, src: number, bytes: number): void {
    const v = this.u8;
    for (let i = 0; i < bytes; i++) v[dst + i] = Math.min(v[dst + i] + v[src + i], 0xff);
  }
  psubusb(dst: number, src: number, bytes: number): void {
    const v = this.u8;
    for (let i = 0; i < bytes; i++) v[dst + i] = Math.max(v[dst + i] - v[src + i], 0);
  }
  paddusw(dst: number, src: number, bytes: number): void {
    const w = this.u16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = Math.min(w[d] + w[r], 0xffff);
  }
  psubusw(dst: number, src: number, bytes: number): void {
    const w = this.u16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = Math.max(w[d] - w[r], 0);
  }

  pcmpgtb(dst: number, src: number, bytes: number): void {
    const v = this.i8;
    for (let i = 0; i < bytes; i++) v[dst + i] = v[dst + i] > v[src + i] ? -1 : 0;
  }
  pcmpgtw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = w[d] > w[r] ? -1 : 0;
  }

  pminsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) if (w[r] < w[d]) w[d] = w[r];
  }
  pmaxsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) if (w[r] > w[d]) w[d] = w[r];
  }
  pavgw(dst: number, src: number, bytes: number): void {
    const w = this.u16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = (w[d] + w[r] + 1) >> 1;
  }
  /** PSADBW: the sum of absolute differences of each eight bytes. */
  psadbw(dst: number, src: number, bytes: number): void {
    const v = this.u8;
    for (let at = 0; at < bytes; at += 8) {
      let sum = 0;
      for (let i = at; i < at + 8; i++) sum += Math.abs(v[dst + i] - v[src + i]);
      this.i32[(dst + at) >> 2] = sum;
      this.i32[((dst + at) >> 2) + 1] = 0;
    }
  }

  pmullw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = Math.imul(w[d], w[r]);
  }
  pmulhw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = Math.imul(w[d], w[r]) >> 16;
  }
  pmulhuw(dst: number, src: number, bytes: number): void {
    const w = this.u16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = Math.imul(w[d], w[r]) >>> 16;
  }
  pmaddwd(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let i = 0; i < bytes; i += 4) {
      const d = (dst + i) >> 1;
      const r = (src + i) >> 1;
      this.i32[(dst + i) >> 2] = Math.imul(w[d], w[r]) + Math.imul(w[d + 1], w[r + 1]);
    }
  }
  pmuludq(dst: number, src: number, bytes: number): void {
    for (let i = 0; i < bytes; i += 8) this.u64[(dst + i) >> 3] = BigInt(this.u32[(dst + i) >> 2]) * BigInt(this.u32[(src + i) >> 2]);
  }
}
