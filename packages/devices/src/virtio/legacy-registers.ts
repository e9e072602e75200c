import { RegisterFile } from '../bus/register-file.ts';
import { setVector, checkedVector } from './common-configuration.ts';
import type { VirtioTransport } from './transport.ts';
import { NO_VECTOR } from './virtqueue.ts';

/** Bytes of the header; two vectors follow while MSI-X is enabled, then the device's configuration space. */
export const LEGACY_HEADER_BYTES = 20;
export const LEGACY_VECTOR_BYTES = 4;
/** Legacy queues are placed by page, and their used ring begins on one. */
const LEGACY_PAGE = 4096;

/** The legacy interface's registers (virtio 1.2 §4.1.4.10). `takeInterruptStatus` reads the interrupt status and acknowledges it. */
export function legacyRegisters(transport: VirtioTransport, takeInterruptStatus: () => number): RegisterFile {
  return new RegisterFile([
    { offset: 0x00, size: 4, read: () => transport.offeredFeatures(0) },
    { offset: 0x04, size: 4, read: () => transport.driverFeatures(0), write: (value) => transport.acceptLegacyFeatures(value) },
    { offset: 0x08, size: 4, read: () => Math.floor((transport.selected?.descriptors ?? 0) / LEGACY_PAGE), write: (value) => placeQueue(transport, value) },
    { offset: 0x0c, size: 2, read: () => transport.selected?.maxSize ?? 0 },
    { offset: 0x0e, size: 2, read: () => transport.queueSelect, write: (value) => void (transport.queueSelect = value) },
    { offset: 0x10, size: 2, read: () => 0, write: (value) => transport.notify(value) },
    { offset: 0x12, size: 1, read: () => transport.status, write: (value) => transport.writeStatus(value, true) },
    { offset: 0x13, size: 1, read: takeInterruptStatus },
  ]);
}

/** The two vectors that follow the header while MSI-X is enabled. */
export function legacyVectors(transport: VirtioTransport, vectors: number): RegisterFile {
  return new RegisterFile([
    { offset: 0, size: 2, read: () => transport.configVector, write: (value) => void (transport.configVector = checkedVector(value, vectors)) },
    { offset: 2, size: 2, read: () => transport.selected?.vector ?? NO_VECTOR, write: (value) => setVector(transport, value, vectors) },
  ]);
}

/** Puts the selected queue's three parts one after another from a page on (§2.7.2); page 0 takes it away. */
function placeQueue(transport: VirtioTransport, page: number): void {
  const queue = transport.selected;
  if (queue === undefined) return;
  const { vector } = queue;
  queue.reset();
  queue.vector = vector;
  if (page === 0) return;
  queue.descriptors = page * LEGACY_PAGE;
  queue.available = queue.descriptors + 16 * queue.size;
  queue.used = Math.ceil((queue.available + 6 + 2 * queue.size) / LEGACY_PAGE) * LEGACY_PAGE;
  queue.enable();
}
