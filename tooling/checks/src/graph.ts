import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import type { WorkspacePackage } from './workspace.ts';

/**
 * Which of our packages each one may need at run time (docs/adr and ARCHITECTURE.md say why). A backend never needs a device or the
 * machine; a device no processor package; the machine no backend, which is handed to it or named by the application.
 */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  '@ringzero/processor': [],
  '@ringzero/x86': ['@ringzero/processor'],
  '@ringzero/guest-memory': ['@ringzero/processor'],
  '@ringzero/x86-semantics': ['@ringzero/x86', '@ringzero/guest-memory', '@ringzero/processor'],
  '@ringzero/backend-interpreter': ['@ringzero/x86-semantics', '@ringzero/x86', '@ringzero/guest-memory', '@ringzero/processor'],
  '@ringzero/backend-jit': [
    '@ringzero/backend-interpreter', '@ringzero/x86-semantics', '@ringzero/x86', '@ringzero/guest-memory', '@ringzero/processor',
  ],
  '@ringzero/devices': ['@ringzero/guest-memory', '@ringzero/processor'],
  '@ringzero/block-backends': ['@ringzero/devices', '@ringzero/processor'],
  '@ringzero/machine': ['@ringzero/devices', '@ringzero/guest-memory', '@ringzero/processor'],
  '@ringzero/conformance': ['@ringzero/x86', '@ringzero/guest-memory', '@ringzero/processor', '@ringzero/guests'],
  '@ringzero/guests': ['@ringzero/processor', '@ringzero/x86'],
};

const BUILTINS: ReadonlySet<string> = new Set(builtinModules);

/** The package part of a module specifier: `@ringzero/x86/engine` → `@ringzero/x86`. */
export function packageOf(specifier: string): string {
  return specifier.split('/').slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** Every TypeScript file of a package, as absolute paths, without build results and installed packages. */
export function sourceFiles(folder: string): string[] {
  const files: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && existsSync(join(path, 'package.json'))) continue;
    if (entry.isDirectory()) files.push(...sourceFiles(path));
    else if (/\.(ts|mts|js|mjs)$/.test(entry.name)) files.push(path);
  }
  return files;
}

/** Whether a file is shipped: under src/ of a published package, and neither a test nor a benchmark. */
export function isShipped(pkg: WorkspacePackage, file: string): boolean {
  return pkg.manifest.private !== true && relative(pkg.folder, file).startsWith('src/') && !/\.(test|bench)\.[a-z]+$/.test(file);
}

/** What is wrong with what one file of `pkg` imports. */
export function checkImports(pkg: WorkspacePackage, file: string, text: string): string[] {
  const problems: string[] = [];
  const { dependencies = {}, peerDependencies = {}, devDependencies = {}, optionalDependencies = {} } = pkg.manifest;
  const runtime = { ...dependencies, ...peerDependencies, ...optionalDependencies };
  const shipped = isShipped(pkg, file);
  const declared = shipped ? runtime : { ...runtime, ...devDependencies };
  const place = relative(dirname(dirname(pkg.folder)), file);
  for (const { fileName: specifier } of ts.preProcessFile(text, true, false).importedFiles) {
    if (specifier.startsWith('.')) {
      const target = resolve(dirname(file), specifier);
      if (relative(pkg.folder, target).startsWith('..') && !isSharedConfiguration(specifier)) {
        problems.push(`${place} imports ${specifier}, outside its package`);
      }
      continue;
    }
    const name = packageOf(specifier);
    if (name.startsWith('node:') || BUILTINS.has(name) || name === pkg.name) continue;
    if (!(name in declared)) {
      problems.push(`${place} imports ${specifier}, which is not among the ${shipped ? 'dependencies' : 'dependencies or devDependencies'} of ${pkg.name}`);
    }
  }
  return problems;
}

/** Every package's vitest configuration is the root's. */
function isSharedConfiguration(specifier: string): boolean {
  return specifier.endsWith('/vitest.config.ts');
}

/** What is wrong with the dependencies that the package.json files declare. */
export function checkManifests(packages: readonly WorkspacePackage[], allowed: Readonly<Record<string, readonly string[]>> = ALLOWED): string[] {
  const problems: string[] = [];
  const ours = new Set(packages.map(({ name }) => name));
  for (const { name, group, manifest } of packages) {
    if (group !== 'packages') continue;
    const rule = allowed[name];
    if (rule === undefined) {
      problems.push(`${name} has no rule: say in graph.ts what it may depend on`);
      continue;
    }
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })) {
      if (ours.has(dependency) && !rule.includes(dependency)) problems.push(`${name} depends on ${dependency}; allowed: ${rule.join(', ') || 'none'}`);
    }
  }
  return [...problems, ...findCycles(packages)];
}

/** Cycles of run-time dependencies. */
export function findCycles(packages: readonly WorkspacePackage[]): string[] {
  const byName = new Map(packages.map((pkg) => [pkg.name, pkg]));
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) {
      cycles.push(`cycle: ${[...path.slice(path.indexOf(name)), name].join(' → ')}`);
      return;
    }
    const pkg = byName.get(name);
    if (pkg === undefined || done.has(name)) return;
    for (const next of Object.keys(pkg.manifest.dependencies ?? {})) visit(next, [...path, name]);
    done.add(name);
  };
  for (const { name } of packages) visit(name, []);
  return cycles;
}

/** All problems of the workspace. */
export function checkGraph(packages: readonly WorkspacePackage[]): string[] {
  const problems = checkManifests(packages);
  for (const pkg of packages) {
    for (const file of sourceFiles(pkg.folder)) problems.push(...checkImports(pkg, file, readFileSync(file, 'utf8')));
  }
  return problems;
}
