// Checks the types of all packages. Those whose configurations have the same options are one program: by itself, each would check
// the sources of all that it imports once more.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { readWorkspace, ROOT } from './workspace.ts';

interface Group {
  readonly options: ts.CompilerOptions;
  readonly files: Set<string>;
  readonly configs: string[];
}

/** What a configuration's options say of where it is. */
const PLACES = ['configFilePath', 'pathsBasePath'];
const host: ts.FormatDiagnosticsHost = { getCurrentDirectory: () => ROOT, getCanonicalFileName: (name) => name, getNewLine: () => '\n' };

/** The configurations that a package's own `typecheck` names. */
function configsOf(folder: string, script: string | undefined): string[] {
  return Array.from((script ?? '').matchAll(/tsc -p (\S+)/g), ([, name]) => join(folder, name!));
}

function fail(diagnostics: readonly ts.Diagnostic[]): never {
  process.stdout.write(ts.formatDiagnosticsWithColorAndContext(diagnostics, host));
  process.exit(1);
}

function groups(): Group[] {
  const found = new Map<string, Group>();
  for (const { folder, manifest } of readWorkspace()) {
    for (const config of configsOf(folder, manifest.scripts?.['typecheck'])) {
      const parsed = ts.getParsedCommandLineOfConfigFile(config, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: (diagnostic) => fail([diagnostic]) });
      if (parsed === undefined || parsed.errors.length > 0) fail(parsed?.errors ?? []);
      const shared = Object.fromEntries(Object.entries(parsed.options).filter(([name]) => !PLACES.includes(name)));
      const key = JSON.stringify(Object.entries(shared).sort(([a], [b]) => (a < b ? -1 : 1)));
      const group: Group = found.get(key) ?? { options: shared, files: new Set<string>(), configs: [] };
      found.set(key, group);
      group.configs.push(config);
      for (const file of parsed.fileNames) group.files.add(file);
    }
  }
  // The largest first: the last ones to be checked are small.
  return [...found.values()].sort((a, b) => b.files.size - a.files.size);
}

function check({ configs, files, options }: Group): void {
  // Type packages are found from there.
  const place = configs.length === 1 ? configs[0]! : join(ROOT, 'tsconfig.json');
  const program = ts.createProgram([...files], { ...options, configFilePath: place });
  const diagnostics = ts.getPreEmitDiagnostics(program);
  if (diagnostics.length > 0) fail(diagnostics);
  process.stdout.write(`${configs.map((config) => config.slice(ROOT.length + 1)).join(', ')}: ${files.size} files\n`);
}

const wanted = process.argv[2];
if (wanted !== undefined) check(groups()[Number(wanted)]!);
else {
  const waiting = groups().map((_, i) => i);
  const worker = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      const child = fork(fileURLToPath(import.meta.url), [String(index)], { cwd: dirname(fileURLToPath(import.meta.url)) });
      const status = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      if (status !== 0) process.exitCode = 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
