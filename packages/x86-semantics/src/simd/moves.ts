import { VectorState } from './vector-state.ts';

/** Data movement between vector registers (SDM vol. 1 §9.4.1, §10.4.1.1, §11.4.1.1). */
export class VectorMoves extends VectorState {
  /** Copies 8 bytes; what lies above them stays. */
  move8(dst: number, src: number): void {
    const s = this.i32;
    const d = dst >> 2;
    const r = src >> 2;
    s[d] = s[r];
    s[d + 1] = s[r + 1];
  }

  /** Clears bits 127:64. */
  clearHigh(dst: number): void {
    const s = this.i32;
    const d = dst >> 2;
    s[d + 2] = 0;
    s[d + 3] = 0;
  }

  /** PMOVMSKB: the sign of each of `bytes` bytes. */
  pmovmskb(src: number, bytes: number): number {
    let mask = 0;
    const s = this.i32;
    const r = src >> 2;
    for (let i = 0; i < bytes >> 2; i++) {
      const signs = s[r + i] & 0x80808080;
      mask |= (((signs >>> 7) | (signs >>> 14) | (signs >>> 21) | (signs >>> 28)) & 15) << (4 * i);
    }
    return mask;
  }

  /** MOVMSKPS. */
  movmskps(src: number): number {
    const s = this.i32;
    const r = src >> 2;
    return (s[r] >>> 31) | ((s[r + 1] >>> 31) << 1) | ((s[r + 2] >>> 31) << 2) | ((s[r + 3] >>> 31) << 3);
  }

  /** MOVMSKPD. */
  movmskpd(src: number): number {
    const s = this.i32;
    const r = src >> 2;
    return (s[r + 1] >>> 31) | ((s[r + 3] >>> 31) << 1);
  }

  /** PINSRW: word `index` of `count` words becomes `value`. */
  pinsrw(dst: number, value: number, index: number, count: number): void {
    this.u16[(dst >> 1) + (index & (count - 1))] = value;
  }

  /** PEXTRW. */
  pextrw(src: number, index: number, count: number): number {
    return this.u16[(src >> 1) + (index & (count - 1))];
  }

  /** One byte of a register (MASKMOVQ, MASKMOVDQU). */
  byteAt(src: number, index: number): number {
    return this.u8[src + index];
  }
}
