import { library } from '@ringzero/bundling';
import { defineConfig } from 'tsup';

// The first line is for projects whose own `lib` is older than `await using`.
export default defineConfig(library({ entry: { index: 'src/index.ts', 'node/index': 'src/node/index.ts' }, tsconfig: 'tsconfig.node.json', banner: '/// <reference lib="esnext.disposable" />' }));
