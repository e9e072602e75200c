import { inlineConstantsPlugin } from '@ringzero/inline-constants';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'node/index': 'src/node/index.ts' },
  format: 'esm',
  // For projects whose own `lib` is older than `await using`.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  clean: true,
  sourcemap: true,
  target: 'es2022',
  tsconfig: 'tsconfig.node.json',
  esbuildPlugins: [inlineConstantsPlugin()],
});
