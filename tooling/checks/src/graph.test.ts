import { describe, expect, it } from 'vitest';
import { checkImports, checkManifests, findCycles, packageOf } from './graph.ts';
import { readWorkspace, runtimeClosure } from './workspace.ts';
import type { Manifest, WorkspacePackage } from './workspace.ts';

function pkg(name: string, manifest: Partial<Manifest> = {}): WorkspacePackage {
  return { name, folder: `/repo/packages/${packageOf(name).split('/').at(-1)}`, group: 'packages', manifest: { name, ...manifest } };
}

describe('dependency graph', () => {
  it('reports a dependency against the direction', () => {
    const packages = [pkg('low', { dependencies: { high: '*' } }), pkg('high', { dependencies: { low: '*', other: '*' } })];
    expect(checkManifests(packages, { low: [], high: ['low'] })).toEqual([
      'low depends on high; allowed: none', 'cycle: low → high → low',
    ]);
    expect(checkManifests([pkg('new')], {})).toEqual(['new has no rule: say in graph.ts what it may depend on']);
  });

  it('reports imports that are undeclared or leave the package', () => {
    const subject = pkg('@ringzero/x', { dependencies: { a: '*' }, devDependencies: { b: '*' } });
    const text = "import 'a/deep'; import type { B } from 'b'; import fs from 'node:fs'; export * from './c.ts'; import '../../y/src/d.ts';";
    expect(checkImports(subject, '/repo/packages/x/src/file.ts', text)).toEqual([
      'packages/x/src/file.ts imports b, which is not among the dependencies of @ringzero/x',
      'packages/x/src/file.ts imports ../../y/src/d.ts, outside its package',
    ]);
    expect(checkImports(subject, '/repo/packages/x/src/file.test.ts', "import 'b'; await import('c');")).toEqual([
      'packages/x/src/file.test.ts imports c, which is not among the dependencies or devDependencies of @ringzero/x',
    ]);
  });

  it('finds cycles and closures', () => {
    const packages = [pkg('a', { dependencies: { b: '*' } }), pkg('b', { dependencies: { c: '*' } }), pkg('c')];
    expect(findCycles(packages)).toEqual([]);
    expect(runtimeClosure(packages[0]!, packages).map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('reads this workspace', () => {
    expect(readWorkspace().map(({ name }) => name)).toContain('@ringzero/processor');
  });
});
