export { FileBackend } from './file-backend.ts';
export type { FileOptions } from './file-backend.ts';
