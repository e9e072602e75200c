export interface BochsVbeState {
  readonly registers: readonly number[];
  readonly index: number;
}

export const VBE_ID = 0;
export const VBE_XRES = 1;
export const VBE_YRES = 2;
export const VBE_BPP = 3;
export const VBE_ENABLE = 4;
export const VBE_BANK = 5;
export const VBE_VIRTUAL_WIDTH = 6;
export const VBE_VIRTUAL_HEIGHT = 7;
export const VBE_X_OFFSET = 8;
export const VBE_Y_OFFSET = 9;
export const VBE_MEMORY_64K = 10;
const REGISTERS = 10;

export const VBE_ENABLED = 0x01;
const GET_CAPABILITIES = 0x02;
const EIGHT_BIT_DAC = 0x20;
const KEEP_MEMORY = 0x80;

const OLDEST_ID = 0xb0c0;
const NEWEST_ID = 0xb0c5;
/** Largest picture: 32 bits a pixel of it fit in 16 MB. */
const MOST_WIDTH = 2560;
const MOST_HEIGHT = 1600;
const MOST_BITS = 32;
const DEPTHS: readonly number[] = [4, 8, 15, 16, 24, 32];
const BANK_BYTES = 0x1_0000;

/** What the adapter does when the registers ask for it. */
export interface BochsVbeOptions {
  /** Bytes of video memory. */
  readonly memoryBytes: number;
  /** A mode was set, or left; `clear` bytes of memory from 0 on become 0. */
  onMode(clear: number): void;
  onBank(offset: number): void;
  onEightBitDac(enabled: boolean): void;
}

/** Bytes of a line of `pixels`. */
function lineBytes(pixels: number, bits: number): number {
  return bits === 4 ? pixels >> 1 : pixels * ((bits + 7) >> 3);
}

/**
 * The registers of the Bochs VBE extension (ports 1CEh and 1CFh; Bochs, "VBE DISPI API"): pictures of any size and depth in linear
 * memory. Values that make no picture are brought to the nearest that do, while a mode is set.
 */
export class BochsVbe {
  readonly #options: BochsVbeOptions;
  readonly #registers = new Uint16Array(REGISTERS);
  /** The register at the data port. */
  index = 0;

  constructor(options: BochsVbeOptions) {
    this.#options = options;
    this.reset();
  }

  get isEnabled(): boolean {
    return (this.#registers[VBE_ENABLE]! & VBE_ENABLED) !== 0;
  }

  get width(): number {
    return this.#registers[VBE_XRES]!;
  }

  get height(): number {
    return this.#registers[VBE_YRES]!;
  }

  /** Bits a pixel. */
  get depth(): number {
    return this.#registers[VBE_BPP]!;
  }

  /** Bytes from line to line. */
  get stride(): number {
    return lineBytes(this.#registers[VBE_VIRTUAL_WIDTH]!, this.depth);
  }

  /** The offset in memory of the picture's first pixel. */
  get start(): number {
    const x = this.#registers[VBE_X_OFFSET]!;
    // With 4 bits a pixel, 8 pixels are four planes' bytes at one address.
    const within = this.depth === 4 ? (x >> 3) * 4 : lineBytes(x, this.depth);
    return this.#registers[VBE_Y_OFFSET]! * this.stride + within;
  }

  get bankOffset(): number {
    return this.#registers[VBE_BANK]! * BANK_BYTES;
  }

  read(index: number): number {
    if (index === VBE_MEMORY_64K) return this.#options.memoryBytes / BANK_BYTES;
    if ((this.#registers[VBE_ENABLE]! & GET_CAPABILITIES) !== 0) {
      if (index === VBE_XRES) return MOST_WIDTH;
      if (index === VBE_YRES) return MOST_HEIGHT;
      if (index === VBE_BPP) return MOST_BITS;
    }
    return this.#registers[index] ?? 0;
  }

  write(index: number, value: number): void {
    switch (index) {
      case VBE_ID:
        if (value >= OLDEST_ID && value <= NEWEST_ID) this.#registers[VBE_ID] = value;
        return;
      case VBE_XRES:
      case VBE_YRES:
      case VBE_BPP:
      case VBE_VIRTUAL_WIDTH:
      case VBE_X_OFFSET:
      case VBE_Y_OFFSET:
        this.#registers[index] = value;
        if (!this.isEnabled) return;
        this.#settle();
        return this.#options.onMode(0);
      case VBE_BANK:
        this.#registers[VBE_BANK] = value % (this.#options.memoryBytes / BANK_BYTES);
        return this.#options.onBank(this.bankOffset);
      case VBE_ENABLE:
        return this.#enable(value);
      default:
        return;
    }
  }

  reset(): void {
    this.index = 0;
    this.#registers.fill(0);
    this.#registers[VBE_ID] = NEWEST_ID;
  }

  save(): BochsVbeState {
    return { registers: [...this.#registers], index: this.index };
  }

  restore(state: BochsVbeState): void {
    this.index = state.index & 0xffff;
    this.#registers.set(state.registers.slice(0, REGISTERS));
    if (this.isEnabled) this.#settle();
  }

  #enable(value: number): void {
    const was = this.isEnabled;
    this.#registers[VBE_ENABLE] = value;
    this.#options.onEightBitDac((value & EIGHT_BIT_DAC) !== 0);
    if (was === this.isEnabled) return;
    this.#registers[VBE_BANK] = 0;
    this.#options.onBank(0);
    if (!this.isEnabled) return this.#options.onMode(0);
    this.#registers[VBE_VIRTUAL_WIDTH] = this.#registers[VBE_X_OFFSET] = this.#registers[VBE_Y_OFFSET] = 0;
    this.#settle();
    this.#options.onMode((value & KEEP_MEMORY) !== 0 ? 0 : this.height * this.stride);
  }

  /** Brings sizes and offsets to values at which the picture lies within memory. */
  #settle(): void {
    const registers = this.#registers;
    const { memoryBytes } = this.#options;
    const clamp = (index: number, least: number, most: number): number => (registers[index] = Math.min(Math.max(registers[index]!, least), most));
    if (!DEPTHS.includes(this.depth)) registers[VBE_BPP] = 8;
    registers[VBE_XRES]! &= ~7;
    const width = clamp(VBE_XRES, 8, MOST_WIDTH);
    registers[VBE_VIRTUAL_WIDTH]! &= ~7;
    clamp(VBE_VIRTUAL_WIDTH, width, 0xfff8);
    // A line has 256 KB at most, and memory 1 MB at least.
    const lines = Math.min(0xffff, Math.floor(memoryBytes / this.stride));
    const height = clamp(VBE_YRES, 1, Math.min(MOST_HEIGHT, lines));
    registers[VBE_VIRTUAL_HEIGHT] = lines;
    clamp(VBE_X_OFFSET, 0, registers[VBE_VIRTUAL_WIDTH]! - width);
    clamp(VBE_Y_OFFSET, 0, lines - height);
  }
}
