import { Dac, type DacState } from './dac.ts';

// Registers by the names of IBM's PS/2 Video Subsystem Technical Reference (1992), "VGA function".

/** Sequencer. */
export const CLOCKING_MODE = 1;
export const MAP_MASK = 2;
export const CHARACTER_MAP_SELECT = 3;
export const MEMORY_MODE = 4;

/** Graphics controller. */
export const SET_RESET = 0;
export const ENABLE_SET_RESET = 1;
export const COLOR_COMPARE = 2;
export const DATA_ROTATE = 3;
export const READ_MAP_SELECT = 4;
export const GRAPHICS_MODE = 5;
export const MISCELLANEOUS_GRAPHICS = 6;
export const COLOR_DONT_CARE = 7;
export const BIT_MASK = 8;

/** CRT controller. */
export const HORIZONTAL_TOTAL = 0x00;
export const HORIZONTAL_DISPLAY_END = 0x01;
export const VERTICAL_TOTAL = 0x06;
export const OVERFLOW = 0x07;
export const PRESET_ROW_SCAN = 0x08;
export const MAXIMUM_SCAN_LINE = 0x09;
export const CURSOR_START = 0x0a;
export const CURSOR_END = 0x0b;
export const START_ADDRESS_HIGH = 0x0c;
export const START_ADDRESS_LOW = 0x0d;
export const CURSOR_LOCATION_HIGH = 0x0e;
export const CURSOR_LOCATION_LOW = 0x0f;
export const VERTICAL_RETRACE_START = 0x10;
export const VERTICAL_RETRACE_END = 0x11;
export const VERTICAL_DISPLAY_END = 0x12;
export const OFFSET = 0x13;
export const UNDERLINE_LOCATION = 0x14;
export const MODE_CONTROL = 0x17;
export const LINE_COMPARE = 0x18;

/** Attribute controller. */
export const ATTRIBUTE_MODE_CONTROL = 0x10;
export const COLOR_PLANE_ENABLE = 0x12;
export const HORIZONTAL_PANNING = 0x13;
export const COLOR_SELECT = 0x14;

const SEQUENCER_MASKS = Uint8Array.of(0x03, 0x3d, 0x0f, 0x3f, 0x0e);
const GRAPHICS_MASKS = Uint8Array.of(0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff);
const CRTC_MASKS = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0x3f, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xef, 0xff);
const ATTRIBUTE_MASKS = Uint8Array.of(...new Array<number>(16).fill(0x3f), 0xef, 0xff, 0x3f, 0x0f, 0x0f);
/** CR11: CR00–CR07 are read-only but for the line compare bit. */
const PROTECT = 0x80;
const LINE_COMPARE_BIT_8 = 0x10;
/** Attribute address: the palette belongs to the screen, not to the processor. */
const PALETTE_TO_SCREEN = 0x20;
const COLOR_PORTS = 0x01;
/** Monochrome CRT controller ports are this far below the others. */
const MONOCHROME_DISTANCE = 0x20;

export interface VgaRegistersState {
  readonly miscellaneous: number;
  readonly featureControl: number;
  readonly sequencer: readonly number[];
  readonly graphics: readonly number[];
  readonly crtc: readonly number[];
  readonly attribute: readonly number[];
  /** Index registers of the four. */
  readonly indices: readonly number[];
  readonly attributeData: boolean;
  readonly dac: DacState;
}

/** The VGA's registers behind ports 3B4h–3DFh. */
export class VgaRegisters {
  readonly sequencer: Uint8Array = new Uint8Array(SEQUENCER_MASKS.length);
  readonly graphics: Uint8Array = new Uint8Array(GRAPHICS_MASKS.length);
  readonly crtc: Uint8Array = new Uint8Array(CRTC_MASKS.length);
  readonly attribute: Uint8Array = new Uint8Array(ATTRIBUTE_MASKS.length);
  readonly dac: Dac = new Dac();
  miscellaneous = 0;
  #featureControl = 0;
  #sequencerIndex = 0;
  #graphicsIndex = 0;
  #crtcIndex = 0;
  #attributeIndex = 0;
  /** Port 3C0h takes data next, not an index. */
  #attributeData = false;
  readonly #inputStatus: () => number;

  /** `inputStatus` gives what input status register 1 shows of the beam. */
  constructor(inputStatus: () => number) {
    this.#inputStatus = inputStatus;
  }

  /** Whether the screen has the palette: while software loads it, nothing is shown. */
  get isPaletteOnScreen(): boolean {
    return (this.#attributeIndex & PALETTE_TO_SCREEN) !== 0;
  }

  read(port: number): number {
    if (port < 0x3c0 || port >= 0x3d0) return this.#readCrtcPort(port);
    switch (port) {
      case 0x3c0:
        return this.#attributeIndex;
      case 0x3c1:
        return this.attribute[this.#attributeIndex & 0x1f] ?? 0;
      case 0x3c2:
        // Input status 0: no interrupt, no monitor sense.
        return 0;
      case 0x3c3:
        return 1;
      case 0x3c4:
        return this.#sequencerIndex;
      case 0x3c5:
        return this.sequencer[this.#sequencerIndex] ?? 0;
      case 0x3c6:
      case 0x3c7:
      case 0x3c8:
      case 0x3c9:
        return this.dac.read(port - 0x3c6);
      case 0x3ca:
        return this.#featureControl;
      case 0x3cc:
        return this.miscellaneous;
      case 0x3ce:
        return this.#graphicsIndex;
      case 0x3cf:
        return this.graphics[this.#graphicsIndex] ?? 0;
      default:
        return 0xff;
    }
  }

  write(port: number, value: number): void {
    if (port < 0x3c0 || port >= 0x3d0) return this.#writeCrtcPort(port, value);
    switch (port) {
      case 0x3c0:
        if (!this.#attributeData) this.#attributeIndex = value & 0x3f;
        else store(this.attribute, ATTRIBUTE_MASKS, this.#attributeIndex & 0x1f, value);
        this.#attributeData = !this.#attributeData;
        return;
      case 0x3c2:
        this.miscellaneous = value;
        return;
      case 0x3c4:
        this.#sequencerIndex = value & 0x07;
        return;
      case 0x3c5:
        return store(this.sequencer, SEQUENCER_MASKS, this.#sequencerIndex, value);
      case 0x3c6:
      case 0x3c7:
      case 0x3c8:
      case 0x3c9:
        return this.dac.write(port - 0x3c6, value);
      case 0x3ce:
        this.#graphicsIndex = value & 0x0f;
        return;
      case 0x3cf:
        return store(this.graphics, GRAPHICS_MASKS, this.#graphicsIndex, value);
      default:
        return;
    }
  }

  /** All registers but the DAC's, as a table of a video mode has them. */
  load(mode: { readonly miscellaneous: number; readonly sequencer: readonly number[]; readonly crtc: readonly number[]; readonly graphics: readonly number[]; readonly attribute: readonly number[] }): void {
    this.miscellaneous = mode.miscellaneous & 0xff;
    // Masked as software's writes are: a saved state may come from anywhere.
    mode.sequencer.forEach((value, index) => store(this.sequencer, SEQUENCER_MASKS, index, value));
    mode.crtc.forEach((value, index) => store(this.crtc, CRTC_MASKS, index, value));
    mode.graphics.forEach((value, index) => store(this.graphics, GRAPHICS_MASKS, index, value));
    mode.attribute.forEach((value, index) => store(this.attribute, ATTRIBUTE_MASKS, index, value));
    this.#featureControl = this.#sequencerIndex = this.#graphicsIndex = this.#crtcIndex = 0;
    this.#attributeIndex = PALETTE_TO_SCREEN;
    this.#attributeData = false;
  }

  save(): VgaRegistersState {
    return {
      miscellaneous: this.miscellaneous, featureControl: this.#featureControl, sequencer: [...this.sequencer], graphics: [...this.graphics],
      crtc: [...this.crtc], attribute: [...this.attribute], attributeData: this.#attributeData, dac: this.dac.save(),
      indices: [this.#sequencerIndex, this.#graphicsIndex, this.#crtcIndex, this.#attributeIndex],
    };
  }

  restore(state: VgaRegistersState): void {
    this.load(state);
    this.#featureControl = state.featureControl & 3;
    this.#sequencerIndex = state.indices[0]! & 0x07;
    this.#graphicsIndex = state.indices[1]! & 0x0f;
    this.#crtcIndex = state.indices[2]! & 0xff;
    this.#attributeIndex = state.indices[3]! & 0x3f;
    this.#attributeData = state.attributeData;
    this.dac.restore(state.dac);
  }

  /** A CRT controller port by its colour address; −1 where the adapter is set to the other addresses. */
  #decode(port: number): number {
    const isMonochrome = port < 0x3c0;
    if (isMonochrome === ((this.miscellaneous & COLOR_PORTS) !== 0)) return -1;
    return isMonochrome ? port + MONOCHROME_DISTANCE : port;
  }

  #readCrtcPort(port: number): number {
    switch (this.#decode(port)) {
      case 0x3d4:
        return this.#crtcIndex;
      case 0x3d5:
        return this.crtc[this.#crtcIndex] ?? 0;
      case 0x3da:
        this.#attributeData = false;
        return this.#inputStatus();
      default:
        return 0xff;
    }
  }

  #writeCrtcPort(port: number, value: number): void {
    switch (this.#decode(port)) {
      case 0x3d4:
        this.#crtcIndex = value;
        return;
      case 0x3d5:
        return this.#writeCrtc(this.#crtcIndex, value);
      case 0x3da:
        this.#featureControl = value & 3;
        return;
      default:
        return;
    }
  }

  #writeCrtc(index: number, value: number): void {
    if (index <= OVERFLOW && (this.crtc[VERTICAL_RETRACE_END]! & PROTECT) !== 0) {
      if (index === OVERFLOW) this.crtc[index] = (this.crtc[index]! & ~LINE_COMPARE_BIT_8) | (value & LINE_COMPARE_BIT_8);
      return;
    }
    store(this.crtc, CRTC_MASKS, index, value);
  }

}

function store(registers: Uint8Array, masks: Uint8Array, index: number, value: number): void {
  if (index < registers.length) registers[index] = value & masks[index]!;
}
