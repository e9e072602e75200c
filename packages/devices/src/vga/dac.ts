export interface DacState {
  /** Red, green and blue of 256 colours. */
  readonly colors: readonly number[];
  readonly mask: number;
  readonly readAddress: number;
  readonly writeAddress: number;
  /** The colour component next in turn, 0 for red. */
  readonly component: number;
  readonly isReading: boolean;
  readonly pending: readonly number[];
  readonly isEightBit: boolean;
}

const COLORS = 256;

/** The digital-to-analog converter with its 256 colour registers, of 6 bits a component, or of 8 where Bochs VBE asks for it. */
export class Dac {
  /** Red, green and blue of each colour. */
  readonly colors: Uint8Array = new Uint8Array(3 * COLORS);
  /** What pixel values are ANDed with. */
  mask = 0xff;
  /** Components have 8 bits. */
  isEightBit = false;
  #readAddress = 0;
  #writeAddress = 0;
  #component = 0;
  #isReading = false;
  /** Components of a colour take effect together, with the third. */
  readonly #pending = new Uint8Array(3);

  /** `register` counts from port 3C6h: mask, read address (or state), write address, data. */
  read(register: number): number {
    if (register === 0) return this.mask;
    if (register === 1) return this.#isReading ? 3 : 0;
    if (register === 2) return this.#writeAddress;
    const value = this.colors[3 * this.#readAddress + this.#component]!;
    if (++this.#component === 3) {
      this.#component = 0;
      this.#readAddress = (this.#readAddress + 1) & 0xff;
    }
    return value;
  }

  write(register: number, value: number): void {
    if (register === 0) {
      this.mask = value;
    } else if (register === 3) {
      this.#writeData(this.isEightBit ? value : value & 0x3f);
    } else {
      this.#isReading = register === 1;
      this.#component = 0;
      if (this.#isReading) this.#readAddress = value;
      else this.#writeAddress = value;
    }
  }

  /** Six-bit components, colours from the first on; the others become black. */
  load(colors: ArrayLike<number>): void {
    this.colors.fill(0);
    this.colors.set(colors);
    this.mask = 0xff;
    this.isEightBit = false;
    this.#readAddress = this.#writeAddress = this.#component = 0;
    this.#isReading = false;
    this.#pending.fill(0);
  }

  save(): DacState {
    return {
      colors: [...this.colors], mask: this.mask, readAddress: this.#readAddress, writeAddress: this.#writeAddress,
      component: this.#component, isReading: this.#isReading, pending: [...this.#pending], isEightBit: this.isEightBit,
    };
  }

  restore(state: DacState): void {
    this.load(state.colors);
    this.mask = state.mask & 0xff;
    this.isEightBit = state.isEightBit;
    this.#readAddress = state.readAddress & 0xff;
    this.#writeAddress = state.writeAddress & 0xff;
    this.#component = (state.component & 3) % 3;
    this.#isReading = state.isReading;
    this.#pending.set(state.pending);
  }

  #writeData(value: number): void {
    this.#pending[this.#component] = value;
    if (++this.#component < 3) return;
    this.#component = 0;
    this.colors.set(this.#pending, 3 * this.#writeAddress);
    this.#writeAddress = (this.#writeAddress + 1) & 0xff;
  }
}
