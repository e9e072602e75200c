import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForBrowser, bundleForNode } from '@ringzero/bundling';

function sourceFile(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Bundles what a measuring process runs into `folder`; returns the file. */
export async function bundleMeasure(folder: string): Promise<string> {
  const outfile = join(folder, 'measure.mjs');
  await bundleForNode(sourceFile('./measure.ts'), outfile);
  return outfile;
}

/** The same for a page in a browser. */
export async function bundlePage(folder: string): Promise<string> {
  const outfile = join(folder, 'page.mjs');
  // v86 stays a module of its own: it looks for a `require`, which a bundle has.
  await bundleForBrowser(sourceFile('./browser/page.ts'), outfile, ['v86']);
  return outfile;
}
