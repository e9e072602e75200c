import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { createConstantInliner, inlineConstantsPlugin, isOurSource } from './plugins.js';

/** Sources go on to know where they are, since they find files beside themselves; constants are inlined as in published packages. */
const SOURCES = {
  name: 'sources',
  /** @param {import('esbuild').PluginBuild} build */
  async setup({ onLoad }) {
    const inliner = await createConstantInliner();
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = isOurSource(path) ? inliner.text(path) : await readFile(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: /** @type {const} */ ('ts') };
    });
  },
};

const REQUIRE = "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);";

/** @type {import('esbuild').BuildOptions} */
const COMMON = { bundle: true, format: 'esm', target: 'es2022', conditions: ['@ringzero/source'], logLevel: 'error', minifySyntax: true };

/**
 * @param {string} entry
 * @param {string} outfile
 * @param {readonly string[]} external
 */
export async function bundleForNode(entry, outfile, external = []) {
  await build({ ...COMMON, entryPoints: [entry], outfile, external: [...external], platform: 'node', banner: { js: REQUIRE }, plugins: [SOURCES], sourcemap: true });
}

/**
 * @param {string} entry
 * @param {string} outfile
 * @param {readonly string[]} external
 */
export async function bundleForBrowser(entry, outfile, external = []) {
  await build({ ...COMMON, entryPoints: [entry], outfile, external: [...external], platform: 'browser', plugins: [inlineConstantsPlugin()] });
}
