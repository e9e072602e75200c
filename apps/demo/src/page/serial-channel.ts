/** Takes bytes; settles when it has shown them. */
export type SerialSink = (bytes: Uint8Array) => Promise<void>;

/** Between the worker's serial output and the terminal, which may come later. */
export class SerialChannel {
  #sink: SerialSink | undefined;
  #waiting: { readonly bytes: Uint8Array; readonly taken: () => void }[] = [];

  /** Settles when the terminal has taken the bytes: until then the worker keeps what follows. */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#sink !== undefined) return this.#sink(bytes);
    return new Promise((taken) => this.#waiting.push({ bytes, taken }));
  }

  attach(sink: SerialSink): () => void {
    this.#sink = sink;
    for (const { bytes, taken } of this.#waiting.splice(0)) void sink(bytes).then(taken);
    return () => {
      if (this.#sink === sink) this.#sink = undefined;
    };
  }
}
