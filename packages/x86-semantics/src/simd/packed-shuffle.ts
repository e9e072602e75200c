import { PackedShifts } from './packed-shift.ts';
import { toInt16, toInt8, toUint16, toUint8 } from './saturate.ts';

/** Bytes of each operand in the copies. */
export const SOURCE_BYTES = 16;

/** Packing, and shuffling of words (SDM vol. 1 §9.4.4, §10.4.4). Operands may be the same register. */
export class PackedShuffles extends PackedShifts {
  /** Copies of both operands, the destination first, as bytes, signed words and doublewords. */
  protected readonly copied: Uint8Array = new Uint8Array(2 * SOURCE_BYTES);
  protected readonly copiedInt16: Int16Array = new Int16Array(this.copied.buffer);
  protected readonly copiedInt32: Int32Array = new Int32Array(this.copied.buffer);

  protected copy(dst: number, src: number): void {
    const a = this.copiedInt32;
    const s = this.i32;
    const d = dst >> 2;
    const r = src >> 2;
    a[0] = s[d];
    a[1] = s[d + 1];
    a[2] = s[d + 2];
    a[3] = s[d + 3];
    a[4] = s[r];
    a[5] = s[r + 1];
    a[6] = s[r + 2];
    a[7] = s[r + 3];
  }

  packsswb(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt16;
    const half = bytes >> 1;
    for (let i = 0; i < half; i++) {
      this.i8[dst + i] = toInt8(a[i]);
      this.i8[dst + half + i] = toInt8(a[8 + i]);
    }
  }
  packuswb(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt16;
    const half = bytes >> 1;
    for (let i = 0; i < half; i++) {
      this.u8[dst + i] = toUint8(a[i]);
      this.u8[dst + half + i] = toUint8(a[8 + i]);
    }
  }
  packssdw(dst: number, src: number, bytes: number): void {
    this.copy(dst, src);
    const a = this.copiedInt32;
    const d = dst >> 1;
    const half = bytes >> 2;
    for (let i = 0; i < half; i++) {
      this.i16[d + i] = toInt16(a[i]);
      this.i16[d + half + i] = toInt16(a[4 + i]);
    }
  }

  /** PACKUSDW. */
  packusdw(dst: number, src: number): void {
    this.copy(dst, src);
    const a = this.copiedInt32;
    const d = dst >> 1;
    for (let i = 0; i < 8; i++) this.u16[d + i] = toUint16(a[i]);
  }

  /** PSHUFW and, eight bytes at a time, PSHUFLW and PSHUFHW: four words selected by two bits of `order` each. */
  pshufw(dst: number, src: number, order: number): void {
    const w = this.u16;
    const r = src >> 1;
    const d = dst >> 1;
    const w0 = w[r + (order & 3)];
    const w1 = w[r + ((order >> 2) & 3)];
    const w2 = w[r + ((order >> 4) & 3)];
    const w3 = w[r + ((order >> 6) & 3)];
    w[d] = w0;
    w[d + 1] = w1;
    w[d + 2] = w2;
    w[d + 3] = w3;
  }
  /** PSHUFLW. */
  pshuflw(dst: number, src: number, order: number): void {
    this.pshufw(dst, src, order);
    this.move8(dst + 8, src + 8);
  }
  /** PSHUFHW. */
  pshufhw(dst: number, src: number, order: number): void {
    this.pshufw(dst + 8, src + 8, order);
    this.move8(dst, src);
  }
}
