import { configDefaults, mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

// The packaging test needs built packages, and is run by `pnpm check:packages`.
export default mergeConfig(shared, { test: { exclude: [...configDefaults.exclude, 'src/pack-consume.test.ts'] } });
