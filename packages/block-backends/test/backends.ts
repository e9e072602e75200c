import { Blob } from 'node:buffer';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OpfsFileHandle, SyncAccessHandle } from '../src/index.ts';

/** Bytes that differ from place to place. */
export function pattern(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed * 0x9e37_79b9;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 0x0019_660d) + 0x3c6e_f35f) | 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

export function blobOf(content: Uint8Array): Blob {
  return new Blob([content]);
}

/** A file of the origin private file system as its specification has it: one access handle at a time unless both only read. */
export class FakeOpfsFile implements OpfsFileHandle {
  readonly name: string;
  content: Uint8Array;
  /** What had been written when `flush` was last called. */
  flushed: Uint8Array;
  readonly #open: string[] = [];

  constructor(name: string, content: Uint8Array) {
    this.name = name;
    this.content = content.slice();
    this.flushed = content.slice();
  }

  createSyncAccessHandle({ mode = 'readwrite' }: { readonly mode?: string } = {}): Promise<SyncAccessHandle> {
    if (this.#open.length > 0 && (mode !== 'read-only' || this.#open.some((other) => other !== 'read-only'))) {
      return Promise.reject(Object.assign(new Error('Access Handles cannot be created if there is another open Access Handle'), { name: 'NoModificationAllowedError' }));
    }
    this.#open.push(mode);
    return Promise.resolve(this.#handle(mode));
  }

  #handle(mode: string): SyncAccessHandle {
    let isClosed = false;
    const require = (isWrite: boolean): void => {
      if (isClosed) throw Object.assign(new Error('the handle is closed'), { name: 'InvalidStateError' });
      if (isWrite && mode === 'read-only') throw Object.assign(new Error('the handle only reads'), { name: 'NoModificationAllowedError' });
    };
    const resize = (length: number): void => {
      const grown = new Uint8Array(length);
      grown.set(this.content.subarray(0, length));
      this.content = grown;
    };
    return {
      read: (target, { at }) => {
        require(false);
        const part = this.content.subarray(at, at + target.length);
        target.set(part);
        return part.length;
      },
      write: (source, { at }) => {
        require(true);
        if (at + source.length > this.content.length) resize(at + source.length);
        this.content.set(source, at);
        return source.length;
      },
      flush: () => {
        require(true);
        this.flushed = this.content.slice();
      },
      getSize: () => (require(false), this.content.length),
      truncate: (length) => (require(true), resize(length)),
      close: () => {
        if (!isClosed) this.#open.splice(this.#open.indexOf(mode), 1);
        isClosed = true;
      },
    };
  }
}

/** A web server of one resource, and of the requests that it got. */
export class RangeServer {
  content: Uint8Array;
  etag: string | undefined = '"1"';
  readonly requests: string[] = [];
  /** Answers a request in the server's place; `true` if it did. */
  intercept: (request: IncomingMessage, response: ServerResponse, number: number) => boolean = () => false;
  readonly #server: Server;

  private constructor(content: Uint8Array) {
    this.content = content;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  static async start(content: Uint8Array): Promise<RangeServer> {
    const server = new RangeServer(content);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/disk.img`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { range } = request.headers;
    this.requests.push(`${request.method} ${range ?? ''}`.trim());
    if (this.etag !== undefined) response.setHeader('ETag', this.etag);
    if (this.intercept(request, response, this.requests.length)) return;
    const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
    if (match === null) {
      response.writeHead(200, { 'Content-Length': this.content.length });
      return void response.end(request.method === 'HEAD' ? undefined : this.content);
    }
    const first = Number(match[1]);
    if (first >= this.content.length) return void response.writeHead(416).end();
    const part = this.content.subarray(first, Number(match[2]) + 1);
    response.writeHead(206, { 'Content-Length': part.length, 'Content-Range': `bytes ${first}-${first + part.length - 1}/${this.content.length}` });
    response.end(part);
  }
}
