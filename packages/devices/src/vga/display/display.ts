import type { DeviceMemory } from '@ringzero/guest-memory';
import { RingzeroError, type VmClock } from '@ringzero/processor';
import { framesAt } from '../beam.ts';
import type { BochsVbe } from '../bochs-vbe.ts';
import { CLOCKING_MODE, COLOR_PLANE_ENABLE, type VgaRegisters } from '../registers.ts';
import { Colors } from './colors.ts';
import { displayModeOf, isSameMode, type DisplayMode, type PixelFormat } from './display-mode.ts';
import { GraphicsPainter } from './graphics-painter.ts';
import type { Rectangle } from './rectangle.ts';
import { TextPainter } from './text-painter.ts';
import { textLines } from './text-screen.ts';

const SCREEN_OFF = 0x20;
const BLACK = 0xff00_0000;

/** What the display reads of its adapter. */
export interface DisplaySource {
  readonly registers: VgaRegisters;
  readonly vbe: BochsVbe;
  readonly memory: DeviceMemory;
  readonly clock: VmClock;
}

/** The screen at an adapter, for the host. Looking at it changes nothing that the guest can see. */
export class Display {
  readonly #source: DisplaySource;
  readonly #colors = new Colors();
  readonly #text: TextPainter;
  readonly #graphics: GraphicsPainter;
  #mode: DisplayMode | undefined;
  #target: Uint32Array | undefined;
  #isBlank = false;

  constructor(source: DisplaySource) {
    this.#source = source;
    this.#text = new TextPainter(source.memory.bytes);
    this.#graphics = new GraphicsPainter(source.memory);
  }

  /** Size of the picture in pixels of the monitor. It changes with the guest's mode. */
  get width(): number {
    return this.#readMode().width;
  }

  /** Lines of the picture. */
  get height(): number {
    return this.#readMode().height;
  }

  /** Whether the screen shows text. */
  get isText(): boolean {
    return this.#readMode().format === 'text';
  }

  /** The characters on the screen, a line for each row, without blanks at the ends; empty in graphics modes. */
  text(): string {
    const mode = this.#readMode();
    return mode.format === 'text' ? textLines(mode, this.#source.memory.bytes).join('\n') : '';
  }

  /**
   * Brings the picture in `target` up to date: `width` times `height` pixels, row by row, in the words of `ImageData` (red in the
   * lowest byte, opaque). Gives what changed, or undefined. Only that is written, if `target` is the array of the last call.
   *
   * @throws RingzeroError `display-target` if it is too small for the mode that the guest is in now.
   */
  render(target: Uint32Array): Rectangle | undefined {
    const { registers } = this.#source;
    const mode = this.#readMode();
    const { width, height } = mode;
    if (target.length < width * height) {
      throw new RingzeroError('display-target', `picture of ${target.length} pixels: the screen has ${width}×${height}; expected ${width * height}`);
    }
    const isSame = this.#target === target && this.#mode !== undefined && isSameMode(this.#mode, this.#comparable(mode));
    this.#target = target;
    this.#mode = this.#comparable(mode);
    const wasBlank = this.#isBlank;
    this.#isBlank = !registers.isPaletteOnScreen || (registers.sequencer[CLOCKING_MODE]! & SCREEN_OFF) !== 0;
    if (this.#isBlank) return this.#paintBlack(target, width, height, !isSame || !wasBlank);
    const isNew = this.#colors.update(registers) || !isSame || wasBlank;
    if (mode.format === 'text') return this.#text.paint(target, mode, registers, this.#colors, framesAt(registers, this.#source.clock.now()), isNew).rectangle;
    const planes = this.#source.vbe.isEnabled ? 15 : registers.attribute[COLOR_PLANE_ENABLE]!;
    return this.#graphics.paint(target, mode as DisplayMode & { readonly format: PixelFormat }, this.#colors, planes, isNew).rectangle;
  }

  /** The next picture is painted whole: memory or registers were replaced. */
  invalidate(): void {
    this.#mode = undefined;
  }

  #readMode(): DisplayMode {
    const { registers, vbe, memory } = this.#source;
    return displayModeOf(registers, vbe, memory.bytes.length);
  }

  /** Text is compared by cell: where it starts does not matter. */
  #comparable(mode: DisplayMode): DisplayMode {
    return mode.format === 'text' ? { ...mode, start: 0 } : mode;
  }

  #paintBlack(target: Uint32Array, width: number, height: number, isNew: boolean): Rectangle | undefined {
    // What was black stays so.
    if (!isNew) return undefined;
    target.fill(BLACK, 0, width * height);
    return { x: 0, y: 0, width, height };
  }
}
