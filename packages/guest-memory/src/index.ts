export {
  GuestMemory,
  GuestMemoryError,
  MAX_RAM_BYTES,
  MIN_RAM_BYTES,
  PAGE_BYTES,
  PAGE_CODE,
  PAGE_DIRTY,
  PAGE_UNSAVED,
  PAGE_WRITABLE,
} from './guest-memory.ts';
export type { CodeWriteListener, DeviceMemory } from './guest-memory.ts';
