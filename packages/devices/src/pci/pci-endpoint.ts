import type { DeviceMemory } from '@ringzero/guest-memory';
import { RingzeroError, type AccessSize } from '@ringzero/processor';
import type { MmioHandler, MmioSpace } from '../bus/mmio-space.ts';
import type { PortHandler, PortSpace } from '../bus/port-space.ts';
import { ConfigurationSpace, type PciFunctionState, type PciIdentity } from './configuration-space.ts';
import type { PciFunction } from './pci-bus.ts';

/** What one base address register decodes. Sizes are powers of two: of ports at least 4, of memory at least 16 (4096 where processors map it). */
export type BaseAddress =
  /** Ports. The handler sees offsets from the base. */
  | { readonly kind: 'io'; readonly size: number; readonly handler: PortHandler; readonly sizes?: readonly AccessSize[] }
  /** Device memory. */
  | { readonly kind: 'memory'; readonly size: number; readonly handler: MmioHandler }
  /** Memory that processors reach like RAM. */
  | { readonly kind: 'mapped'; readonly size: number; readonly memory: DeviceMemory };

/** How a {@link PciEndpoint} is wired and set up. */
export interface PciEndpointOptions extends PciIdentity {
  readonly subsystemVendor?: number;
  readonly subsystem?: number;
  /** By number, 0–5. */
  readonly bases?: Readonly<Record<number, BaseAddress>>;
  /** Expansion ROM, of at most 64 KiB times a power of two; mapped read-only where the guest asks. */
  readonly rom?: Uint8Array;
  /** Called after software wrote configuration registers (not for what reset and restore change). */
  readonly onWrite?: (offset: number, size: AccessSize) => void;
}

const COMMAND = 0x04;
const COMMAND_IO = 1;
const COMMAND_MEMORY = 2;
const COMMAND_MASTER = 4;
const COMMAND_INTERRUPT_DISABLE = 0x400;
const STATUS = 0x06;
const STATUS_CAPABILITIES = 0x10;
const BASE_0 = 0x10;
const SUBSYSTEM_VENDOR = 0x2c;
const ROM_BASE = 0x30;
const ROM_ENABLE = 1;
const CAPABILITIES = 0x34;
const FIRST_CAPABILITY = 0x40;
const IO_SPACE = 1;
const PREFETCHABLE = 8;

interface Decoded {
  readonly address: number;
  release(): void;
}

/**
 * A PCI function with base address registers (PCI 2.1 §6.2.5), an expansion ROM and capabilities. Where software maps a register
 * over what another device answers, it is not decoded: a guest chooses these addresses, so that is no error.
 */
export class PciEndpoint extends ConfigurationSpace implements PciFunction {
  readonly #ports: PortSpace;
  readonly #mmio: MmioSpace;
  readonly #bases: readonly (readonly [register: number, base: BaseAddress])[];
  readonly #rom: Uint8Array | undefined;
  readonly #onWrite: ((offset: number, size: AccessSize) => void) | undefined;
  readonly #decoded = new Map<number, Decoded>();
  #nextCapability = FIRST_CAPABILITY;
  #lastPointer = CAPABILITIES;

  constructor(spaces: { readonly ports: PortSpace; readonly mmio: MmioSpace }, options: PciEndpointOptions) {
    super(options);
    this.#ports = spaces.ports;
    this.#mmio = spaces.mmio;
    this.#onWrite = options.onWrite;
    this.#rom = options.rom;
    this.#bases = Object.entries(options.bases ?? {}).map(([number, base]) => [BASE_0 + 4 * Number(number), base] as const);
    this.initialize(SUBSYSTEM_VENDOR, 2, options.subsystemVendor ?? 0);
    this.initialize(SUBSYSTEM_VENDOR + 2, 2, options.subsystem ?? 0);
    this.allow(COMMAND, 2, 0x0507);
    for (const [register, base] of this.#bases) {
      this.#requirePower(base.size, base.kind === 'io' ? 4 : base.kind === 'memory' ? 16 : 4096, register);
      this.initialize(register, 4, base.kind === 'io' ? IO_SPACE : base.kind === 'mapped' ? PREFETCHABLE : 0);
      this.allow(register, 4, ~(base.size - 1) >>> 0);
    }
    if (this.#rom !== undefined) {
      this.#requirePower(this.#romSize, 2048, ROM_BASE);
      this.allow(ROM_BASE, 4, (~(this.#romSize - 1) | ROM_ENABLE) >>> 0);
    }
  }

  /** Whether software lets the function read and write guest memory. */
  get isBusMaster(): boolean {
    return (this.read(COMMAND, 1) & COMMAND_MASTER) !== 0;
  }

  /** Whether software forbids the interrupt pin. */
  get isInterruptDisabled(): boolean {
    return (this.read(COMMAND, 2) & COMMAND_INTERRUPT_DISABLE) !== 0;
  }

  /** Where base address register `number` is decoded now; undefined where it is not. */
  addressOf(number: number): number | undefined {
    return this.#decoded.get(BASE_0 + 4 * number)?.address;
  }

  /**
   * Appends a capability (PCI 2.2 §6.7) of `id`, `length` bytes long with its header, and gives its offset. Its bytes are set by
   * `initialize` and `allow`.
   */
  addCapability(id: number, length: number): number {
    const offset = this.#nextCapability;
    if (offset + length > 0x100) throw new RingzeroError('pci-capabilities', `capability 0x${id.toString(16)} of ${length} bytes: ${0x100 - offset} are left`);
    this.initialize(STATUS, 1, STATUS_CAPABILITIES);
    this.initialize(this.#lastPointer, 1, offset);
    this.initialize(offset, 2, id);
    this.#lastPointer = offset + 1;
    this.#nextCapability = (offset + length + 3) & ~3;
    return offset;
  }

  /** Writes its configuration space; base addresses take effect at once. */
  override write(offset: number, size: AccessSize, value: number): void {
    super.write(offset, size, value);
    this.decode();
    this.#onWrite?.(offset, size);
  }

  /** The configuration after reset: nothing is decoded. */
  override reset(): void {
    super.reset();
    this.decode();
  }

  /** Takes a saved configuration over, and decodes where it says. */
  override restore(state: PciFunctionState): void {
    super.restore(state);
    this.decode();
  }

  /** Gives up all that it decodes. */
  release(): void {
    for (const decoded of this.#decoded.values()) decoded.release();
    this.#decoded.clear();
  }

  get #romSize(): number {
    return 2 ** Math.ceil(Math.log2(Math.max(2048, this.#rom?.length ?? 0)));
  }

  #requirePower(size: number, least: number, register: number): void {
    if (Number.isInteger(Math.log2(size)) && size >= least) return;
    throw new RingzeroError('pci-base', `PCI register 0x${register.toString(16)} for ${size} bytes: expected a power of two from ${least} on`);
  }

  /** Makes what is decoded agree with the registers. Those that move free their places first. */
  decode(): void {
    const wanted = new Map<number, { readonly address: number; readonly claim: (address: number) => (() => void) | undefined }>();
    const command = this.read(COMMAND, 1);
    for (const [register, base] of this.#bases) {
      const enabled = (command & (base.kind === 'io' ? COMMAND_IO : COMMAND_MEMORY)) !== 0;
      const address = this.read(register, 4) & ~(base.size - 1);
      if (enabled && address !== 0) wanted.set(register, { address: address >>> 0, claim: (at) => this.#claim(base, at) });
    }
    if (this.#rom !== undefined && (command & COMMAND_MEMORY) !== 0 && (this.read(ROM_BASE, 1) & ROM_ENABLE) !== 0) {
      const address = this.read(ROM_BASE, 4) & ~(this.#romSize - 1);
      if (address !== 0) wanted.set(ROM_BASE, { address: address >>> 0, claim: (at) => this.#claimMemory(at, this.#romSize, romHandler(this.#rom!)) });
    }
    for (const [register, decoded] of this.#decoded) {
      if (wanted.get(register)?.address === decoded.address) continue;
      decoded.release();
      this.#decoded.delete(register);
    }
    for (const [register, { address, claim }] of wanted) {
      if (this.#decoded.has(register)) continue;
      const release = claim(address);
      if (release !== undefined) this.#decoded.set(register, { address, release });
    }
  }

  /** Undefined where something else answers. */
  #claim(base: BaseAddress, address: number): (() => void) | undefined {
    if (base.kind === 'mapped') {
      base.memory.mapAt(address);
      return () => base.memory.mapAt(undefined);
    }
    if (base.kind === 'memory') return this.#claimMemory(address, base.size, base.handler);
    const range = { base: address, count: base.size, sizes: base.sizes ?? [1, 2, 4] as const };
    if (address + base.size > 0x1_0000 || this.#ports.firstTaken(range) >= 0) return undefined;
    const { handler } = base;
    const claim = this.#ports.claim(range, {
      read: (port, size) => handler.read(port - address, size),
      write: (port, size, value) => handler.write(port - address, size, value),
    });
    return () => claim.release();
  }

  #claimMemory(address: number, size: number, handler: MmioHandler): (() => void) | undefined {
    if (this.#mmio.overlaps({ base: address, size })) return undefined;
    const claim = this.#mmio.claim({ base: address, size }, handler);
    return () => claim.release();
  }
}

function romHandler(rom: Uint8Array): MmioHandler {
  return {
    read: (offset, size) => {
      let value = 0;
      for (let i = size - 1; i >= 0; i--) value = value * 256 + (rom[offset + i] ?? 0xff);
      return value;
    },
    write: () => undefined,
  };
}
