import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

// The page is built and served once for all tests; they share the host's two cores with nothing else of this package.
export default mergeConfig(shared, { test: { globalSetup: ['./test/serve-demo.ts'], fileParallelism: false } });
