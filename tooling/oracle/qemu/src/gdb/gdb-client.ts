import type { Socket } from 'node:net';
import { encodePacket, type Packet, PacketReader } from './packets.ts';
import { includedDocuments, parseRegisters, type StubRegister } from './target-description.ts';

const ACKNOWLEDGED = '+';
const AGAIN = '-';
/** Outside of any packet: stop. */
const INTERRUPT = 3;
/** Bytes of memory in a packet: stubs accept 4 KB, and a byte is two digits. */
const CHUNK = 1024;
/** Milliseconds after which a stub that does not answer is given up. */
const PATIENCE = 60_000;

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** One end of the GDB remote protocol: requests go out one at a time, and each waits for its reply. */
export class GdbClient {
  readonly #socket: Socket;
  readonly #reader = new PacketReader();
  readonly #arrived: string[] = [];
  #waiting: { readonly resolve: (reply: string) => void; readonly reject: (error: Error) => void } | undefined;
  #ended: Error | undefined;
  #registers: ReadonlyMap<string, StubRegister> = new Map();

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#receive(bytes as Buffer));
    const end = (error?: Error): void => {
      this.#ended ??= error ?? new Error('the stub closed the connection');
      this.#waiting?.reject(this.#ended);
    };
    socket.on('error', end);
    socket.on('close', () => end());
  }

  /** Reads the target description. */
  async open(): Promise<void> {
    await this.request('qSupported:xmlRegisters=i386');
    const target = await this.#document('target.xml');
    const documents = [target];
    for (const name of includedDocuments(target)) documents.push(await this.#document(name));
    this.#registers = parseRegisters(documents.join('\n'));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Sends a request; its reply. An empty one means that the stub does not know the request. */
  async request(command: string): Promise<string> {
    this.#send(command);
    return this.#next(command);
  }

  /** Lets the target run (`s` or `c`) until it stops by itself, or for so many milliseconds: then it is interrupted, and the result is false. */
  async resume(command: 's' | 'c', milliseconds: number): Promise<boolean> {
    let stopped = true;
    const timer = setTimeout(() => {
      stopped = false;
      this.#socket.write(Uint8Array.of(INTERRUPT));
    }, milliseconds);
    try {
      const reply = await this.request(command);
      if (!reply.startsWith('T')) throw new RangeError(`the stub answers "${reply}" to ${command}: expected a stop reply`);
      return stopped;
    } finally {
      clearTimeout(timer);
    }
  }

  /** A request whose reply must be `OK`. */
  async demand(command: string): Promise<void> {
    const reply = await this.request(command);
    if (reply !== 'OK') throw new RangeError(`the stub answers "${reply}" to ${command.slice(0, 60)}: expected OK`);
  }

  /** A command of the stub's own monitor; what it prints. */
  async monitor(command: string): Promise<string> {
    this.#send(`qRcmd,${toHex(Buffer.from(command))}`);
    let text = '';
    for (;;) {
      const reply = await this.#next(command);
      if (reply === 'OK') return text;
      if (!reply.startsWith('O')) throw new RangeError(`the stub answers "${reply}" to its monitor's command ${command}`);
      text += Buffer.from(reply.slice(1), 'hex').toString();
    }
  }

  async writeMemory(address: number, bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += CHUNK) {
      const part = bytes.subarray(at, at + CHUNK);
      await this.demand(`M${(address + at).toString(16)},${part.length.toString(16)}:${toHex(part)}`);
    }
  }

  /** Writes a register of the target description. */
  async writeRegister(name: string, value: number): Promise<void> {
    const register = this.#registers.get(name);
    if (register === undefined) throw new RangeError(`the stub has no register ${name}: expected one of ${[...this.#registers.keys()].join(', ')}`);
    const bytes = new Uint8Array(register.bytes);
    new DataView(bytes.buffer).setUint32(0, value >>> 0, true);
    await this.demand(`P${register.number.toString(16)}=${toHex(bytes)}`);
  }

  async #document(name: string): Promise<string> {
    let text = '';
    for (;;) {
      const reply = await this.request(`qXfer:features:read:${name}:${text.length.toString(16)},800`);
      if (!/^[ml]/.test(reply)) throw new RangeError(`the stub has no target description ${name}: it answers "${reply}"`);
      text += reply.slice(1);
      if (reply.startsWith('l')) return text;
    }
  }

  #send(command: string): void {
    if (this.#ended !== undefined) throw this.#ended;
    this.#socket.write(encodePacket(Buffer.from(command, 'latin1')));
  }

  #next(command: string): Promise<string> {
    const arrived = this.#arrived.shift();
    if (arrived !== undefined) return Promise.resolve(arrived);
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply to ${command.slice(0, 60)} within ${PATIENCE / 1000} s`)), PATIENCE);
      const settle = <T>(how: (value: T) => void) => (value: T): void => {
        clearTimeout(timer);
        this.#waiting = undefined;
        how(value);
      };
      this.#waiting = { resolve: settle(resolve), reject: settle(reject) };
    });
  }

  #receive(bytes: Uint8Array): void {
    for (const packet of this.#reader.push(bytes)) this.#accept(packet);
  }

  #accept({ data, isIntact }: Packet): void {
    this.#socket.write(isIntact ? ACKNOWLEDGED : AGAIN);
    if (!isIntact) return;
    const reply = Buffer.from(data).toString('latin1');
    if (this.#waiting === undefined) this.#arrived.push(reply);
    else this.#waiting.resolve(reply);
  }
}
