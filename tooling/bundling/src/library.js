import { inlineConstantsPlugin } from './plugins.js';

/**
 * @param {{ entry: NonNullable<import('tsup').Options['entry']>, banner?: string, tsconfig?: string }} library
 * @returns {import('tsup').Options}
 */
export function library({ entry, banner, tsconfig = 'tsconfig.json' }) {
  return {
    entry, tsconfig, format: 'esm', target: 'es2022', clean: true, sourcemap: true, esbuildPlugins: [inlineConstantsPlugin()],
    // What it depends on is built already, and its declarations are read as users have them: checking its sources again takes longer than all else.
    dts: { ...(banner === undefined ? {} : { banner }), compilerOptions: { customConditions: [] } },
  };
}
