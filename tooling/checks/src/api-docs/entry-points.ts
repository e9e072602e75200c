import { join } from 'node:path';
import type { WorkspacePackage } from '../workspace.ts';

/** The source files that a package exports. */
export function entryPoints({ folder, manifest }: WorkspacePackage): string[] {
  const files: string[] = [];
  for (const target of Object.values(manifest.exports ?? {})) {
    const source = (target as Readonly<Record<string, unknown>> | null)?.['@ringzero/source'];
    if (typeof source === 'string') files.push(join(folder, source));
  }
  return files;
}
