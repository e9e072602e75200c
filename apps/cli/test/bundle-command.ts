import { fileURLToPath } from 'node:url';
import { bundleForNode } from '@ringzero/bundling';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The command, as one module. */
    ringzero: string;
  }
}

const SOURCE = fileURLToPath(new URL('../src/main.ts', import.meta.url));
/** Within the package, so that what the bundle does not hold is found as the package finds it. */
const COMMAND = fileURLToPath(new URL('../node_modules/.cache/test/main.mjs', import.meta.url));

/** Bundles the command from its sources, before the tests run. */
export default async function bundleCommand({ provide }: TestProject): Promise<void> {
  // jiti loads a part of itself from beside itself.
  await bundleForNode(SOURCE, COMMAND, ['jiti']);
  provide('ringzero', COMMAND);
}
