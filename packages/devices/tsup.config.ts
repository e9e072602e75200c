import { library } from '@ringzero/bundling';
import { defineConfig } from 'tsup';

export default defineConfig(library({ entry: ['src/index.ts'] }));
