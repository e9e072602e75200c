import { wireOf, type PciBus, type PciFunction, type PortSpace } from '@ringzero/devices';

/** The ISA lines to which firmware routes PIRQA# to PIRQD#, level-triggered. The ACPI tables say the same. */
export const PIRQ_LINES: readonly number[] = [10, 10, 11, 11];

// Where base address registers are placed: within what the DSDT says the bridge passes on.
const FIRST_PORT = 0xc000;
const LAST_PORT = 0xffff;
const FIRST_ADDRESS = 0xe000_0000;
const LAST_ADDRESS = 0xfebf_ffff;

// Configuration registers (PCI 2.1 §6).
const ID = 0x00;
const COMMAND = 0x04;
const COMMAND_DECODE = 3;
const BASE_0 = 0x10;
const BASES = 6;
const ROM_BASE = 0x30;
const INTERRUPT_LINE = 0x3c;
const INTERRUPT_PIN = 0x3d;
const BASE_IO = 1;
const BASE_64_BITS = 4;
const ALL_ONES = 0xffff_ffff;

// The PIIX3's routing registers, and the ports that make ISA lines level-triggered.
const PIIX3 = 0x7000_8086;
const PIRQ_ROUTE = 0x60;
const EDGE_LEVEL = 0x4d0;

/** Hands out aligned pieces of a range of addresses. */
class Window {
  readonly #last: number;
  #next: number;

  constructor(first: number, last: number) {
    this.#next = first;
    this.#last = last;
  }

  /** `size` is a power of two. Undefined when there is no room. */
  take(size: number): number | undefined {
    const at = Math.ceil(this.#next / size) * size;
    if (at + size - 1 > this.#last) return undefined;
    this.#next = at + size;
    return at;
  }
}

/**
 * What a BIOS does to the PCI bus before it starts an operating system: base addresses, decoding, interrupt lines and their
 * routes. Expansion ROMs get an address and stay disabled.
 */
export function setUpPci(bus: PciBus, ports: PortSpace): void {
  const io = new Window(FIRST_PORT, LAST_PORT);
  const memory = new Window(FIRST_ADDRESS, LAST_ADDRESS);
  for (const { device, pciFunction } of bus.functions) {
    const command = pciFunction.read(COMMAND, 2);
    // While a register is asked for its size it holds no address.
    pciFunction.write(COMMAND, 2, command & ~COMMAND_DECODE);
    placeBases(pciFunction, io, memory);
    pciFunction.write(COMMAND, 2, command | COMMAND_DECODE);
    const pin = pciFunction.read(INTERRUPT_PIN, 1);
    // A line that is set already is wired: the power management function's is the SCI.
    if (pin !== 0 && pciFunction.read(INTERRUPT_LINE, 1) === 0) pciFunction.write(INTERRUPT_LINE, 1, PIRQ_LINES[wireOf(device, pin)]!);
    if (pciFunction.read(ID, 4) === PIIX3) PIRQ_LINES.forEach((line, wire) => pciFunction.write(PIRQ_ROUTE + wire, 1, line));
  }
  const level = PIRQ_LINES.reduce((mask, line) => mask | (1 << line), 0);
  void ports.write(EDGE_LEVEL, 1, level & 0xff);
  void ports.write(EDGE_LEVEL + 1, 1, level >> 8);
}

function placeBases(pciFunction: PciFunction, io: Window, memory: Window): void {
  for (let number = 0; number < BASES; number++) {
    const register = BASE_0 + 4 * number;
    const kind = pciFunction.read(register, 4);
    const isIo = (kind & BASE_IO) !== 0;
    place(pciFunction, register, isIo ? 3 : 15, isIo ? io : memory);
    // The upper half of a 64-bit address stays 0.
    if (!isIo && (kind & BASE_64_BITS) !== 0) number++;
  }
  place(pciFunction, ROM_BASE, 0x7ff, memory);
}

/** A register that takes no address, or finds no room, holds 0. */
function place(pciFunction: PciFunction, register: number, flags: number, window: Window): void {
  pciFunction.write(register, 4, (ALL_ONES & ~flags) >>> 0);
  const mask = (pciFunction.read(register, 4) & ~flags) >>> 0;
  const size = (~mask >>> 0) + 1;
  pciFunction.write(register, 4, mask === 0 ? 0 : (window.take(size) ?? 0));
}
