import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pnpmCommand, readWorkspace, ROOT } from './workspace.ts';

/**
 * Checks that generated files are what their generators write today. A package that has some keeps them in src/generated/ and has
 * a script `generate`, which writes into the folder that it is given as argument.
 */
function compare(expected: string, actual: string): string[] {
  const list = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort() : [];
  const names = new Set([...list(expected), ...list(actual)]);
  return [...names].filter((name) => {
    const [left, right] = [join(expected, name), join(actual, name)];
    return !existsSync(left) || !existsSync(right) || !readFileSync(left).equals(readFileSync(right));
  });
}

let failures = 0;
for (const { name, folder, manifest } of readWorkspace()) {
  if (manifest.scripts?.['generate'] === undefined) continue;
  const fresh = mkdtempSync(join(tmpdir(), 'ringzero-generated-'));
  const [command = 'npx', ...prefix] = pnpmCommand();
  const run = spawnSync(command, [...prefix, '--filter', name, 'run', 'generate', fresh], { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' });
  const different = run.status === 0 ? compare(fresh, join(folder, 'src/generated')) : [];
  if (run.status !== 0) console.error(`${name}: the generator failed with status ${run.status}\n${run.stdout}`);
  for (const file of different) console.error(`${name}: src/generated/${file} is not what the generator writes; run pnpm --filter ${name} generate`);
  if (run.status !== 0 || different.length > 0) failures++;
  else console.log(`${name}: generated files are up to date`);
  rmSync(fresh, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;
