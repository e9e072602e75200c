import { Sse4Integers } from './packed-sse4.ts';

/** Blending, extending, inserting and extracting elements of XMM registers (SDM vol. 1 §12.10). Masks are those of an XMM register or an immediate. */
export class PackedBlends extends Sse4Integers {
  /** PBLENDVB: bytes of `src` where the mask byte has its top bit set. */
  pblendvb(dst: number, src: number, mask: number): void {
    const v = this.u8;
    for (let i = 0; i < 16; i++) if ((v[mask + i] & 0x80) !== 0) v[dst + i] = v[src + i];
  }
  /** BLENDVPS. */
  blendvps(dst: number, src: number, mask: number): void {
    const s = this.i32;
    for (let d = dst >> 2, r = src >> 2, m = mask >> 2, end = d + 4; d < end; d++, r++, m++) if (s[m] < 0) s[d] = s[r];
  }
  /** BLENDVPD. */
  blendvpd(dst: number, src: number, mask: number): void {
    const s = this.i32;
    // Both signs first: the mask may be the destination.
    const low = s[(mask >> 2) + 1] < 0;
    const high = s[(mask >> 2) + 3] < 0;
    if (low) this.move8(dst, src);
    if (high) this.move8(dst + 8, src + 8);
  }
  /** PBLENDW. */
  pblendw(dst: number, src: number, immediate: number): void {
    const w = this.i16;
    for (let i = 0; i < 8; i++) if ((immediate & (1 << i)) !== 0) w[(dst >> 1) + i] = w[(src >> 1) + i];
  }
  /** BLENDPS. */
  blendps(dst: number, src: number, immediate: number): void {
    const s = this.i32;
    for (let i = 0; i < 4; i++) if ((immediate & (1 << i)) !== 0) s[(dst >> 2) + i] = s[(src >> 2) + i];
  }
  /** BLENDPD. */
  blendpd(dst: number, src: number, immediate: number): void {
    if ((immediate & 1) !== 0) this.move8(dst, src);
    if ((immediate & 2) !== 0) this.move8(dst + 8, src + 8);
  }

  // PMOVSX and PMOVZX go from the last element down, so that source and destination may be one register.
  pmovsxbw(dst: number, src: number): void {
    for (let i = 7; i >= 0; i--) this.i16[(dst >> 1) + i] = this.i8[src + i];
  }
  pmovsxbd(dst: number, src: number): void {
    for (let i = 3; i >= 0; i--) this.i32[(dst >> 2) + i] = this.i8[src + i];
  }
  pmovsxwd(dst: number, src: number): void {
    for (let i = 3; i >= 0; i--) this.i32[(dst >> 2) + i] = this.i16[(src >> 1) + i];
  }
  pmovsxbq(dst: number, src: number): void {
    this.#quadwords(dst, this.i8[src], this.i8[src + 1]);
  }
  pmovsxwq(dst: number, src: number): void {
    this.#quadwords(dst, this.i16[src >> 1], this.i16[(src >> 1) + 1]);
  }
  pmovsxdq(dst: number, src: number): void {
    this.#quadwords(dst, this.i32[src >> 2], this.i32[(src >> 2) + 1]);
  }
  #quadwords(dst: number, low: number, high: number): void {
    const s = this.i32;
    const d = dst >> 2;
    s[d] = low;
    s[d + 1] = low >> 31;
    s[d + 2] = high;
    s[d + 3] = high >> 31;
  }
  pmovzxbw(dst: number, src: number): void {
    for (let i = 7; i >= 0; i--) this.u16[(dst >> 1) + i] = this.u8[src + i];
  }
  pmovzxbd(dst: number, src: number): void {
    for (let i = 3; i >= 0; i--) this.i32[(dst >> 2) + i] = this.u8[src + i];
  }
  pmovzxwd(dst: number, src: number): void {
    for (let i = 3; i >= 0; i--) this.i32[(dst >> 2) + i] = this.u16[(src >> 1) + i];
  }
  pmovzxbq(dst: number, src: number): void {
    this.#quadwords(dst, this.u8[src], this.u8[src + 1]);
  }
  pmovzxwq(dst: number, src: number): void {
    this.#quadwords(dst, this.u16[src >> 1], this.u16[(src >> 1) + 1]);
  }
  pmovzxdq(dst: number, src: number): void {
    const s = this.i32;
    const d = dst >> 2;
    s[d + 2] = s[(src >> 2) + 1];
    s[d] = s[src >> 2];
    s[d + 1] = 0;
    s[d + 3] = 0;
  }

  /** PINSRB. */
  pinsrb(dst: number, value: number, index: number): void {
    this.u8[dst + (index & 15)] = value;
  }
  /** INSERTPS: a single of `src` into one of `dst`, then zeros where the immediate's low bits say. */
  insertps(dst: number, src: number, from: number, immediate: number): void {
    const s = this.i32;
    const d = dst >> 2;
    s[d + ((immediate >> 4) & 3)] = s[(src >> 2) + from];
    for (let i = 0; i < 4; i++) if ((immediate & (1 << i)) !== 0) s[d + i] = 0;
  }
}
