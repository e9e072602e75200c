import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pattern, RangeServer } from '../../test/backends.ts';
import { HttpBackend, type HttpOptions, type PersistentBlockCache } from './http-backend.ts';

const BLOCK = 4096;
const CONTENT = pattern(40 * BLOCK);
let server: RangeServer;
let waits: number[];

beforeEach(async () => {
  server = await RangeServer.start(CONTENT);
  waits = [];
});

afterEach(() => server.stop());

function open(options: HttpOptions = {}): Promise<HttpBackend> {
  return HttpBackend.open(server.url, { blockBytes: BLOCK, readAheadBytes: 0, sleep: (ms) => (waits.push(ms), Promise.resolve()), ...options });
}

async function read(disk: HttpBackend, offset: number, length: number): Promise<void> {
  const target = new Uint8Array(length);
  await disk.read(offset, target);
  expect(Buffer.compare(target, CONTENT.subarray(offset, offset + length))).toBe(0);
}

/** Requests behind the two that open the disk. */
function reads(): string[] {
  return server.requests.slice(2);
}

function range(first: number, end: number): string {
  return `GET bytes=${first * BLOCK}-${end * BLOCK - 1}`;
}

describe('reading', () => {
  it('asks for neighbouring blocks at once, and never again for what is there', async () => {
    const disk = await open();
    expect(server.requests).toEqual(['HEAD', 'GET bytes=0-0']);
    await read(disk, 512, 3 * BLOCK);
    await read(disk, 1024, 512);
    await read(disk, 2 * BLOCK, 5 * BLOCK);
    expect(reads()).toEqual([range(0, 4), range(4, 7)]);
    expect(disk.read(BLOCK, new Uint8Array(BLOCK))).toBeUndefined();
  });

  it('shares requests between readers of the same blocks', async () => {
    const disk = await open();
    await Promise.all([read(disk, 0, 2 * BLOCK), read(disk, 0, 2 * BLOCK), read(disk, BLOCK, 2 * BLOCK)]);
    expect(reads().sort()).toEqual([range(0, 2), range(2, 3)]);
  });

  it('fetches ahead of somebody who reads on, further each time', async () => {
    const disk = await open({ readAheadBytes: 8 * BLOCK });
    for (let offset = 0; offset < 6 * BLOCK; offset += BLOCK) await read(disk, offset, BLOCK);
    expect(reads()[0]).toBe(range(0, 1));
    expect(reads().length).toBeLessThan(6);
    const farthest = (): number => Math.max(...reads().map((request) => Number(/-(\d+)$/.exec(request)![1]) + 1));
    await expect.poll(farthest, { timeout: 60_000 }).toBe(14 * BLOCK);
    // Somebody who jumps about gets nothing ahead.
    const before = reads().length;
    await read(disk, 30 * BLOCK, BLOCK);
    await read(disk, 20 * BLOCK, BLOCK);
    expect(reads().slice(before)).toEqual([range(30, 31), range(20, 21)]);
  });

  it('forgets what was not used for longest', async () => {
    const disk = await open({ cacheBytes: 3 * BLOCK });
    await read(disk, 0, BLOCK);
    for (const block of [10, 20, 0, 30, 0, 10]) await read(disk, block * BLOCK, BLOCK);
    expect(reads()).toEqual([0, 10, 20, 30, 10].map((block) => range(block, block + 1)));
  });

  it('pads the last sector with zeros', async () => {
    server.content = pattern(BLOCK + 700);
    const disk = await open();
    expect(disk.byteLength).toBe(BLOCK + 1024);
    const target = new Uint8Array(1024).fill(9);
    await disk.read(BLOCK, target);
    expect([...target]).toEqual([...pattern(BLOCK + 700).subarray(BLOCK), ...new Uint8Array(324)]);
  });

  it('gives nothing after it was closed', async () => {
    const disk = await open();
    disk.close();
    expect(() => disk.read(0, new Uint8Array(512))).toThrow(`${server.url} is closed`);
  });
});

describe('a persistent cache', () => {
  class Store implements PersistentBlockCache {
    readonly blocks = new Map<string, Uint8Array>();
    isBroken = false;
    read(key: string): Promise<Uint8Array | undefined> {
      return this.isBroken ? Promise.reject(new Error('broken')) : Promise.resolve(this.blocks.get(key));
    }
    write(key: string, block: Uint8Array): Promise<void> {
      if (this.isBroken) return Promise.reject(new Error('broken'));
      this.blocks.set(key, block.slice());
      return Promise.resolve();
    }
  }

  it('keeps blocks for the next time, by version', async () => {
    const persistentCache = new Store();
    await read(await open({ persistentCache }), 0, 4 * BLOCK);
    persistentCache.blocks.delete([...persistentCache.blocks.keys()][2]!);
    const before = server.requests.length;
    await read(await open({ persistentCache }), 0, 4 * BLOCK);
    expect(server.requests.slice(before + 2)).toEqual([range(2, 3)]);
    server.etag = '"2"';
    await read(await open({ persistentCache }), 0, 4 * BLOCK);
    expect(server.requests.at(-1)).toBe(range(0, 4));
    expect([...persistentCache.blocks.keys()][0]).toBe(`${server.url} "1" ${CONTENT.length} 4096 0`);
  });

  it('is not needed, nor used for what has no version', async () => {
    const persistentCache = new Store();
    persistentCache.isBroken = true;
    await read(await open({ persistentCache }), 0, BLOCK);
    persistentCache.isBroken = false;
    server.etag = undefined;
    await read(await open({ persistentCache }), 0, BLOCK);
    expect(persistentCache.blocks.size).toBe(0);
  });
});

describe('servers that fail', () => {
  it('are asked again, after longer and longer waits', async () => {
    const disk = await open({ backOff: 10 });
    const from = server.requests.length;
    server.intercept = (_request, response, number) => {
      if (number > from + 3) return false;
      if (number === from + 1) response.writeHead(503).end();
      else if (number === from + 2) response.destroy();
      else {
        response.writeHead(206, { 'Content-Length': BLOCK });
        response.write(CONTENT.subarray(0, 100));
        setTimeout(() => response.destroy(), 20);
      }
      return true;
    };
    await read(disk, 0, BLOCK);
    expect([reads().length, waits]).toEqual([4, [10, 20, 40]]);
  });

  it('are given up, and asked again by the next read', async () => {
    const disk = await open({ attempts: 3 });
    server.intercept = (_request, response) => (response.writeHead(500).end(), true);
    await expect(disk.read(0, new Uint8Array(512))).rejects.toMatchObject({ code: 'block-http', message: `${server.url}: no answer after 3 attempts: status 500` });
    server.intercept = () => false;
    await read(disk, 0, 512);
  });

  it.each([
    ['a status of no use', 403, {}, 'bytes 0-4095: status 403, expected 206'],
    ['other bytes', 206, { 'Content-Range': `bytes 4096-8191/${CONTENT.length}` }, 'bytes 0-4095 were asked for, 4096-8191 came'],
    ['everything', 200, {}, 'bytes 0-4095: status 200, expected 206: it is no longer what it was'],
    ['another length', 206, { 'Content-Range': 'bytes 0-4095/99999' }, `it changed on the server (it was ${CONTENT.length} bytes, is 99999); open it again`],
    ['another version', 206, { ETag: '"2"' }, 'it changed on the server (etag was "1", is "2"); open it again'],
  ])('by sending %s are found out at once', async (_what, status, headers, message) => {
    const disk = await open();
    server.intercept = (_request, response) => (response.writeHead(status, headers).end(CONTENT.subarray(0, BLOCK)), true);
    await expect(disk.read(0, new Uint8Array(512))).rejects.toThrow(`${server.url}: ${message}`);
    expect(reads().length).toBe(1);
  });
});

describe('opening', () => {
  it.each([
    ['no ranges', 200, {}, 'the server does not support range requests (it sent everything, status 200); expected status 206'],
    ['a refusal', 403, {}, 'the server refuses range requests (status 403); expected status 206'],
    ['no length', 206, { 'Content-Range': 'bytes 0-0/*' }, 'the server does not say how long it is; expected Content-Length, or Content-Range with a length'],
  ])('says that the server has %s', async (_what, status, headers, message) => {
    server.intercept = (request, response) => (request.method === 'HEAD' ? response.writeHead(405).end() : response.writeHead(status, headers).end('x'), true);
    await expect(open()).rejects.toMatchObject({ code: 'block-http', message: `${server.url}: ${message}` });
  });

  it('says that there is nothing', async () => {
    server.intercept = (_request, response) => (response.writeHead(404).end(), true);
    await expect(open()).rejects.toThrow(`${server.url}: there is no such resource (status 404)`);
  });

  it('needs no HEAD', async () => {
    server.intercept = (request, response) => request.method === 'HEAD' && (response.writeHead(501).end(), true);
    await read(await open(), 0, 512);
  });

  it('needs no headers that a page may not see', async () => {
    const hidden = async (url: string, init: Parameters<typeof fetch>[1]): Promise<Response> => {
      const response = await fetch(url, init);
      const headers = new Headers({ 'content-length': response.headers.get('content-length') ?? '' });
      return new Response(response.body, { status: response.status, headers });
    };
    const disk = await open({ fetch: hidden });
    expect(disk.byteLength).toBe(CONTENT.length);
    await read(disk, 0, 2 * BLOCK);
  });

  it('refuses odd block sizes', async () => {
    await expect(open({ blockBytes: 1000 })).rejects.toThrow('blockBytes 1000: expected a power of two from 4096');
  });
});
