import { inlineConstantsPlugin } from '@ringzero/inline-constants';
import { defineConfig } from 'tsup';

export default defineConfig({ entry: ['src/index.ts'], format: 'esm', dts: true, clean: true, sourcemap: true, target: 'es2022', esbuildPlugins: [inlineConstantsPlugin()] });
