import { PackedIntegers } from './packed-integer.ts';

/** Packed shifts by an unsigned count (SDM vol. 2, PSLLW/PSLLD/PSLLQ and their like): counts as large as the element clear it, or fill it with its sign. */
export class PackedShifts extends PackedIntegers {
  /** The count in the low 64 bits of an operand; anything above 63 gives 64. */
  shiftCount(src: number): number {
    const low = this.u32[src >> 2];
    return this.i32[(src >> 2) + 1] !== 0 || low > 63 ? 64 : low;
  }

  psllw(dst: number, count: number, bytes: number): void {
    const w = this.u16;
    for (let d = dst >> 1, end = d + (bytes >> 1); d < end; d++) w[d] = count > 15 ? 0 : w[d] << count;
  }
  psrlw(dst: number, count: number, bytes: number): void {
    const w = this.u16;
    for (let d = dst >> 1, end = d + (bytes >> 1); d < end; d++) w[d] = count > 15 ? 0 : w[d] >>> count;
  }
  psraw(dst: number, count: number, bytes: number): void {
    const w = this.i16;
    const by = count > 15 ? 15 : count;
    for (let d = dst >> 1, end = d + (bytes >> 1); d < end; d++) w[d] >>= by;
  }
  pslld(dst: number, count: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, end = d + (bytes >> 2); d < end; d++) s[d] = count > 31 ? 0 : s[d] << count;
  }
  psrld(dst: number, count: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, end = d + (bytes >> 2); d < end; d++) s[d] = count > 31 ? 0 : s[d] >>> count;
  }
  psrad(dst: number, count: number, bytes: number): void {
    const s = this.i32;
    const by = count > 31 ? 31 : count;
    for (let d = dst >> 2, end = d + (bytes >> 2); d < end; d++) s[d] >>= by;
  }
  psllq(dst: number, count: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, end = d + (bytes >> 2); d < end; d += 2) {
      const low = s[d];
      const high = s[d + 1];
      if (count > 63) s[d] = s[d + 1] = 0;
      else if (count > 31) {
        s[d + 1] = low << (count - 32);
        s[d] = 0;
      } else if (count > 0) {
        s[d + 1] = (high << count) | (low >>> (32 - count));
        s[d] = low << count;
      }
    }
  }
  psrlq(dst: number, count: number, bytes: number): void {
    const s = this.i32;
    for (let d = dst >> 2, end = d + (bytes >> 2); d < end; d += 2) {
      const low = s[d];
      const high = s[d + 1];
      if (count > 63) s[d] = s[d + 1] = 0;
      else if (count > 31) {
        s[d] = high >>> (count - 32);
        s[d + 1] = 0;
      } else if (count > 0) {
        s[d] = (low >>> count) | (high << (32 - count));
        s[d + 1] = high >>> count;
      }
    }
  }
}
