import { VectorMoves } from './moves.ts';
import { toInt16, toInt8 } from './saturate.ts';

const HIGH_BITS_8 = 0x80808080 | 0;
const LOW_BITS_8 = 0x7f7f7f7f;

/** Packed integer arithmetic, comparison and logic on `bytes` bytes: 8 in MMX registers, 16 in XMM (SDM vol. 1 §9.4, §11.4.3). */
export class PackedIntegers extends VectorMoves {
  pand(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] &= s[r];
  }
  pandn(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] = ~s[d] & s[r];
  }
  por(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] |= s[r];
  }
  pxor(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] ^= s[r];
  }

  // Four bytes at a time: carries are kept out of each byte's top bit, which is then added without carry.
  paddb(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) {
      const a = s[d];
      const b = s[r];
      s[d] = ((a & LOW_BITS_8) + (b & LOW_BITS_8)) ^ ((a ^ b) & HIGH_BITS_8);
    }
  }
  psubb(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) {
      const a = s[d];
      const b = s[r];
      s[d] = ((a | HIGH_BITS_8) - (b & LOW_BITS_8)) ^ (~(a ^ b) & HIGH_BITS_8);
    }
  }
  paddw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] += w[r];
  }
  psubw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] -= w[r];
  }
  paddd(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] += s[r];
  }
  psubd(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] -= s[r];
  }
  paddq(dst: number, src: number, bytes: number): void {
    const u = this.u32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d += 2, r += 2) {
      const low = u[d] + u[r];
      u[d + 1] += u[r + 1] + (low > 0xffffffff ? 1 : 0);
      u[d] = low;
    }
  }
  psubq(dst: number, src: number, bytes: number): void {
    const u = this.u32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d += 2, r += 2) {
      const low = u[d] - u[r];
      u[d + 1] -= u[r + 1] + (low < 0 ? 1 : 0);
      u[d] = low;
    }
  }

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

  pcmpeqb(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) {
      const x = s[d] ^ s[r];
      // The top bit of each byte is set where the byte differs; its opposite is then spread over the byte.
      const equal = (~(((x & LOW_BITS_8) + LOW_BITS_8) | x) & HIGH_BITS_8) >>> 7;
      s[d] = (equal << 8) - equal;
    }
  }
  pcmpeqw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = w[d] === w[r] ? -1 : 0;
  }
  pcmpeqd(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] = s[d] === s[r] ? -1 : 0;
  }
  pcmpgtb(dst: number, src: number, bytes: number): void {
    const v = this.i8;
    for (let i = 0; i < bytes; i++) v[dst + i] = v[dst + i] > v[src + i] ? -1 : 0;
  }
  pcmpgtw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) w[d] = w[d] > w[r] ? -1 : 0;
  }
  pcmpgtd(dst: number, src: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, end = d + (bytes >> 2); d < end; d++, r++) s[d] = s[d] > s[r] ? -1 : 0;
  }

  pminub(dst: number, src: number, bytes: number): void {
    const v = this.u8;
    for (let i = 0; i < bytes; i++) if (v[src + i] < v[dst + i]) v[dst + i] = v[src + i];
  }
  pmaxub(dst: number, src: number, bytes: number): void {
    const v = this.u8;
    for (let i = 0; i < bytes; i++) if (v[src + i] > v[dst + i]) v[dst + i] = v[src + i];
  }
  pminsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) if (w[r] < w[d]) w[d] = w[r];
  }
  pmaxsw(dst: number, src: number, bytes: number): void {
    const w = this.i16;
    for (let d = dst >> 1, r = src >> 1, end = d + (bytes >> 1); d < end; d++, r++) if (w[r] > w[d]) w[d] = w[r];
  }
  pavgb(dst: number, src: number, bytes: number): void {
    const v = this.u8;
    for (let i = 0; i < bytes; i++) v[dst + i] = (v[dst + i] + v[src + i] + 1) >> 1;
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
