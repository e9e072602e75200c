import { configDefaults, defineConfig } from 'vitest/config';

// The packaging test needs built packages, and is run by `pnpm check:packages`.
export default defineConfig({ test: { exclude: [...configDefaults.exclude, 'src/pack-consume.test.ts'] } });
