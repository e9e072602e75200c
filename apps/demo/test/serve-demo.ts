import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import type { TestProject } from 'vitest/node';
import { findChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where the built page is; undefined where there is no Chromium to open it. */
    demoUrl: string | undefined;
  }
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds the page and serves it, while the tests run. */
export default async function serveDemo({ provide }: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (findChromium() === undefined) {
    console.warn('There is no Chromium (install the package chromium, or name the program in RINGZERO_CHROMIUM): the tests of the page are skipped.');
    provide('demoUrl', undefined);
    return undefined;
  }
  const outDir = await mkdtemp(join(tmpdir(), 'ringzero-demo-'));
  await build({ root, logLevel: 'warn', build: { outDir, emptyOutDir: true } });
  const server = await preview({ root, logLevel: 'warn', build: { outDir }, preview: { port: 0 } });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the preview server has no address');
  provide('demoUrl', url);
  return async () => {
    await server.close();
    await rm(outDir, { recursive: true, force: true });
  };
}
