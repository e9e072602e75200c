import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '@ringzero/bundling';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The command, as one module. */
    ringzero: string;
  }
}

/** Within the package, so that what the bundle does not hold is found as the package finds it. */
const CACHE = fileURLToPath(new URL('../node_modules/.cache/', import.meta.url));

/** Bundles the command from its sources, while the tests run. */
export default async function bundleCommand({ provide }: TestProject): Promise<() => Promise<void>> {
  await mkdir(CACHE, { recursive: true });
  const folder = await mkdtemp(join(CACHE, 'test-'));
  const command = join(folder, 'main.mjs');
  // jiti loads a part of itself from beside itself.
  await bundleForNode(fileURLToPath(new URL('../src/main.ts', import.meta.url)), command, ['jiti']);
  provide('ringzero', command);
  return () => rm(folder, { recursive: true, force: true });
}
