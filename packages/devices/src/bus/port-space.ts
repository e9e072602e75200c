import { RingzeroError } from '@ringzero/processor';
import { allOnes } from './device.ts';
import type { AccessSize } from '@ringzero/processor';

/**
 * Answers accesses to I/O ports. Values are unsigned and never wider than `size`.
 *
 * A handler that needs time returns a promise: the processor then waits at that very instruction.
 */
export interface PortHandler {
  /** IN: the value at a port. */
  read(port: number, size: AccessSize): number | Promise<number>;
  /** OUT: a value for a port. */
  write(port: number, size: AccessSize, value: number): void | Promise<void>;
}

/** A run of ports that one handler answers. */
export interface PortRange {
  /** First port. */
  readonly base: number;
  /** Number of ports. */
  readonly count: number;
  /** Access widths that the device decodes; bytes only if left out. Wider accesses arrive split. */
  readonly sizes?: readonly AccessSize[];
}

/** A claim on ports, to be given up when the device moves (PCI base addresses). */
export interface PortClaim {
  /** Gives the ports up. */
  release(): void;
}

const PORTS = 0x10000;
const MAX_CLAIMS = 255;

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/**
 * The 64 Ki I/O ports of one machine.
 *
 * Claims are kept per access width, because devices are decoded that way: the PCI address register is a doubleword at
 * CF8h, and the reset register a byte at CF9h, inside it. An access of a width that nobody claims at that port is
 * split into halves, lower address first, as a bus bridge does. Ports that nobody claims read as all ones and ignore writes.
 */
export class PortSpace implements PortHandler {
  readonly #handlers: (PortHandler | undefined)[] = [undefined];
  readonly #bytes = new Uint8Array(PORTS);
  readonly #words = new Uint8Array(PORTS);
  readonly #dwords = new Uint8Array(PORTS);

  /**
   * Gives `range` to `handler`.
   * @throws RingzeroError `port-conflict` if part of it is taken, `port-range` if it is not within 0–FFFFh.
   */
  claim(range: PortRange, handler: PortHandler): PortClaim {
    const { base, count, sizes = [1] } = range;
    if (!Number.isInteger(base) || !Number.isInteger(count) || base < 0 || count < 1 || base + count > PORTS) {
      throw new RingzeroError('port-range', `Ports ${hex(base)} + ${count}: expected a range within 0x0-0xffff`);
    }
    const taken = this.firstTaken(range);
    if (taken >= 0) throw new RingzeroError('port-conflict', `Port ${hex(taken)} is already claimed; expected a free port`);
    const slot = this.#freeSlot();
    this.#handlers[slot] = handler;
    this.#fill(range, sizes, slot);
    let held = true;
    return {
      release: (): void => {
        if (!held) return;
        held = false;
        this.#fill(range, sizes, 0);
        this.#handlers[slot] = undefined;
      },
    };
  }

  /** The first port of `range` that is taken at one of its widths, −1 if it could be claimed. */
  firstTaken(range: PortRange): number {
    const { base, count, sizes = [1] } = range;
    for (const size of sizes) {
      const table = this.#table(size);
      for (let port = base; port + size <= base + count; port++) if (table[port] !== 0) return port;
    }
    return -1;
  }

  read(port: number, size: AccessSize): number | Promise<number> {
    const handler = this.#handlers[this.#table(size)[port]!];
    if (handler !== undefined) return handler.read(port, size);
    if (size === 1) return 0xff;
    const half = size === 4 ? 2 : 1;
    const low = this.read(port, half);
    const upperPort = (port + half) & 0xffff;
    if (typeof low !== 'number') return this.#readUpper(low, upperPort, half);
    const high = this.read(upperPort, half);
    return typeof high === 'number' ? join(low, high, half) : high.then((value) => join(low, value, half));
  }

  write(port: number, size: AccessSize, value: number): void | Promise<void> {
    const handler = this.#handlers[this.#table(size)[port]!];
    if (handler !== undefined) return handler.write(port, size, value);
    if (size === 1) return;
    const half = size === 4 ? 2 : 1;
    const mask = allOnes(half);
    const upperPort = (port + half) & 0xffff;
    const upper = (value >>> (half * 8)) & mask;
    const pending = this.write(port, half, value & mask);
    if (pending !== undefined) return pending.then(() => this.write(upperPort, half, upper));
    return this.write(upperPort, half, upper);
  }

  async #readUpper(low: Promise<number>, port: number, half: 1 | 2): Promise<number> {
    const first = await low;
    return join(first, await this.read(port, half), half);
  }

  #table(size: AccessSize): Uint8Array {
    return size === 1 ? this.#bytes : size === 2 ? this.#words : this.#dwords;
  }

  #fill(range: PortRange, sizes: readonly AccessSize[], slot: number): void {
    for (const size of sizes) {
      const end = range.base + range.count - size + 1;
      if (end > range.base) this.#table(size).fill(slot, range.base, end);
    }
  }

  #freeSlot(): number {
    for (let slot = 1; slot < this.#handlers.length; slot++) if (this.#handlers[slot] === undefined) return slot;
    if (this.#handlers.length > MAX_CLAIMS) {
      throw new RingzeroError('port-claims', `More than ${MAX_CLAIMS} claims on I/O ports; expected fewer devices`);
    }
    return this.#handlers.length;
  }
}

function join(low: number, high: number, half: 1 | 2): number {
  return half === 2 ? (low | (high << 16)) >>> 0 : low | (high << 8);
}
