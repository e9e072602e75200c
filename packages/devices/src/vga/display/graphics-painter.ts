import type { DeviceMemory } from '@ringzero/guest-memory';
import type { Colors } from './colors.ts';
import { lineAt, type DisplayMode, type PixelFormat } from './display-mode.ts';
import { DirtyRectangle } from './rectangle.ts';
import { ROW_PAINTERS, rowBytes, type RowContext, type VideoMemory } from './row-painters.ts';

const PAGE_BYTES = 4096;
/** Room for pixels that panning shifts in. */
const PAN_ROOM = 8;

/** Paints graphics modes: only scan lines of which a page of memory was written. */
export class GraphicsPainter {
  readonly #memory: DeviceMemory;
  readonly #view: VideoMemory;
  /** Pages written since they were painted. */
  readonly #dirty: Uint8Array;
  #row = new Uint32Array(0);

  constructor(memory: DeviceMemory) {
    this.#memory = memory;
    const { bytes } = memory;
    this.#view = {
      bytes,
      halves: new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2),
      words: new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4),
    };
    this.#dirty = new Uint8Array(Math.ceil(bytes.length / PAGE_BYTES));
  }

  /** `isWhole` paints every line. Gives what was painted. */
  paint(target: Uint32Array, mode: DisplayMode & { readonly format: PixelFormat }, colors: Colors, planes: number, isWhole: boolean): DirtyRectangle {
    this.#dirty.fill(0);
    for (const page of this.#memory.takeDirty()) this.#dirty[page] = 1;
    const { width, height, dotsPerPixel } = mode;
    const pixels = Math.ceil(width / dotsPerPixel);
    if (this.#row.length < pixels + 2 * PAN_ROOM) this.#row = new Uint32Array(pixels + 2 * PAN_ROOM);
    const context: RowContext = { memory: this.#view, colors, addressMask: mode.addressMask, planes };
    const paintRow = ROW_PAINTERS[mode.format];
    const dirty = new DirtyRectangle();
    let painted = { y: -1, address: -1, panX: -1 };
    for (let y = 0; y < height; y++) {
      const { address, panX } = lineAt(mode, y);
      const count = pixels + panX;
      if (!isWhole && !this.#isWritten(address, rowBytes(mode.format, count), mode.addressMask)) continue;
      const at = y * width;
      dirty.add(0, y, width, y + 1);
      if (painted.address === address && painted.panX === panX) {
        target.copyWithin(at, painted.y * width, (painted.y + 1) * width);
        continue;
      }
      painted = { y, address, panX };
      const row = this.#row;
      paintRow(row, count, address, context);
      if (dotsPerPixel === 1) target.set(row.subarray(panX, panX + width), at);
      else for (let x = 0; x < width; x++) target[at + x] = row[panX + Math.floor(x / dotsPerPixel)]!;
    }
    return dirty;
  }

  /** Whether a page of these bytes, which may wrap, was written. */
  #isWritten(address: number, length: number, mask: number): boolean {
    for (let page = Math.floor(address / PAGE_BYTES); page * PAGE_BYTES < address + length; page++) {
      if (this.#dirty[Math.floor(((page * PAGE_BYTES) & mask) / PAGE_BYTES)] === 1) return true;
    }
    return false;
  }
}
