import { defineConfig } from 'vitest/config';

// Tests resolve the workspace's TypeScript sources through the private condition, so they need no build. A limit is there to end
// what hangs: hosts of CI are slow at times, and no test is about how long it takes.
export default defineConfig({
  resolve: { conditions: ['@ringzero/source'] },
  ssr: { resolve: { conditions: ['@ringzero/source'] } },
  test: { testTimeout: 180_000, hookTimeout: 180_000 },
});
