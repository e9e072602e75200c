// V8's traps on whole guests. Those that one function shows are in packages/backend-jit/test/traps.test.ts.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bytecodeLengths, BYTECODE_CLIFF } from '@ringzero/v8-instruments';
import { resolveGuest } from '@ringzero/guests/node';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { watchGuest, type WatchedRun } from '../src/watch-guest.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringzero-traps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function watch(name: string, scale: number): Promise<WatchedRun> {
  const { memoryBytes, ...source } = await resolveGuest(name, { scale });
  return watchGuest({ source, memoryBytes, options: {}, seconds: 150, settle: 1, top: 1000 });
}

describe('1: exits do not deoptimize for ever', () => {
  // Sorts: many small loops, each left again and again through exits that were cold at first.
  it.each([['qsort', 40], ['branchy', 40], ['recursion', 40]])('%s', async (name, scale) => {
    const { deopts, end, instructions, regions } = await watch(name, scale);
    expect(end).toBe('powerOff');
    expect(instructions).toBeGreaterThan(2e8);
    // V8 gives up some code on the way to steady state: 20 to 45 times here, at most 3 times a region.
    expect(deopts.length).toBeGreaterThan(0);
    expect(deopts.length).toBeLessThan(200);
    for (const { region } of regions) expect(deopts.filter(({ functionName }) => functionName === region.functionName).length, region.script).toBeLessThan(40);
    // None of what runs is without feedback for good.
    const last = deopts.at(-1)?.time ?? 0;
    expect(deopts.filter(({ time }) => time > last / 2).length).toBeLessThan(150);
  });
});

it('4: no buffer is detached and no WebAssembly memory grows in the process that runs a guest', async () => {
  const flag = '--trace-protector-invalidation';
  const invalidated = /Invalidating protector cell ArrayBufferDetaching/;
  // V8 says it of whoever does: so it is not silent because it cannot speak.
  expect(execFileSync(process.execPath, [flag, '-e', 'const b = new ArrayBuffer(8); structuredClone(b, { transfer: [b] })'], { encoding: 'utf8' })).toMatch(invalidated);
  expect(execFileSync(process.execPath, [flag, '-e', 'new WebAssembly.Memory({ initial: 1, maximum: 2 }).grow(1)'], { encoding: 'utf8' })).toMatch(invalidated);
  // Bundled as it is published: tsx itself grows the memory of a WebAssembly module.
  const outfile = join(folder, 'cli.mjs');
  const banner = { js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);" };
  await build({ entryPoints: [fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))], bundle: true, platform: 'node', format: 'esm', conditions: ['@ringzero/source'], outfile, banner, logLevel: 'error' });
  for (const guest of ['integer', 'syscalls', 'monitor']) {
    const { status, stdout } = spawnSync(process.execPath, [flag, outfile, 'run', guest, '--timeout', '150'], { encoding: 'utf8', input: 'poweroff\r', cwd: folder });
    expect(stdout).toMatch(guest === 'monitor' ? /Ringzero monitor/ : /DONE/);
    expect(stdout).not.toMatch(invalidated);
    expect(status).toBe(0);
  }
});

it('5: the regions of real guests are under the cliff', async () => {
  const texts = [...(await watch('sse2', 4)).regions, ...(await watch('x87', 4)).regions, ...(await watch('lz', 10)).regions].map(({ region }) => region);
  const largest = texts.sort((a, b) => b.source.length - a.source.length).slice(0, 12);
  expect(largest[0]?.source.length).toBeGreaterThan(5_000);
  for (const length of await bytecodeLengths(largest)) expect(length).toBeLessThan(BYTECODE_CLIFF);
});
