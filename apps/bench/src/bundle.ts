import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createConstantInliner, inlineConstantsPlugin, isOurSource } from '@ringzero/inline-constants';
import { build, type BuildOptions, type Plugin } from 'esbuild';

/** Sources go on to know where they are, since they find files beside themselves; constants are inlined as in published packages. */
const SOURCES: Plugin = {
  name: 'sources',
  async setup({ onLoad }) {
    const inliner = await createConstantInliner();
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = isOurSource(path) ? inliner.text(path) : await readFile(path, 'utf8');
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' };
    });
  },
};

function bundle(options: BuildOptions & Pick<Required<BuildOptions>, 'outfile'>): Promise<unknown> {
  return build({ bundle: true, format: 'esm', target: 'es2022', conditions: ['@ringzero/source'], logLevel: 'error', minifySyntax: true, ...options });
}

function sourceFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Bundles what a measuring process runs into `folder`; returns the file. */
export async function bundleMeasure(folder: string): Promise<string> {
  const outfile = join(folder, 'measure.mjs');
  const banner = { js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);" };
  await bundle({ entryPoints: [sourceFile('./measure.ts')], outfile, platform: 'node', banner, plugins: [SOURCES] });
  return outfile;
}

/** The same for a page in a browser. */
export async function bundlePage(folder: string): Promise<string> {
  const outfile = join(folder, 'page.mjs');
  // v86 stays a module of its own: it looks for a `require`, which a bundle has.
  await bundle({ entryPoints: [sourceFile('./browser/page.ts')], outfile, platform: 'browser', external: ['v86'], plugins: [inlineConstantsPlugin()] });
  return outfile;
}
