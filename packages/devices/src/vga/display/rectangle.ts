/** Part of a picture, in pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The smallest rectangle around all that was added. */
export class DirtyRectangle {
  #left = Infinity;
  #top = Infinity;
  #right = 0;
  #bottom = 0;

  /** `right` and `bottom` are just outside. */
  add(left: number, top: number, right: number, bottom: number): void {
    this.#left = Math.min(this.#left, left);
    this.#top = Math.min(this.#top, top);
    this.#right = Math.max(this.#right, right);
    this.#bottom = Math.max(this.#bottom, bottom);
  }

  /** Undefined if nothing was added. */
  get rectangle(): Rectangle | undefined {
    if (this.#right <= this.#left) return undefined;
    return { x: this.#left, y: this.#top, width: this.#right - this.#left, height: this.#bottom - this.#top };
  }
}
