import { library } from '@ringzero/bundling';
import { defineConfig } from 'tsup';

export default defineConfig(library({ entry: { index: 'src/index.ts', 'node/index': 'src/node/index.ts' }, tsconfig: 'tsconfig.node.json' }));
