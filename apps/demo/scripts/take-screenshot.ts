// pnpm demo:screenshot: the picture in the README.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import { findChromium, startChromium } from '../test/chromium.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = fileURLToPath(new URL('../../../docs/demo.png', import.meta.url));
const MOST_BYTES = 200 * 1024;

const program = findChromium();
if (program === undefined) throw new Error('no Chromium: install the package chromium, or name the program in RINGZERO_CHROMIUM');
const outDir = await mkdtemp(join(tmpdir(), 'ringzero-demo-'));
await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
const server = await preview({ root, logLevel: 'warn', build: { outDir }, preview: { port: 0 } });
const browser = await startChromium(program);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  await page.goto(server.resolvedUrls!.local[0]!);
  const command = async (text: string, milliseconds: number): Promise<void> => {
    await page.locator('.xterm-helper-textarea').focus();
    await page.keyboard.type(`${text}\n`);
    await page.waitForTimeout(milliseconds);
  };
  const choose = async (engine: string): Promise<void> => {
    await page.locator('.segment', { hasText: engine }).click();
    await page.waitForTimeout(600);
  };
  await page.waitForTimeout(2500);
  await command('cpuid', 500);
  await choose('Interpreter');
  await command('bench', 4000);
  await choose('JIT');
  await command('bench', 4000);
  await command('fault de', 500);
  await page.getByRole('tab', { name: 'Code', exact: true }).click();
  await page.waitForTimeout(1200);
  await page.screenshot({ path: target });
  const { size } = await stat(target);
  if (size > MOST_BYTES) throw new Error(`${target}: ${size} bytes, expected at most ${MOST_BYTES}`);
  console.log(`${target}: ${Math.round(size / 1024)} KB`);
} finally {
  await browser.close();
  await server.close();
  await rm(outDir, { recursive: true, force: true });
}
