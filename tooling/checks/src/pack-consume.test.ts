import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { USES } from './uses.ts';
import { pnpmCommand, publicPackages, readWorkspace, ROOT, runtimeClosure } from './workspace.ts';
import type { WorkspacePackage } from './workspace.ts';

const packages = readWorkspace();
const published = publicPackages(packages);
const scratch = mkdtempSync(join(tmpdir(), 'ringzero-packages-'));
const tarballs = new Map<string, string>();
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
const bin = join(ROOT, 'tooling/checks/node_modules/.bin');

/** Runs a command and returns its output; a failure shows it. */
function run(command: string, args: readonly string[], cwd: string): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed in ${cwd}\n${stdout ?? ''}${stderr ?? ''}`);
  }
}

/** The tarball of a package, packed when it is first asked for. */
function tarballOf(pkg: WorkspacePackage): string {
  const known = tarballs.get(pkg.name);
  if (known !== undefined) return known;
  if (!existsSync(join(pkg.folder, 'dist/index.d.ts'))) throw new Error(`${pkg.name} is not built: run pnpm build first`);
  const folder = join(scratch, 'tarballs', pkg.name.replace('/', '+'));
  mkdirSync(folder, { recursive: true });
  const [command = 'npx', ...prefix] = pnpmCommand();
  run(command, [...prefix, 'pack', '--pack-destination', folder], pkg.folder);
  const [file] = readdirSync(folder);
  if (file === undefined) throw new Error(`pnpm pack wrote no tarball of ${pkg.name}`);
  tarballs.set(pkg.name, join(folder, file));
  return join(folder, file);
}

/** The module specifiers that a package exports. */
function specifiers(pkg: WorkspacePackage): string[] {
  return Object.keys(pkg.manifest.exports ?? {})
    .filter((path) => path !== './package.json' && !path.includes('*'))
    .map((path) => pkg.name + path.slice(1));
}

function consumerProgram(pkg: WorkspacePackage): string {
  const imports = specifiers(pkg).map((specifier, index) => `import * as module${index} from '${specifier}';\n`).join('');
  const checks = specifiers(pkg).map((specifier, index) =>
    `if (Object.keys(module${index}).length === 0) throw new Error('${specifier} exports nothing');\n`).join('');
  return `${imports}${checks}${USES[pkg.name] ?? ''}\nexport {};\n`;
}

/** A project in an empty folder that has nothing but the tarballs of `pkg` and of our packages that it needs. */
function consume(pkg: WorkspacePackage): string {
  const folder = join(scratch, 'consumers', pkg.name.replace('/', '+'));
  mkdirSync(folder, { recursive: true });
  const dependencies = Object.fromEntries(runtimeClosure(pkg, packages).map((needed) => [needed.name, `file:${tarballOf(needed)}`]));
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }, null, 2));
  run('npm', ['install', '--no-audit', '--no-fund', '--no-package-lock', '--prefer-offline', '--ignore-scripts'], folder);
  return folder;
}

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(published)('$name', (pkg) => {
  const { name } = pkg;
  it('is a clean package', () => {
    const tarball = tarballOf(pkg);
    run(join(bin, 'publint'), ['run', '--strict', tarball], scratch);
    run(join(bin, 'attw'), ['--profile', 'esm-only', '--no-emoji', tarball], scratch);
    const listing = run('tar', ['-tzf', tarball], scratch).split('\n');
    expect(listing).toContain('package/LICENSE');
    expect(listing).toContain('package/README.md');
    expect(listing.filter((entry) => /\.(test|bench)\.|^package\/src\//.test(entry))).toEqual([]);
    const manifest = run('tar', ['-xzOf', tarball, 'package/package.json'], scratch);
    expect(manifest).not.toMatch(/"(workspace|catalog):/);
  });

  it('installs and works alone in an empty project, types included', () => {
    const folder = consume(pkg);
    const program = consumerProgram(pkg);
    const target = ts.ScriptTarget.ES2022;
    writeFileSync(join(folder, 'program.js'), ts.transpileModule(program, { compilerOptions: { target, module: ts.ModuleKind.ESNext } }).outputText);
    run(process.execPath, ['program.js'], folder);

    writeFileSync(join(folder, 'program.ts'), program);
    const needsNode = Object.keys(pkg.manifest.peerDependencies ?? {}).length > 0;
    const compilerOptions = {
      target: 'ES2022', lib: ['ES2023'], module: 'NodeNext', moduleResolution: 'NodeNext', types: [], strict: true, noEmit: true, skipLibCheck: needsNode,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['program.ts'] }));
    run(process.execPath, [tsc, '-p', folder], folder);

    for (const [command, file] of Object.entries(typeof pkg.manifest.bin === 'object' ? pkg.manifest.bin : {})) {
      expect(readFileSync(join(folder, 'node_modules', name, file), 'utf8')).toMatch(/^#!\/usr\/bin\/env node/);
      expect(run(join(folder, 'node_modules/.bin', command), ['--help'], folder)).toContain(command);
    }
  });
});
