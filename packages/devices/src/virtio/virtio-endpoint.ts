import type { AccessSize } from '@ringzero/processor';
import type { MmioHandler, MmioSpace } from '../bus/mmio-space.ts';
import type { PortSpace } from '../bus/port-space.ts';
import { PciEndpoint, type PciEndpointOptions } from '../pci/pci-endpoint.ts';

/** Where a structure of the modern interface is: in base address register `base`. */
export interface Structure {
  readonly type: number;
  readonly base: number;
  readonly offset: number;
  readonly length: number;
  /** The notification structure's multiplier. */
  readonly multiplier?: number;
}

const CAPABILITY_VENDOR = 9;
const CAPABILITY_BYTES = 16;
const TYPE_PCI_ACCESS = 5;
// Fields of the capability.
const BASE = 4;
const OFFSET = 8;
const LENGTH = 12;
const DATA = 16;

/** A PCI function with virtio's capabilities (virtio 1.2 §4.1.4), the window for firmware that cannot reach device memory among them. */
export class VirtioEndpoint extends PciEndpoint {
  readonly #window: { readonly base: number; readonly handler: MmioHandler } | undefined;
  #at = -1;

  /** `window`: what the configuration access window reaches, if the function has one. */
  constructor(spaces: { readonly ports: PortSpace; readonly mmio: MmioSpace }, options: PciEndpointOptions, structures: readonly Structure[], window?: { readonly base: number; readonly handler: MmioHandler }) {
    super(spaces, options);
    this.#window = window;
    for (const structure of structures) this.#addStructure(structure);
    if (window === undefined) return;
    this.#at = this.#addStructure({ type: TYPE_PCI_ACCESS, base: 0, offset: 0, length: 0, multiplier: 0 });
    this.allow(this.#at + BASE, 1, 0xff);
    this.allow(this.#at + OFFSET, 4, 0xffff_ffff);
    this.allow(this.#at + LENGTH, 4, 0xffff_ffff);
    this.allow(this.#at + DATA, 4, 0xffff_ffff);
  }

  override read(offset: number, size: AccessSize): number {
    if (this.#isData(offset)) {
      const target = this.#target();
      if (target !== undefined) super.write(this.#at + DATA, 4, target.handler.read(target.offset, target.size) as number);
    }
    return super.read(offset, size);
  }

  override write(offset: number, size: AccessSize, value: number): void {
    super.write(offset, size, value);
    if (!this.#isData(offset)) return;
    const target = this.#target();
    if (target !== undefined) void target.handler.write(target.offset, target.size, super.read(this.#at + DATA, target.size));
  }

  #isData(offset: number): boolean {
    return this.#at >= 0 && offset >= this.#at + DATA && offset < this.#at + DATA + 4;
  }

  /** The access that the window's fields describe; undefined unless they describe one. */
  #target(): { handler: MmioHandler; offset: number; size: AccessSize } | undefined {
    const window = this.#window;
    const length = super.read(this.#at + LENGTH, 4);
    const offset = super.read(this.#at + OFFSET, 4);
    if (window === undefined || super.read(this.#at + BASE, 1) !== window.base) return undefined;
    if ((length !== 1 && length !== 2 && length !== 4) || offset % length !== 0) return undefined;
    return { handler: window.handler, offset, size: length };
  }

  #addStructure({ type, base, offset, length, multiplier }: Structure): number {
    const bytes = CAPABILITY_BYTES + (multiplier === undefined ? 0 : 4);
    const at = this.addCapability(CAPABILITY_VENDOR, bytes);
    this.initialize(at + 2, 1, bytes);
    this.initialize(at + 3, 1, type);
    this.initialize(at + BASE, 1, base);
    this.initialize(at + OFFSET, 4, offset);
    this.initialize(at + LENGTH, 4, length);
    if (multiplier !== undefined) this.initialize(at + DATA, 4, multiplier);
    return at;
  }
}
