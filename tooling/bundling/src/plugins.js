import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ConstantInliner } from './inliner.js';

const PACKAGES = fileURLToPath(new URL('../../../packages/', import.meta.url));
const LAYOUT = fileURLToPath(new URL('../../../packages/x86/src/state/layout.ts', import.meta.url));

/**
 * Why: what a bundler leaves of a module's constant is a variable that V8 loads, checks and compares with the length of the array
 * that it is an index of, wherever it is used (ADR 27). esbuild inlines constants of modules that import nothing, no others.
 *
 * @returns {Promise<ConstantInliner>}
 */
export async function createConstantInliner() {
  const { outputFiles } = await build({ entryPoints: [LAYOUT], bundle: true, format: 'esm', write: false, logLevel: 'error' });
  const { byteOffset, lane32 } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
  return new ConstantInliner({ byteOffset, lane32 });
}

/**
 * Whether a file is the source of one of our packages.
 *
 * @param {string} file
 */
export function isOurSource(file) {
  return file.startsWith(PACKAGES) && file.endsWith('.ts') && file.includes(`${sep}src${sep}`);
}

/** For esbuild and tsup. */
export function inlineConstantsPlugin() {
  return {
    name: 'inline-constants',
    /** @param {import('esbuild').PluginBuild} build */
    async setup({ onLoad }) {
      const inliner = await createConstantInliner();
      onLoad({ filter: /\.ts$/ }, ({ path }) => (isOurSource(path) ? { contents: inliner.text(path), loader: 'ts' } : undefined));
    },
  };
}

/** For Vite: before it looks at the source itself. */
export function inlineConstantsForVite() {
  /** @type {Promise<ConstantInliner> | undefined} */
  let inliner;
  return {
    name: 'inline-constants',
    enforce: /** @type {const} */ ('pre'),
    apply: /** @type {const} */ ('build'),
    /** @param {string} id */
    async load(id) {
      return isOurSource(id) ? (await (inliner ??= createConstantInliner())).text(id) : null;
    },
  };
}
