import type { AccessSize } from '@ringzero/processor';
import type { Device } from '../bus/device.ts';
import type { PortSpace } from '../bus/port-space.ts';

/** How a {@link DebugPorts} is wired and set up. */
export interface DebugPortsOptions {
  /** The power-on self-test code port; 80h if left out. */
  readonly postPort?: number;
  /** Called with each POST code. */
  readonly onPostCode?: (code: number) => void;
  /** Debug consoles, which read back E9h, as guests and firmware probe them; none if left out. */
  readonly consolePorts?: readonly number[];
  readonly onConsole?: (byte: number, port: number) => void;
  /** Further ports whose writes are reported; a port already served by a device cannot be among them. */
  readonly logPorts?: readonly number[];
  readonly onLog?: (port: number, size: AccessSize, value: number) => void;
}

/** What a save of {@link DebugPorts} keeps. */
export interface DebugPortsState {
  readonly postCode: number;
}

const CONSOLE_READBACK = 0xe9;

/** Ports for diagnostics: POST codes, a debug console, and logged ports. */
export class DebugPorts implements Device<DebugPortsState> {
  readonly #options: DebugPortsOptions;
  #postCode = 0;

  constructor(options: DebugPortsOptions = {}) {
    this.#options = options;
  }

  /** The last POST code. */
  get postCode(): number {
    return this.#postCode;
  }

  /** Claims its ports. */
  attach(space: PortSpace): void {
    const { postPort = 0x80, onPostCode, consolePorts = [], onConsole, logPorts = [], onLog } = this.#options;
    const logged = new Set(logPorts);
    space.claim({ base: postPort, count: 1 }, {
      read: () => this.#postCode,
      write: (port, size, value) => {
        this.#postCode = value;
        onPostCode?.(value);
        if (logged.has(port)) onLog?.(port, size, value);
      },
    });
    for (const base of consolePorts) {
      space.claim({ base, count: 1 }, {
        read: () => CONSOLE_READBACK,
        write: (port, size, value) => {
          onConsole?.(value, port);
          if (logged.has(port)) onLog?.(port, size, value);
        },
      });
    }
    for (const base of logged) {
      if (base === postPort || consolePorts.includes(base)) continue;
      // A word or doubleword written to a logged port is one value, so it is claimed at every width.
      for (const size of [1, 2, 4] as const) {
        space.claim({ base, count: size, sizes: [size] }, {
          read: () => 2 ** (8 * size) - 1,
          write: (port, width, value) => onLog?.(port, width, value),
        });
      }
    }
  }

  reset(): void {
    this.#postCode = 0;
  }

  save(): DebugPortsState {
    return { postCode: this.#postCode };
  }

  restore(state: DebugPortsState): void {
    this.#postCode = state.postCode;
  }
}
