import { defineConfig } from 'vitest/config';

// Tests resolve the workspace's TypeScript sources through the private condition, so they need no build.
export default defineConfig({
  resolve: { conditions: ['@ringzero/source'] },
  ssr: { resolve: { conditions: ['@ringzero/source'] } },
});
