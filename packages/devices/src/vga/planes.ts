import type { DeviceMemory } from '@ringzero/guest-memory';
import {
  BIT_MASK,
  COLOR_COMPARE,
  COLOR_DONT_CARE,
  DATA_ROTATE,
  ENABLE_SET_RESET,
  GRAPHICS_MODE,
  MAP_MASK,
  MEMORY_MODE,
  MISCELLANEOUS_GRAPHICS,
  READ_MAP_SELECT,
  SET_RESET,
  type VgaRegisters,
} from './registers.ts';

/** Bytes of all four planes at one address, from a bit for each plane: plane p is byte p. */
const PLANES = Int32Array.from({ length: 16 }, (_, bits) => ((bits & 1) * 0xff) | ((bits & 2) * 0x7f80) | ((bits & 4) * 0x3fc000) | ((bits & 8) * 0x1fe00000));
const EVERY_PLANE = 0x01010101;

const RAM_ENABLE = 0x02;
const CHAIN_4 = 0x08;
const ODD_EVEN_OFF = 0x04;
const HOST_ODD_EVEN = 0x10;
const COMPARE = 0x08;
const ALL_PLANES = 0x0f;

/** Where A0000h–BFFFFh is decoded, as offsets from A0000h, by the memory map select. */
const WINDOWS: readonly { readonly start: number; readonly length: number }[] = [
  { start: 0x0_0000, length: 0x2_0000 },
  { start: 0x0_0000, length: 0x1_0000 },
  { start: 0x1_0000, length: 0x8000 },
  { start: 0x1_8000, length: 0x8000 },
];

/**
 * Video memory as processors see it at A0000h–BFFFFh: four planes, with the graphics controller between them and the bus (PS/2
 * reference, "Graphics controller"). Byte p of the word at address a is plane p, so that the addresses of a linear mode run on.
 */
export class Planes {
  readonly #registers: VgaRegisters;
  readonly #memory: DeviceMemory;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  /** The 64 KB bank of Bochs VBE in the window, as an offset. */
  bankOffset = 0;
  /** What the last read found. */
  latch = 0;

  constructor(registers: VgaRegisters, memory: DeviceMemory) {
    this.#registers = registers;
    this.#memory = memory;
    this.#bytes = memory.bytes;
    this.#words = new Int32Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length / 4);
  }

  /** The window's place, and where in memory it begins, if accesses to it are plain ones; the processors may then have it mapped. */
  get linearWindow(): { readonly start: number; readonly length: number; readonly offset: number } | undefined {
    const { sequencer, graphics, miscellaneous } = this.#registers;
    const isPlain =
      (miscellaneous & RAM_ENABLE) !== 0 && (sequencer[MEMORY_MODE]! & CHAIN_4) !== 0 && sequencer[MAP_MASK] === ALL_PLANES &&
      (graphics[GRAPHICS_MODE]! & (COMPARE | 3)) === 0 && graphics[BIT_MASK] === 0xff && graphics[ENABLE_SET_RESET] === 0 && graphics[DATA_ROTATE] === 0;
    if (!isPlain) return undefined;
    const { start, length } = this.#window;
    return { start, length, offset: this.#bank };
  }

  /** `offset` counts from A0000h. */
  read(offset: number): number {
    const address = this.#decode(offset);
    if (address < 0) return 0xff;
    const { sequencer, graphics } = this.#registers;
    let plane = graphics[READ_MAP_SELECT]! & 3;
    let word = address;
    if ((sequencer[MEMORY_MODE]! & CHAIN_4) !== 0) {
      plane = address & 3;
      word = address >> 2;
    } else if ((graphics[GRAPHICS_MODE]! & HOST_ODD_EVEN) !== 0) {
      plane = (plane & 2) | (address & 1);
      word = address >> 1;
    }
    const planes = (this.latch = this.#words[word & (this.#words.length - 1)]!);
    if ((graphics[GRAPHICS_MODE]! & COMPARE) === 0) return (planes >>> (8 * plane)) & 0xff;
    const different = (planes ^ PLANES[graphics[COLOR_COMPARE]!]!) & PLANES[graphics[COLOR_DONT_CARE]!]!;
    const folded = different | (different >>> 16);
    return ~(folded | (folded >>> 8)) & 0xff;
  }

  write(offset: number, value: number): void {
    const address = this.#decode(offset);
    if (address < 0) return;
    const { sequencer } = this.#registers;
    const memoryMode = sequencer[MEMORY_MODE]!;
    let planes = sequencer[MAP_MASK]!;
    let word = address;
    if ((memoryMode & CHAIN_4) !== 0) {
      planes &= 1 << (address & 3);
      word = address >> 2;
    } else if ((memoryMode & ODD_EVEN_OFF) === 0) {
      planes &= (address & 1) === 0 ? 5 : 10;
      word = address >> 1;
    }
    word &= this.#words.length - 1;
    const mask = PLANES[planes]!;
    const result = this.#combine(value);
    this.#words[word] = (this.#words[word]! & ~mask) | (result & mask);
    this.#memory.noteWrite(4 * word, 4);
  }

  /** What the graphics controller makes of a written byte: a byte for each plane. */
  #combine(value: number): number {
    const { graphics } = this.#registers;
    const { latch } = this;
    const mode = graphics[GRAPHICS_MODE]! & 3;
    if (mode === 1) return latch;
    const rotate = graphics[DATA_ROTATE]! & 7;
    const rotated = ((value >> rotate) | (value << (8 - rotate))) & 0xff;
    const setReset = PLANES[graphics[SET_RESET]!]!;
    let bits = graphics[BIT_MASK]!;
    let data: number;
    if (mode === 0) {
      const fixed = PLANES[graphics[ENABLE_SET_RESET]!]!;
      data = (Math.imul(rotated, EVERY_PLANE) & ~fixed) | (setReset & fixed);
    } else if (mode === 2) {
      data = PLANES[value & 15]!;
    } else {
      data = setReset;
      bits &= rotated;
    }
    const operation = graphics[DATA_ROTATE]! >> 3;
    if (operation === 1) data &= latch;
    else if (operation === 2) data |= latch;
    else if (operation === 3) data ^= latch;
    const mask = Math.imul(bits, EVERY_PLANE);
    return (data & mask) | (latch & ~mask);
  }

  get #window(): { readonly start: number; readonly length: number } {
    return WINDOWS[(this.#registers.graphics[MISCELLANEOUS_GRAPHICS]! >> 2) & 3]!;
  }

  /** The bank counts where the window has the size of one. */
  get #bank(): number {
    return this.#window.length === 0x1_0000 ? this.bankOffset & (this.#bytes.length - 1) : 0;
  }

  /** The address in the window, bank included; −1 outside it. */
  #decode(offset: number): number {
    const { start, length } = this.#window;
    const address = offset - start;
    if (address < 0 || address >= length || (this.#registers.miscellaneous & RAM_ENABLE) === 0) return -1;
    return address + this.#bank;
  }
}
