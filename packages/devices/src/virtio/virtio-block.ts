import { RingzeroError } from '@ringzero/processor';
import { SECTOR_BYTES, type BlockBackend } from '../block/block-backend.ts';
import { fromBase64, toBase64 } from '../bus/base64.ts';
import { OptionReader } from '../bus/device-options.ts';
import type { Device } from '../bus/device.ts';
import { HostWork } from '../bus/host-work.ts';
import type { DeviceOptions, DeviceSlot, DeviceType } from '../bus/slot.ts';
import type { Transfer } from '../bus/transfers.ts';
import { BLOCK_HEADER_BYTES, ID_BYTES, MOST_REQUEST_BYTES, MOST_ZERO_SECTORS, parseBlockRequest, STATUS_IO_ERROR, STATUS_OK, type BlockRequest } from './block-request.ts';
import { Chain, type Segment } from './chain.ts';
import { interfaceOptions, VIRTIO_OPTIONS } from './interface-options.ts';
import type { QueueShape, VirtioModel } from './transport.ts';
import { VirtioPci, type VirtioPciOptions, type VirtioPciState } from './virtio-pci.ts';
import { MOST_INDIRECT } from './virtqueue.ts';

/** How a {@link VirtioBlock} is wired and set up. */
export interface VirtioBlockOptions extends VirtioPciOptions {
  readonly medium: BlockBackend;
  /** Refuses writes, whatever the medium does. */
  readonly isReadOnly: boolean;
  /** What the driver reads as the disk's name; 20 bytes at most. */
  readonly serial: string;
}

/** A request that is not answered yet. */
interface PendingState {
  readonly head: number;
  /** Where its answer goes. Restoring reads nothing from the guest's memory. */
  readonly writable: readonly Segment[];
  readonly request: BlockRequest;
  /** When its transfer ends at the earliest; left out while it waits for writes before it. */
  readonly due?: number;
  /** What it writes, as base64: the guest's memory may have changed meanwhile. */
  readonly data?: string;
}

/** What a save of {@link VirtioBlock} keeps. */
export interface VirtioBlockState {
  readonly pci: VirtioPciState;
  /** In the order in which they were made. */
  readonly pending: readonly PendingState[];
}

interface Pending {
  readonly chain: Chain;
  readonly request: BlockRequest;
  /** What a read fills or a write stores. */
  readonly data: Uint8Array;
  /** Undefined while a flush waits for the writes before it. */
  transfer: Transfer | undefined;
}

const FEATURE_SIZE_MAX = 1;
const FEATURE_SEG_MAX = 2;
const FEATURE_READ_ONLY = 5;
const FEATURE_BLOCK_SIZE = 6;
const FEATURE_FLUSH = 9;
const FEATURE_WRITE_ZEROES = 14;
const QUEUE_SIZE = 256;
const CONFIG_BYTES = 60;
/** A request has a header and a status besides its segments, in a queue's worth of descriptors. */
const MOST_SEGMENTS = QUEUE_SIZE - 2;
/** A page: a driver that keeps to both limits cannot make a request that moves too much. */
const MOST_SEGMENT_BYTES = 4096;
/** A buffer that is refused with a status; a larger one is no request. */
const MOST_CHAIN_BYTES = 16 << 20;
/** What is kept and saved of the requests in flight at most: further ones wait in the queue. */
const MOST_PENDING_BYTES = 4 << 20;
/** What a segment of a pending request counts, about as in a saved state. */
const SEGMENT_COST = 64;
/** What any request may count. */
const MOST_REQUEST_COST = MOST_REQUEST_BYTES + SEGMENT_COST * (QUEUE_SIZE + MOST_INDIRECT);

/** A disk as virtio's block device (virtio 1.2 §5.2), with several requests in flight. */
export class VirtioBlock implements Device<VirtioBlockState>, VirtioModel {
  readonly kind = 2;
  readonly classCode = 0x010000;
  readonly queues: readonly QueueShape[] = [{ size: QUEUE_SIZE, maxChainBytes: MOST_CHAIN_BYTES }];
  readonly features: readonly number[];
  readonly config: Uint8Array;
  readonly #slot: DeviceSlot;
  readonly #options: VirtioBlockOptions;
  readonly #isReadOnly: boolean;
  readonly #pci: VirtioPci;
  readonly #pending = new Set<Pending>();
  readonly #hostWork = new HostWork();
  /** What is pending, as {@link costOf} counts it. */
  #pendingCost = 0;

  constructor(slot: DeviceSlot, options: VirtioBlockOptions) {
    this.#slot = slot;
    this.#options = options;
    this.#isReadOnly = options.isReadOnly || options.medium.isReadOnly;
    this.features = [FEATURE_SIZE_MAX, FEATURE_SEG_MAX, FEATURE_BLOCK_SIZE, FEATURE_FLUSH, this.#isReadOnly ? FEATURE_READ_ONLY : FEATURE_WRITE_ZEROES];
    this.config = configuration(options.medium.byteLength);
    this.#pci = new VirtioPci(slot, this, options);
  }

  process(): void {
    // A hostile driver may make one buffer available again and again.
    while (this.#pendingCost + MOST_REQUEST_COST <= MOST_PENDING_BYTES && this.#pending.size < QUEUE_SIZE) {
      const chain = this.#pci.transport.pop(0);
      if (chain === undefined) return;
      this.#begin(chain);
    }
  }

  driverReset(): void {
    for (const pending of this.#pending) pending.transfer?.cancel();
    this.#hostWork.cancel();
    this.#pending.clear();
    this.#pendingCost = 0;
  }

  reset(): void {
    this.driverReset();
    this.#pci.reset();
  }

  save(): VirtioBlockState {
    const pending = [...this.#pending].map(({ chain, request, data, transfer }) => ({
      head: chain.head,
      writable: chain.writable.map(({ address, length }) => ({ address, length })),
      request,
      ...(transfer === undefined ? {} : { due: transfer.due }),
      ...(request.kind === 'write' ? { data: toBase64(data) } : {}),
    }));
    return { pci: this.#pci.save(), pending };
  }

  /** @throws RingzeroError `virtio-state` for requests that the disk cannot have. */
  restore(state: VirtioBlockState): void {
    this.driverReset();
    this.#pci.restore(state.pci);
    const restored = state.pending.map((saved) => ({ ...saved, chain: new Chain(this.#slot.memory, saved.head, [], saved.writable) }));
    for (const { chain, request } of restored) {
      if (!this.#isPossible(request) || !(chain.writableBytes >= 1 && chain.writableBytes <= MOST_CHAIN_BYTES)) {
        throw new RingzeroError('virtio-state', `saved request ${JSON.stringify(request)} with ${chain.writableBytes} bytes to write: expected one of this disk's`);
      }
    }
    const cost = restored.reduce((sum, { chain, request }) => sum + costOf(request, chain), 0);
    if (restored.length > QUEUE_SIZE || cost > MOST_PENDING_BYTES) {
      throw new RingzeroError('virtio-state', `${restored.length} saved requests of ${cost} bytes: expected ${QUEUE_SIZE} at most, of ${MOST_PENDING_BYTES} bytes`);
    }
    for (const { chain, request, data, due } of restored) this.#add(chain, request, data, due);
  }

  #isPossible(request: BlockRequest): boolean {
    if (!('offset' in request)) return true;
    const { offset, length } = request;
    return Number.isSafeInteger(offset) && offset >= 0 && length >= 0 && length <= MOST_REQUEST_BYTES && offset + length <= this.#options.medium.byteLength && (request.kind === 'read' || !this.#isReadOnly);
  }

  #begin(chain: Chain): void {
    const request = parseBlockRequest(chain, { byteLength: this.#options.medium.byteLength, isReadOnly: this.#isReadOnly });
    if (request === undefined) {
      this.#pci.transport.fail(`a request of ${chain.readableBytes} bytes to read and ${chain.writableBytes} to write: expected a header of 16 and room for a status`);
      return;
    }
    this.#add(chain, request);
  }

  /** `data` and `due` are a restored request's. */
  #add(chain: Chain, request: BlockRequest, data?: string, due?: number): void {
    const pending: Pending = { chain, request, data: dataOf(request, chain, data, this.#options.serial), transfer: undefined };
    this.#pending.add(pending);
    this.#pendingCost += costOf(request, chain);
    if (request.kind !== 'flush' || !this.#hasWriteBefore(pending)) this.#start(pending, due);
  }

  #start(pending: Pending, due?: number): void {
    const work = this.#work(pending);
    pending.transfer = this.#slot.transfers.start(() => this.#hostWork.run(work), pending.data.length, (error) => this.#finish(pending, error), due);
  }

  #work({ request, data }: Pending): () => void | Promise<void> {
    const { medium } = this.#options;
    switch (request.kind) {
      case 'read':
        return () => medium.read(request.offset, data);
      case 'write':
      case 'zeroes': {
        const write = (): void | Promise<void> => medium.write(request.offset, data);
        // A driver that cannot flush may take a finished write for a durable one.
        return this.#pci.transport.hasFeature(FEATURE_FLUSH) ? write : () => inTurn(write, () => medium.flush());
      }
      case 'flush':
        return () => medium.flush();
      default:
        return () => undefined;
    }
  }

  #finish(pending: Pending, error: unknown): void {
    const { chain, request, data } = pending;
    const { transport } = this.#pci;
    this.#pending.delete(pending);
    this.#pendingCost -= costOf(request, chain);
    const last = chain.writableBytes - 1;
    let status = error === undefined ? STATUS_OK : STATUS_IO_ERROR;
    let written = 0;
    if (request.kind === 'refused') {
      status = request.status;
      this.#pci.failures.tell(request.reason);
    } else if (error !== undefined) {
      this.#pci.failures.tell(`${request.kind}${'offset' in request ? ` of ${request.length} bytes at ${request.offset}` : ''} failed: ${error instanceof Error ? error.message : String(error)}`);
    } else if (request.kind === 'read' || request.kind === 'id') {
      written = Math.min(data.length, last);
      if (transport.isBusMaster) chain.write(0, data.subarray(0, written));
    }
    if (transport.isBusMaster) chain.write(last, Uint8Array.of(status));
    // What lies between the data and the status is not written, but the driver expects the length to count from the start.
    transport.complete(0, chain.head, written + 1);
    this.#startFlushes();
    this.process();
  }

  /** Flushes that waited for writes start when the last of those is done. */
  #startFlushes(): void {
    for (const pending of this.#pending) {
      if (pending.transfer === undefined && !this.#hasWriteBefore(pending)) this.#start(pending);
    }
  }

  #hasWriteBefore(flush: Pending): boolean {
    for (const pending of this.#pending) {
      if (pending === flush) return false;
      if (pending.request.kind === 'write' || pending.request.kind === 'zeroes') return true;
    }
    return false;
  }
}

/** What a request keeps in memory and in a saved state. */
function costOf(request: BlockRequest, chain: Chain): number {
  return ('length' in request ? request.length : 0) + SEGMENT_COST * chain.writable.length;
}

function dataOf(request: BlockRequest, chain: Chain, saved: string | undefined, serial: string): Uint8Array {
  switch (request.kind) {
    case 'read':
    case 'zeroes':
      return new Uint8Array(request.length);
    case 'write': {
      if (saved === undefined) return chain.read(BLOCK_HEADER_BYTES, request.length);
      const data = new Uint8Array(request.length);
      data.set(fromBase64(saved).subarray(0, data.length));
      return data;
    }
    case 'id':
      return Uint8Array.from({ length: ID_BYTES }, (_, i) => (i < serial.length ? serial.charCodeAt(i) & 0x7f : 0));
    default:
      return new Uint8Array(0);
  }
}

function inTurn(first: () => void | Promise<void>, second: () => void | Promise<void>): void | Promise<void> {
  const started = first();
  return started === undefined ? second() : started.then(second);
}

/** The configuration space (virtio 1.2 §5.2.4). */
function configuration(byteLength: number): Uint8Array {
  const config = new Uint8Array(CONFIG_BYTES);
  const view = new DataView(config.buffer);
  const sectors = Math.floor(byteLength / SECTOR_BYTES);
  view.setUint32(0, sectors % 2 ** 32, true);
  view.setUint32(4, Math.floor(sectors / 2 ** 32), true);
  view.setUint32(8, MOST_SEGMENT_BYTES, true);
  view.setUint32(12, MOST_SEGMENTS, true);
  view.setUint32(20, SECTOR_BYTES, true);
  view.setUint16(34, 1, true);
  view.setUint32(48, MOST_ZERO_SECTORS, true);
  view.setUint32(52, 1, true);
  return config;
}

const TYPE = 'virtio-block';

/** `medium`: the name of the disk's medium. `readOnly`, `serial`: see {@link VirtioBlockOptions}. */
export const VIRTIO_BLOCK: DeviceType<VirtioBlock> = {
  type: TYPE,
  create(slot: DeviceSlot, options: DeviceOptions): VirtioBlock {
    const reader = new OptionReader(TYPE, options, ['medium', 'readOnly', 'serial', ...VIRTIO_OPTIONS]);
    const medium = reader.text('medium');
    return new VirtioBlock(slot, {
      medium: slot.medium(medium), isReadOnly: reader.boolean('readOnly'), serial: reader.text('serial', medium), ...interfaceOptions(TYPE, reader),
    });
  },
};
