import type { BusMemory } from '../bus/slot.ts';
import { FEATURE_EVENT_IDX, FEATURE_INDIRECT, NO_VECTOR, Virtqueue, type VirtqueueState } from './virtqueue.ts';

/** What one kind of device puts behind a transport. */
export interface VirtioModel {
  /** Virtio's number for the kind (virtio 1.2 §5): 2 for a block device. */
  readonly kind: number;
  /** PCI class code. */
  readonly classCode: number;
  readonly queues: readonly QueueShape[];
  /** The feature bits of its kind that it offers, 0–23. */
  readonly features: readonly number[];
  /** The bytes of its configuration space as they are. */
  readonly config: Uint8Array;
  /** The driver wrote a byte of the configuration space. */
  writeConfig?(offset: number, value: number): void;
  /** There may be buffers in queue `index`. */
  process(index: number): void;
  /** The driver resets the device. */
  driverReset(): void;
}

/** How large a queue is, and what it may hold. */
export interface QueueShape {
  /** Entries at most: a power of two. */
  readonly size: number;
  /** Bytes that one buffer may have. */
  readonly maxChainBytes: number;
}

/** How a transport tells the driver something. */
export interface TransportHost {
  readonly memory: BusMemory;
  /** Whether the device may touch guest memory. */
  isBusMaster(): boolean;
  /** Reason (bits of the interrupt status) and MSI-X vector of an interrupt. */
  interrupt(reason: number, vector: number): void;
  /** The driver resets the device: no interrupt is pending any more. */
  driverReset(): void;
  log(message: string): void;
}

/** What a save of `VirtioTransport` keeps. */
export interface TransportState {
  readonly status: number;
  /** Low and high doubleword. */
  readonly driverFeatures: readonly [number, number];
  readonly featureSelect: number;
  readonly driverFeatureSelect: number;
  readonly queueSelect: number;
  readonly generation: number;
  readonly configVector: number;
  readonly queues: readonly VirtqueueState[];
}

export const FEATURE_VERSION_1 = 32;
const FEATURE_ANY_LAYOUT = 27;
const STATUS_DRIVER_OK = 4;
const STATUS_FEATURES_OK = 8;
const STATUS_NEEDS_RESET = 0x40;
/** Bits of the interrupt status. */
export const REASON_QUEUE = 1;
export const REASON_CONFIG = 2;

/** The part of a virtio device that does not depend on its kind nor on the bus (virtio 1.2 §2): status, features, queues. */
export class VirtioTransport {
  readonly model: VirtioModel;
  readonly queues: readonly Virtqueue[];
  readonly #host: TransportHost;
  readonly #offered: readonly [number, number];
  #driverFeatures: [number, number] = [0, 0];
  #status = 0;
  featureSelect = 0;
  driverFeatureSelect = 0;
  queueSelect = 0;
  configVector: number = NO_VECTOR;
  #generation = 0;

  /** `isLegacy`: the device has no modern interface. */
  constructor(model: VirtioModel, host: TransportHost, isLegacy: boolean) {
    this.model = model;
    this.#host = host;
    const features = [...model.features, FEATURE_ANY_LAYOUT, FEATURE_INDIRECT, FEATURE_EVENT_IDX, ...(isLegacy ? [] : [FEATURE_VERSION_1])];
    this.#offered = [bitsOf(features, 0), bitsOf(features, 32)];
    const queueHost = { memory: host.memory, hasFeature: (bit: number) => this.hasFeature(bit), onError: (message: string) => this.fail(message) };
    this.queues = model.queues.map(({ size, maxChainBytes }) => new Virtqueue(queueHost, size, maxChainBytes));
  }

  get status(): number {
    return this.#status;
  }

  get generation(): number {
    return this.#generation;
  }

  /** The queue that the driver selected, if there is one of that number. */
  get selected(): Virtqueue | undefined {
    return this.queues[this.queueSelect];
  }

  /** Whether the driver took feature `bit`. */
  hasFeature(bit: number): boolean {
    return (this.#driverFeatures[bit >> 5]! & (1 << (bit & 31))) !== 0;
  }

  /** 32 of the offered bits; the legacy interface sees the first 32 alone. */
  offeredFeatures(half: number): number {
    return this.#offered[half] ?? 0;
  }

  driverFeatures(half: number): number {
    return this.#driverFeatures[half] ?? 0;
  }

  /** After they are agreed on, they stay. */
  acceptFeatures(half: number, bits: number): void {
    if (half > 1 || (this.#status & STATUS_FEATURES_OK) !== 0) return;
    this.#driverFeatures[half] = bits;
  }

  /** The legacy interface has no agreement: what was not offered is ignored. */
  acceptLegacyFeatures(bits: number): void {
    this.acceptFeatures(0, (bits & this.#offered[0]) >>> 0);
  }

  /**
   * Writing 0 resets the device. The device clears FEATURES_OK where it cannot work with what the driver chose; a driver of the
   * modern interface has to choose VERSION_1.
   */
  writeStatus(value: number, isLegacy: boolean): void {
    if (value === 0) {
      this.reset();
      this.#host.driverReset();
      this.model.driverReset();
      return;
    }
    const before = this.#status;
    let next = (before & STATUS_NEEDS_RESET) | (value & ~STATUS_NEEDS_RESET);
    if ((next & ~before & STATUS_FEATURES_OK) !== 0 && !this.#agrees(isLegacy)) next &= ~STATUS_FEATURES_OK;
    this.#status = next;
    if ((next & ~before & STATUS_DRIVER_OK) !== 0) this.processAll();
  }

  /** The driver added buffers to queue `index`. */
  notify(index: number): void {
    if (this.queues[index]?.isEnabled === true && this.#isWorking) this.model.process(index);
  }

  processAll(): void {
    for (let index = 0; index < this.queues.length; index++) this.notify(index);
  }

  /** The next buffer of a queue, as far as the device may look. */
  pop(index: number): ReturnType<Virtqueue['pop']> {
    return this.#isWorking ? this.queues[index]?.pop() : undefined;
  }

  /** Whether the device may touch guest memory: what it was to write when it may not is lost. */
  get isBusMaster(): boolean {
    return this.#host.isBusMaster();
  }

  /** Gives a buffer back, and interrupts if the driver wants that. */
  complete(index: number, head: number, written: number): void {
    if (!this.isBusMaster) return;
    const queue = this.queues[index];
    if (queue?.push(head, written) === true) this.#host.interrupt(REASON_QUEUE, queue.vector);
  }

  /** The configuration space has changed. */
  configChanged(): void {
    this.#generation = (this.#generation + 1) & 0xff;
    if ((this.#status & STATUS_DRIVER_OK) !== 0) this.#host.interrupt(REASON_CONFIG, this.configVector);
  }

  /** The device cannot go on before the driver resets it. */
  fail(message: string): void {
    if ((this.#status & STATUS_NEEDS_RESET) !== 0) return;
    this.#host.log(`the driver broke a rule, and has to reset the device: ${message}`);
    this.#status |= STATUS_NEEDS_RESET;
    this.configChanged();
  }

  reset(): void {
    this.#status = 0;
    this.#driverFeatures = [0, 0];
    this.featureSelect = this.driverFeatureSelect = this.queueSelect = this.#generation = 0;
    this.configVector = NO_VECTOR;
    for (const queue of this.queues) queue.reset();
  }

  save(): TransportState {
    return {
      status: this.#status, driverFeatures: [...this.#driverFeatures], featureSelect: this.featureSelect, driverFeatureSelect: this.driverFeatureSelect,
      queueSelect: this.queueSelect, generation: this.#generation, configVector: this.configVector, queues: this.queues.map((queue) => queue.save()),
    };
  }

  restore(state: TransportState): void {
    this.#status = state.status;
    this.#driverFeatures = [...state.driverFeatures];
    this.featureSelect = state.featureSelect;
    this.driverFeatureSelect = state.driverFeatureSelect;
    this.queueSelect = state.queueSelect;
    this.#generation = state.generation;
    this.configVector = state.configVector;
    this.queues.forEach((queue, index) => queue.restore(state.queues[index] ?? queue.save()));
  }

  /** A legacy driver may use its queues before it says that it is ready (virtio 1.2 §3.1.2). */
  get #isWorking(): boolean {
    if ((this.#status & STATUS_NEEDS_RESET) !== 0 || !this.#host.isBusMaster()) return false;
    return (this.#status & STATUS_DRIVER_OK) !== 0 || !this.hasFeature(FEATURE_VERSION_1);
  }

  #agrees(isLegacy: boolean): boolean {
    const isOffered = this.#driverFeatures.every((bits, half) => (bits & ~this.#offered[half]!) === 0);
    return isOffered && (isLegacy || this.hasFeature(FEATURE_VERSION_1));
  }
}

function bitsOf(features: readonly number[], from: number): number {
  return features.reduce((bits, bit) => (bit >= from && bit < from + 32 ? bits | (1 << (bit - from)) : bits), 0) >>> 0;
}
