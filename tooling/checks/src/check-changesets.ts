import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, readWorkspace, ROOT } from './workspace.ts';

/**
 * Checks that every change note names packages of this workspace, and that every published package has either a change
 * note waiting or a changelog.
 */
const folder = join(ROOT, '.changeset');
const packages = publicPackages(readWorkspace());
const noted = new Set<string>();
const problems: string[] = [];
for (const file of readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')) {
  const header = /^---\n([\s\S]*?)\n---\n\n\S/.exec(readFileSync(join(folder, file), 'utf8'))?.[1];
  if (header === undefined) problems.push(`.changeset/${file}: expected a header between --- lines and a sentence`);
  for (const line of header?.split('\n') ?? []) {
    const match = /^['"](.+)['"]: (major|minor|patch)$/.exec(line);
    if (match?.[1] === undefined || !packages.some(({ name }) => name === match[1])) problems.push(`.changeset/${file}: ${line}: expected a published package and its step`);
    else noted.add(match[1]);
  }
}
for (const { name, folder: home } of packages) {
  if (!noted.has(name) && !existsSync(join(home, 'CHANGELOG.md'))) problems.push(`${name} has neither a change note nor a changelog`);
}
for (const problem of problems) console.error(problem);
console.log(`${noted.size} packages with change notes, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
