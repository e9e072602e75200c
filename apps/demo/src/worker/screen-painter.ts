import { Vga } from '@ringzero/devices';
import type { Machine } from '@ringzero/machine';
import type { ScreenMode } from '../protocol/screen.ts';

/** 30 pictures a second. */
const FRAME_MS = 33;

/** Paints the guest's screen on the page's canvas, while someone sees it. */
export class ScreenPainter {
  readonly #machine: () => Machine | undefined;
  readonly #onMode: (mode: ScreenMode | undefined) => void;
  #context: OffscreenCanvasRenderingContext2D | undefined;
  #image: ImageData | undefined;
  #pixels: Uint32Array | undefined;
  #painted: Machine | undefined;
  #mode = '';
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onMode hears of another size or kind of screen; of none, when there is no machine with one. */
  constructor(machine: () => Machine | undefined, onMode: (mode: ScreenMode | undefined) => void) {
    this.#machine = machine;
    this.#onMode = onMode;
  }

  attach(canvas: OffscreenCanvas): void {
    this.#context = canvas.getContext('2d', { alpha: false }) ?? undefined;
    this.#painted = undefined;
  }

  /** Nothing is painted that nobody sees. */
  show(isShown: boolean): void {
    clearInterval(this.#timer);
    if (isShown) this.#timer = setInterval(() => this.#paint(), FRAME_MS);
  }

  /** The characters on the screen; empty in graphics modes. */
  text(): string {
    return this.#screen()?.text() ?? '';
  }

  #screen(): Vga['display'] | undefined {
    const device = this.#machine()?.device('vga');
    return device instanceof Vga ? device.display : undefined;
  }

  #paint(): void {
    const display = this.#screen();
    const context = this.#context;
    if (context === undefined) return;
    if (display === undefined) {
      this.#tell(undefined);
      return;
    }
    const { height, isText, width } = display;
    this.#tell({ width, height, isText });
    const { canvas } = context;
    if (this.#image === undefined || canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
      this.#image = new ImageData(width, height);
      this.#pixels = new Uint32Array(this.#image.data.buffer);
    } else if (this.#painted !== this.#machine()) {
      display.invalidate();
    }
    this.#painted = this.#machine();
    const changed = display.render(this.#pixels!);
    if (changed !== undefined) context.putImageData(this.#image, 0, 0, changed.x, changed.y, changed.width, changed.height);
  }

  #tell(mode: ScreenMode | undefined): void {
    const text = JSON.stringify(mode ?? null);
    if (text === this.#mode) return;
    this.#mode = text;
    this.#onMode(mode);
  }
}
