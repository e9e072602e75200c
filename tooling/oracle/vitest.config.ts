import { mergeConfig } from 'vitest/config';
import shared from '../../vitest.config.ts';

// Node loads the sources itself, through tsx. In the test runner's modules each use of an imported name is a getter's call: the
// vectors then take twice the processor time (measured; suites that execute less gain nothing).
export default mergeConfig(shared, {
  test: {
    execArgv: ['--import', 'tsx', '--conditions=@ringzero/source'],
    experimental: { viteModuleRunner: false, nodeLoader: false },
  },
});
