import type { OpfsBackend } from '@ringzero/block-backends';
import type { BlockBackend } from '@ringzero/devices';
import type { Generation } from './generation.ts';

/** A disk that the browser keeps, open for a machine: what the guest writes is in its file at once, and durable after a flush. */
export class KeptDisk implements BlockBackend {
  readonly name: string;
  readonly byteLength: number;
  readonly isReadOnly = false;
  readonly #file: OpfsBackend;
  readonly #generation: Generation;

  constructor(name: string, file: OpfsBackend, generation: Generation) {
    this.name = name;
    this.byteLength = file.byteLength;
    this.#file = file;
    this.#generation = generation;
  }

  /** See {@link Generation.note}. */
  noteGeneration(): number {
    return this.#generation.note();
  }

  read(offset: number, target: Uint8Array): void {
    this.#file.read(offset, target);
  }

  write(offset: number, source: Uint8Array): void {
    this.#generation.beforeWrite();
    this.#file.write(offset, source);
  }

  flush(): void {
    this.#file.flush();
  }

  close(): void {
    this.#file.close();
    this.#generation.close();
  }
}
