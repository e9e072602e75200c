import type { AccessSize } from '@ringzero/processor';
import type { MmioHandler } from '../bus/mmio-space.ts';
import type { BaseAddress, PciEndpoint } from './pci-endpoint.ts';

/** The table and the pending bits. The capability's control word is part of the function's configuration space. */
export interface MsiXState {
  /** Four doublewords for each vector. */
  readonly table: readonly number[];
  /** The vectors that wait for their mask to be taken away. */
  readonly pending: readonly number[];
}

const CAPABILITY_MSI_X = 0x11;
const CAPABILITY_BYTES = 12;
const CONTROL = 2;
const CONTROL_ENABLE = 0x8000;
const CONTROL_MASK = 0x4000;
const ENTRY_BYTES = 16;
const VECTOR_MASKED = 1;
const PENDING_OFFSET = 0x800;
const BASE_BYTES = 0x1000;
/** Messages to processors go to FEExxxxxh (SDM vol. 3A §11.11.1); elsewhere they would be ordinary writes, and are lost. */
const MESSAGE_AREA = 0xfee;

/**
 * Message-signalled interrupts with a table of vectors (PCI 3.0 §6.8.2). The table is in the first half of a base address of its
 * own, the pending bits in the second.
 */
export class MsiX implements MmioHandler {
  readonly vectors: number;
  readonly #send: (address: number, data: number) => void;
  readonly #table: Uint32Array;
  readonly #pending = new Set<number>();
  #endpoint: PciEndpoint | undefined;
  #capability = 0;

  constructor(vectors: number, send: (address: number, data: number) => void) {
    this.vectors = vectors;
    this.#send = send;
    this.#table = new Uint32Array(vectors * 4);
    this.reset();
  }

  /** What the function has to decode for it. */
  get base(): BaseAddress {
    return { kind: 'memory', size: BASE_BYTES, handler: this };
  }

  /** Adds the capability, which says that {@link base} is base address register `number`. */
  attach(endpoint: PciEndpoint, number: number): void {
    this.#endpoint = endpoint;
    const at = (this.#capability = endpoint.addCapability(CAPABILITY_MSI_X, CAPABILITY_BYTES));
    endpoint.initialize(at + CONTROL, 2, this.vectors - 1);
    endpoint.allow(at + CONTROL, 2, CONTROL_ENABLE | CONTROL_MASK);
    endpoint.initialize(at + 4, 4, number);
    endpoint.initialize(at + 8, 4, PENDING_OFFSET | number);
  }

  /** Whether software uses it, in place of the interrupt pin. */
  get isEnabled(): boolean {
    return (this.#control & CONTROL_ENABLE) !== 0;
  }

  /** Interrupts with `vector`; one that does not exist is lost. */
  raise(vector: number): void {
    if (vector >= this.vectors || !this.isEnabled) return;
    this.#pending.add(vector);
    this.#deliver(vector);
  }

  /** The control word was written: what waited for it goes out. */
  controlWritten(): void {
    for (const vector of [...this.#pending]) this.#deliver(vector);
  }

  /** Reads the table or the pending bits. */
  read(offset: number, size: AccessSize): number {
    return part(this.#readDoubleword(offset & ~3), offset & 3, size);
  }

  /** Writes the table. */
  write(offset: number, size: AccessSize, value: number): void {
    const index = offset >> 2;
    if (index >= this.#table.length) return;
    const shift = (offset & 3) * 8;
    const mask = (size === 4 ? -1 : size === 2 ? 0xffff : 0xff) << shift;
    this.#table[index] = (this.#table[index]! & ~mask) | ((value << shift) & mask);
    const vector = index >> 2;
    if (this.#pending.has(vector)) this.#deliver(vector);
  }

  /** Every vector masked, nothing pending. */
  reset(): void {
    this.#table.fill(0);
    for (let vector = 0; vector < this.vectors; vector++) this.#table[vector * 4 + 3] = VECTOR_MASKED;
    this.#pending.clear();
  }

  /** The table and the pending bits. */
  save(): MsiXState {
    return { table: [...this.#table], pending: [...this.#pending] };
  }

  /** Takes a saved table over. */
  restore(state: MsiXState): void {
    this.reset();
    this.#table.set(state.table.slice(0, this.#table.length));
    for (const vector of state.pending) if (vector < this.vectors) this.#pending.add(vector);
  }

  get #control(): number {
    return this.#endpoint?.read(this.#capability + CONTROL, 2) ?? 0;
  }

  #deliver(vector: number): void {
    const at = vector * (ENTRY_BYTES / 4);
    if ((this.#control & (CONTROL_ENABLE | CONTROL_MASK)) !== CONTROL_ENABLE || (this.#table[at + 3]! & VECTOR_MASKED) !== 0) return;
    this.#pending.delete(vector);
    const address = this.#table[at]!;
    if (address >>> 20 === MESSAGE_AREA && this.#table[at + 1] === 0) this.#send(address, this.#table[at + 2]!);
  }

  #readDoubleword(offset: number): number {
    if (offset < PENDING_OFFSET) return this.#table[offset >> 2] ?? 0;
    let bits = 0;
    const first = (offset - PENDING_OFFSET) * 8;
    for (const vector of this.#pending) if (vector >= first && vector < first + 32) bits |= 1 << (vector - first);
    return bits >>> 0;
  }
}

function part(value: number, byte: number, size: AccessSize): number {
  if (size === 4) return value;
  return (value >>> (byte * 8)) & (size === 2 ? 0xffff : 0xff);
}
