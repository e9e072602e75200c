export {
  GuestMemory,
  GuestMemoryError,
  MAX_RAM_BYTES,
  MIN_RAM_BYTES,
  PAGE_BYTES,
} from './guest-memory.ts';
export { PAGE_CODE, PAGE_DIRTY, PAGE_UNSAVED, PAGE_WRITABLE } from './page-flags.ts';
export type { MappedRun, MemoryMapState, PageRun } from './map-state.ts';
export type { CodeWriteListener, DeviceMemory } from './guest-memory.ts';
