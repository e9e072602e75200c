import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Application, TSConfigReader } from 'typedoc';
import { afterAll, describe, expect, it } from 'vitest';
import { undocumented } from './undocumented.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringzero-docs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function check(source: string): Promise<string[]> {
  const file = join(folder, 'index.ts');
  const tsconfig = join(folder, 'tsconfig.json');
  writeFileSync(file, source);
  writeFileSync(tsconfig, JSON.stringify({ compilerOptions: { target: 'ES2022', module: 'ESNext', moduleResolution: 'Bundler', types: [], strict: true }, files: ['index.ts'] }));
  const app = await Application.bootstrap({ entryPoints: [file], tsconfig, logLevel: 'Error' }, [new TSConfigReader()]);
  const project = await app.convert();
  return project === undefined ? ['nothing was read'] : undocumented(project).map((line) => line.slice(line.indexOf(': ') + 2));
}

describe('the check of docstrings', () => {
  it('finds exported symbols, and functions of exported classes and interfaces, that have none', async () => {
    const source = `
      export class Bare { method(): void {} get accessor(): number { return 1; } field = 1; #private(): void {} }
      export interface Shape { field: number; method(): void; }
      export type Name = string;
      export function act(): void {}
      export const VALUE = 1;
      function unseen(): void {}
      unseen();`;
    const names = ['Bare', 'Bare.accessor', 'Bare.method', 'Name', 'Shape', 'Shape.method', 'VALUE', 'act'];
    expect((await check(source)).sort()).toEqual(names.map((name) => `${name} has no docstring`));
  });

  it('is content with docstrings, inherited ones too', async () => {
    const source = `
      /** A shape. */ export interface Shape {
        field: number;
        /** Does it. */
        method(): void;
      }
      /** One. */ export class Round implements Shape { field = 1; method(): void {} }`;
    expect(await check(source)).toEqual([]);
  });
});
