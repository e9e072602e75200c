import type { AccessSize } from '@ringzero/processor';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';

/** How a {@link DebugExit} is wired and set up. */
export interface DebugExitOptions {
  /** First of four ports; F4h if left out. */
  readonly port?: number;
  /** Called with `(value << 1) | 1`, the exit status that test guests expect of this device. */
  readonly onExit: (status: number) => void;
}

/** The port through which a test guest ends its run with a status. It has no state. */
export class DebugExit implements PortHandler {
  readonly #options: DebugExitOptions;

  constructor(options: DebugExitOptions) {
    this.#options = options;
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    space.claim({ base: this.#options.port ?? 0xf4, count: 4, sizes: [1, 2, 4] }, this);
  }

  read(): number {
    return 0;
  }

  write(_port: number, _size: AccessSize, value: number): void {
    this.#options.onExit(((value << 1) | 1) >>> 0);
  }
}
