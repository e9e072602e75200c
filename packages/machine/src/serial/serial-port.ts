import { MachineError } from '../errors.ts';
import { SerialReader, type SerialReadOptions } from './serial-reader.ts';
import { encodeText } from '../loaders/text.ts';

const DEFAULT_BUFFER = 0x1_0000;

/** What the port needs of its machine. */
export interface SerialPortHost {
  /** Sends bytes to the guest: how many it took. */
  send(bytes: ArrayLike<number>): number;
  /** The guest stands still until `work` is settled. */
  hold(work: Promise<void>): void;
}

/**
 * The host's end of the guest's first serial port.
 *
 * ```ts
 * for await (const chunk of machine.serial) process.stdout.write(chunk);
 * ```
 *
 * Output is for whoever reads at the time: an iteration begins with what the guest sends from then on, and ends with the run. Each has
 * a bounded buffer; see {@link SerialReadOptions}.
 */
export class SerialPort implements AsyncIterable<Uint8Array> {
  readonly #host: SerialPortHost;
  readonly #readers = new Set<SerialReader>();

  constructor(host: SerialPortHost) {
    this.#host = host;
  }

  /** Sends bytes, or a text as UTF-8: how many bytes the guest's receive queue took. The event `serialSpace` says when it has room again. */
  write(data: string | ArrayLike<number>): number {
    return this.#host.send(typeof data === 'string' ? encodeText(data) : data);
  }

  /** A reader of its own buffer and policy. Leaving the loop over it, or its `return()`, closes it. */
  read(options: SerialReadOptions = {}): SerialReader {
    const { bufferBytes = DEFAULT_BUFFER, whenFull = 'wait' } = options;
    if (!Number.isInteger(bufferBytes) || bufferBytes < 1) throw new MachineError('invalid-config', `serial buffer of ${bufferBytes} bytes: expected an integer of at least 1`);
    if (whenFull !== 'wait' && whenFull !== 'drop') throw new MachineError('invalid-config', `serial buffer, when full ${JSON.stringify(whenFull)}: expected wait or drop`);
    const reader: SerialReader = new SerialReader({ bufferBytes, whenFull }, (work) => this.#host.hold(work), () => this.#readers.delete(reader));
    this.#readers.add(reader);
    return reader;
  }

  [Symbol.asyncIterator](): SerialReader {
    return this.read();
  }

  /** The guest sent a byte. */
  received(byte: number): void {
    for (const reader of this.#readers) reader.push(byte);
  }

  /** The run ended. */
  ended(): void {
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }
}
