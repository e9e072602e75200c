import { readFile } from 'node:fs/promises';
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { createJitHypervisor } from '@ringzero/backend-jit';
import { benchmarkChecksum, resolveEmbeddedGuest } from '@ringzero/guests';
import { createMachine, readState, restoreState, saveState } from '@ringzero/machine';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';

/** So long that it is under way wherever it goes. */
const SCALE = 200;
/** Milliseconds: a slow host computes for minutes. */
const PATIENCE = 300_000;
const backends = { interpreter: createInterpreterHypervisor, jit: createJitHypervisor };

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** Runs for about that many milliseconds. */
async function runFor(machine: Awaited<ReturnType<typeof createMachine>>, milliseconds: number): Promise<string> {
  const timer = setTimeout(() => machine.stop(), milliseconds);
  const { kind } = await machine.run();
  clearTimeout(timer);
  return kind;
}

describe.skipIf(!hasBrowser)('one running guest (skipped where there is no Chromium)', () => {
  let browser: Browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(() => browser.close());

  it('goes from the interpreter to the JIT, into a file, into a page, and back to Node; its computation comes out right', { timeout: PATIENCE }, async () => {
    const guest = resolveEmbeddedGuest('dhrystone', { scale: SCALE });
    await using first = await createMachine({ backend: 'interpreter', backends, memory: guest.memoryBytes, boot: guest });
    expect(await runFor(first, 300)).toBe('stopped');
    await first.switchBackend('jit');
    expect(await runFor(first, 100)).toBe('stopped');
    const file = await collect(saveState(first, { notes: { guest: 'dhrystone from Node' } }));

    const demo = await DemoPage.open(await browser.newContext(), '?guest=monitor&backend=interpreter');
    await demo.waitForOutput('Type help.');
    await demo.page.locator('input[type=file]').setInputFiles({ name: 'from-node.ringzero', mimeType: '', buffer: file });
    await demo.page.locator('.status-text', { hasText: 'dhrystone from Node' }).waitFor();
    await demo.chooseEngines('JIT', 'Interpreter');
    await demo.press('Pause');
    await demo.waitForPhase('paused');
    expect(await demo.output()).not.toContain('DONE');
    const download = demo.page.waitForEvent('download');
    await demo.page.getByTitle('Save into a file').click();
    const state = await readState(await readFile(await (await download).path()));
    expect(demo.errors).toEqual([]);

    const { memoryBytes, ...config } = state.header.config;
    await using last = await createMachine({ ...config, backend: 'jit', backends, memory: memoryBytes });
    await restoreState(last, state);
    const output = last.serial.read();
    const run = last.run();
    // All that it still said: it went on where it had been, and did not begin anew.
    expect(await output.until('DONE')).toBe(`${benchmarkChecksum('dhrystone', SCALE)}\r\nDONE`);
    expect(await run).toEqual({ kind: 'powerOff' });
  });
});
