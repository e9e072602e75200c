import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The parts of a package.json that the checks read. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  readonly name: string;
  /** Absolute path. */
  readonly folder: string;
  /** `packages`, `apps`, `tooling` or `examples`. */
  readonly group: string;
  readonly manifest: Manifest;
}

/** The root of the repository. */
export const ROOT = resolve(fileURLToPath(import.meta.url), '../../../..');

/** Every package of the workspace, in alphabetical order within its group. */
export function readWorkspace(root: string = ROOT): WorkspacePackage[] {
  const packages: WorkspacePackage[] = [];
  for (const group of ['packages', 'apps', 'tooling', 'examples']) {
    const parent = join(root, group);
    if (!existsSync(parent)) continue;
    // The examples are a package themselves, beside those inside.
    for (const entry of ['.', ...readdirSync(parent).sort()]) {
      const file = join(parent, entry, 'package.json');
      if (!existsSync(file)) continue;
      const manifest = JSON.parse(readFileSync(file, 'utf8')) as Manifest;
      packages.push({ name: manifest.name, folder: join(parent, entry), group, manifest });
    }
  }
  return packages;
}

/** The packages that are published: those of packages/ and apps/ that are not private. */
export function publicPackages(packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  return packages.filter(({ group, manifest }) => (group === 'packages' || group === 'apps') && manifest.private !== true);
}

/** `subject` and every workspace package it needs at run time. */
export function runtimeClosure(subject: WorkspacePackage, packages: readonly WorkspacePackage[]): WorkspacePackage[] {
  const found = new Map<string, WorkspacePackage>();
  const visit = (current: WorkspacePackage): void => {
    if (found.has(current.name)) return;
    found.set(current.name, current);
    const { dependencies = {}, peerDependencies = {} } = current.manifest;
    for (const name of Object.keys({ ...dependencies, ...peerDependencies })) {
      const next = packages.find((candidate) => candidate.name === name);
      if (next !== undefined) visit(next);
    }
  };
  visit(subject);
  return [...found.values()];
}

/** The command line that runs the pnpm which runs this script, or else the one that the repository names. */
export function pnpmCommand(): readonly string[] {
  const running = process.env['npm_execpath'];
  if (running !== undefined && /pnpm[^/\\]*$/.test(running)) return running.endsWith('js') ? [process.execPath, running] : [running];
  return ['npx', '-y', 'pnpm@10.34.8'];
}
