import { GuestMemory, type CodeWriteListener } from '@ringzero/guest-memory';

/** Memory that knows how many listen to it. */
export class CountedMemory extends GuestMemory {
  listeners = 0;

  override onCodeWrite(listener: CodeWriteListener): () => void {
    return this.#count(super.onCodeWrite(listener));
  }

  override onCodePage(listener: (bufferPage: number) => void): () => void {
    return this.#count(super.onCodePage(listener));
  }

  override onMapChange(listener: () => void): () => void {
    return this.#count(super.onMapChange(listener));
  }

  override onWritesVoid(listener: () => void): () => void {
    return this.#count(super.onWritesVoid(listener));
  }

  #count(end: () => void): () => void {
    let isOver = false;
    this.listeners++;
    return () => {
      if (!isOver) this.listeners--;
      isOver = true;
      end();
    };
  }
}
