import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

// The command is bundled once for all tests, which start it some ninety times.
export default mergeConfig(shared, { test: { globalSetup: ['./test/bundle-command.ts'] } });
