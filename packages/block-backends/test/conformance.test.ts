import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECTOR_BYTES, type BlockBackend } from '@ringzero/devices';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BlobBackend, HttpBackend, MemoryBackend, OpfsBackend, OverlayBackend } from '../src/index.ts';
import { FileBackend } from '../src/node/index.ts';
import { blobOf, FakeOpfsFile, pattern, RangeServer } from './backends.ts';

const SECTORS = 75;
const CONTENT = pattern(SECTORS * SECTOR_BYTES);

let folder: string;
let server: RangeServer;
let files = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringzero-blocks-'));
  server = await RangeServer.start(CONTENT);
});

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function file(isReadOnly = false): Promise<FileBackend> {
  const path = join(folder, `${files++}.img`);
  await writeFile(path, CONTENT);
  return await FileBackend.open(path, { isReadOnly });
}

/** A base whose answers come late and out of order. */
function late(base: BlockBackend): BlockBackend {
  let turn = 0;
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, (turn = (turn * 5 + 3) % 7)));
  return {
    byteLength: base.byteLength,
    isReadOnly: base.isReadOnly,
    read: (offset, target) => wait().then(() => base.read(offset, target)),
    write: (offset, source) => wait().then(() => base.write(offset, source)),
    flush: () => wait(),
  };
}

const http = (): Promise<HttpBackend> => HttpBackend.open(server.url, { blockBytes: 4096, cacheBytes: 8192, readAheadBytes: 8192 });

const BACKENDS: readonly (readonly [string, () => BlockBackend | Promise<BlockBackend>])[] = [
  ['memory', () => MemoryBackend.from(CONTENT, { blockBytes: 2048 })],
  ['read-only memory', () => MemoryBackend.from(CONTENT, { isReadOnly: true })],
  ['overlay on memory', () => new OverlayBackend(MemoryBackend.from(CONTENT, { isReadOnly: true }))],
  ['overlay on a slow disk', () => new OverlayBackend(late(MemoryBackend.from(CONTENT, { isReadOnly: true })))],
  ['overlay on an overlay', () => new OverlayBackend(new OverlayBackend(late(MemoryBackend.from(CONTENT))), { blockBytes: 8192 })],
  ['blob', () => new BlobBackend(blobOf(CONTENT))],
  ['overlay on a blob', () => new OverlayBackend(new BlobBackend(blobOf(CONTENT)))],
  ['http', http],
  ['overlay on http', async () => new OverlayBackend(await http())],
  ['OPFS', () => OpfsBackend.open(new FakeOpfsFile('disk.img', CONTENT))],
  ['read-only OPFS', () => OpfsBackend.open(new FakeOpfsFile('disk.img', CONTENT), { isReadOnly: true })],
  ['file', () => file()],
  ['read-only file', () => file(true)],
];

const PLACE = fc.tuple(fc.nat(SECTORS - 1), fc.integer({ min: 1, max: 20 })).map(([sector, count]) => ({ sector, count: Math.min(count, SECTORS - sector) }));
const OPERATIONS = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), place: PLACE }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), place: PLACE, seed: fc.integer({ min: 1, max: 1000 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const) }) },
  ),
  { maxLength: 25 },
);

describe.each(BACKENDS)('%s', (name, create) => {
  it('has the size and content that it was made with', async () => {
    const backend = await create();
    const all = new Uint8Array(backend.byteLength);
    await backend.read(0, all);
    expect([backend.byteLength, Buffer.compare(all, CONTENT)]).toEqual([CONTENT.length, 0]);
    expect(backend.isReadOnly).toBe(/read-only|^blob|^http/.test(name));
    await backend.close?.();
  });

  it('does what a plain array does, with operations that overlap in time and place', async () => {
    await fc.assert(
      fc.asyncProperty(OPERATIONS, async (operations) => {
        const backend = await create();
        const model = CONTENT.slice();
        let pending: (void | Promise<void>)[] = [];
        for (const operation of operations) {
          if (operation.kind === 'wait') {
            await Promise.all(pending);
            pending = [];
          } else if (operation.kind === 'flush') pending.push(backend.flush());
          else if (operation.kind === 'write' && !backend.isReadOnly) {
            const bytes = pattern(operation.place.count * SECTOR_BYTES, operation.seed);
            pending.push(backend.write(operation.place.sector * SECTOR_BYTES, bytes));
            model.set(bytes, operation.place.sector * SECTOR_BYTES);
          } else {
            const start = operation.place.sector * SECTOR_BYTES;
            const target = new Uint8Array(operation.place.count * SECTOR_BYTES);
            const expected = model.slice(start, start + target.length);
            const check = (): void => expect(Buffer.compare(target, expected)).toBe(0);
            const result = backend.read(start, target);
            pending.push(result === undefined ? check() : result.then(check));
          }
        }
        await Promise.all(pending);
        const all = new Uint8Array(model.length);
        await backend.read(0, all);
        expect(Buffer.compare(all, model)).toBe(0);
        await backend.close?.();
      }),
      { numRuns: /http|slow|overlay on an/.test(name) ? 25 : 60, seed: 5 },
    );
  });

  it.each([
    ['within a sector', 1, 512],
    ['of part of a sector', 0, 100],
    ['beyond the end', (SECTORS - 1) * SECTOR_BYTES, 1024],
    ['at a negative offset', -512, 512],
    ['at no number', Number.NaN, 512],
  ])('refuses transfers %s', async (_what, offset, length) => {
    const backend = await create();
    await expect(async () => backend.read(offset, new Uint8Array(length))).rejects.toMatchObject({ code: 'block-range', message: expect.stringContaining(`${length} bytes at ${offset}: expected whole sectors of 512 within 38400`) });
    await expect(async () => backend.write(offset, new Uint8Array(length))).rejects.toMatchObject({ code: backend.isReadOnly ? 'block-read-only' : 'block-range' });
    await backend.close?.();
  });

  it('gives its changes to another one, if it keeps them in memory', async () => {
    const backend = await create();
    if (backend.changes !== undefined) {
      await backend.write(9 * SECTOR_BYTES, pattern(3 * SECTOR_BYTES, 7));
      await backend.write((SECTORS - 1) * SECTOR_BYTES, pattern(SECTOR_BYTES, 8));
      const saved = [...backend.changes.blocks()].map(([index, bytes]) => [index, bytes.slice()] as const);
      expect(saved.map(([index]) => index)).toEqual(saved.map(([index]) => index).sort((a, b) => a - b));
      const copy = await create();
      await copy.write(0, pattern(SECTOR_BYTES, 9));
      const before = copy.changes!.mark!();
      copy.changes!.replace(saved);
      expect([...copy.changes!.blocks(before)].map(([index]) => index)).toEqual(saved.map(([index]) => index));
      const mark = copy.changes!.mark!();
      expect([...copy.changes!.blocks(mark)]).toEqual([]);
      await copy.write(9 * SECTOR_BYTES, pattern(SECTOR_BYTES, 7));
      expect([...copy.changes!.blocks(mark)].map(([index]) => index)).toEqual([Math.floor((9 * SECTOR_BYTES) / copy.changes!.blockBytes)]);
      const [one, other] = [new Uint8Array(CONTENT.length), new Uint8Array(CONTENT.length)];
      await backend.read(0, one);
      await copy.read(0, other);
      expect(Buffer.compare(one, other)).toBe(0);
      for (const bad of [[-1, saved[0]![1]], [0, new Uint8Array(5)], [1000, saved[0]![1]]] as const) expect(() => copy.changes!.replace([bad])).toThrow('saved block');
    }
    expect(backend.changes !== undefined).toBe(/^memory|^overlay/.test(name));
    await backend.close?.();
  });
});

describe('FileBackend', () => {
  it('writes to the file that it was given', async () => {
    const path = join(folder, 'written.img');
    await writeFile(path, CONTENT);
    const disk = await FileBackend.open(path);
    await disk.write(1024, pattern(512, 3));
    await disk.flush();
    const model = CONTENT.slice();
    model.set(pattern(512, 3), 1024);
    expect(Buffer.compare(await readFile(path), model)).toBe(0);
    await disk.close();
  });
});
