import { RegisterFile, type RegisterField } from '../bus/register-file.ts';
import type { VirtioTransport } from './transport.ts';
import { NO_VECTOR, type Virtqueue } from './virtqueue.ts';

/** Bytes of the structure. */
export const COMMON_CONFIGURATION_BYTES = 0x38;

/** Gives back a vector that exists, else "none": the driver then knows that there are not as many. */
export function checkedVector(vector: number, vectors: number): number {
  return vector < vectors ? vector : NO_VECTOR;
}

/** The common configuration structure (virtio 1.2 §4.1.4.3). The notification offset of a queue is its number. */
export function commonConfiguration(transport: VirtioTransport, vectors: number): RegisterFile {
  return new RegisterFile([
    { offset: 0x00, size: 4, read: () => transport.featureSelect, write: (value) => void (transport.featureSelect = value) },
    { offset: 0x04, size: 4, read: () => transport.offeredFeatures(transport.featureSelect) },
    { offset: 0x08, size: 4, read: () => transport.driverFeatureSelect, write: (value) => void (transport.driverFeatureSelect = value) },
    { offset: 0x0c, size: 4, read: () => transport.driverFeatures(transport.driverFeatureSelect), write: (value) => transport.acceptFeatures(transport.driverFeatureSelect, value) },
    { offset: 0x10, size: 2, read: () => transport.configVector, write: (value) => void (transport.configVector = checkedVector(value, vectors)) },
    { offset: 0x12, size: 2, read: () => transport.queues.length },
    { offset: 0x14, size: 1, read: () => transport.status, write: (value) => transport.writeStatus(value, false) },
    { offset: 0x15, size: 1, read: () => transport.generation },
    { offset: 0x16, size: 2, read: () => transport.queueSelect, write: (value) => void (transport.queueSelect = value) },
    // A queue that does not exist has size 0.
    { offset: 0x18, size: 2, read: () => transport.selected?.size ?? 0, write: (value) => change(transport, (queue) => void (queue.size = value)) },
    { offset: 0x1a, size: 2, read: () => transport.selected?.vector ?? NO_VECTOR, write: (value) => setVector(transport, value, vectors) },
    { offset: 0x1c, size: 2, read: () => (transport.selected?.isEnabled === true ? 1 : 0), write: (value) => value === 1 && change(transport, (queue) => queue.enable()) },
    { offset: 0x1e, size: 2, read: () => (transport.selected === undefined ? 0 : transport.queueSelect) },
    ...address(transport, 0x20, 'descriptors'),
    ...address(transport, 0x28, 'available'),
    ...address(transport, 0x30, 'used'),
  ]);
}

/** The vector of the selected queue. */
export function setVector(transport: VirtioTransport, value: number, vectors: number): void {
  if (transport.selected !== undefined) transport.selected.vector = checkedVector(value, vectors);
}

/** A queue in use keeps its size and places. */
function change(transport: VirtioTransport, set: (queue: Virtqueue) => void): void {
  const queue = transport.selected;
  if (queue !== undefined && !queue.isEnabled) set(queue);
}

function address(transport: VirtioTransport, offset: number, ring: 'descriptors' | 'available' | 'used'): RegisterField[] {
  const low = (): number => (transport.selected?.[ring] ?? 0) % 2 ** 32;
  const high = (): number => Math.floor((transport.selected?.[ring] ?? 0) / 2 ** 32);
  return [
    { offset, size: 4, read: low, write: (value) => change(transport, (queue) => void (queue[ring] = high() * 2 ** 32 + value)) },
    { offset: offset + 4, size: 4, read: high, write: (value) => change(transport, (queue) => void (queue[ring] = value * 2 ** 32 + low())) },
  ];
}
