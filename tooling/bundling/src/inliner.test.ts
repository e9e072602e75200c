import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { createConstantInliner } from './index.js';
import { ConstantInliner } from './inliner.js';

const folder = mkdtempSync(join(tmpdir(), 'inline-constants-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function inlined(text: string): string {
  return new ConstantInliner({ double: (value) => Number(value) * 2 }).text(write('module.ts', text));
}

write('numbers.ts', "import { OTHER } from './other.ts';\nexport const SHIFT: number = 4;\nexport const MASK = (1 << SHIFT) - 1;\nexport const NEGATIVE = -OTHER;\nexport const TEXT = 'x';\nexport let variable = 3;\n");
write('other.ts', "import { SHIFT } from './numbers.ts';\nexport const OTHER = 0x20;\nexport const LATE = SHIFT;\n");
write('functions.ts', 'export const double = (value: number): number => value * 2;\n');
write('own.ts', "export * from './other.ts';\nexport const OTHER = 'text';\nexport const LATE = 9;\n");
write('index.ts', "export { MASK as BITS } from './numbers.ts';\nexport * from './other.ts';\n");

describe('constants are inlined', () => {
  test('of the module, however they are computed', () => {
    const imported = "import { double } from './functions.ts';\n";
    expect(inlined(`${imported}const A = 3;\nconst B = double(A) + 0b1;\nf(B, B >> 1, B.toString());`)).toBe(`${imported}const A = 3;\nconst B = 7;\nf(7, 7 >> 1, (7).toString());`);
  });

  test('of modules that it imports, under other names, through others, and where modules import each other', () => {
    expect(inlined("import { MASK as M, NEGATIVE } from './numbers.ts';\nimport { BITS, OTHER } from './index.ts';\nf(M, NEGATIVE, x - NEGATIVE, BITS, OTHER);"))
      .toContain('f(15, (-32), x - (-32), 15, 32);');
  });

  test('of a module itself, before those that it takes over', () => {
    expect(inlined("import { LATE } from './own.ts';\nf(LATE);")).toContain('f(9);');
  });

  test('as keys of cases and values of short properties', () => {
    expect(inlined('export const A = 1;\nswitch (x) { case A: y = { A }; }')).toBe('export const A = 1;\nswitch (x) { case 1: y = { A: 1 }; }');
  });

  test('in no more lines than there were', () => {
    expect(inlined('const A = 1 +\n  2;\nf(A);').split('\n')).toHaveLength(3);
  });
});

describe('left alone', () => {
  test.each([
    ['names of properties, methods and types', 'const A = 1;\nx.A = { A: y };\nclass C { A(): typeof A { return 1; } }\ntype A = number;'],
    ['what is no number, or no constant', "import { TEXT, variable } from './numbers.ts';\nf(TEXT, variable);\nlet b = 1;\nf(b);\nconst nan = 0 / 0;\nf(nan);\nconst zero = -0;\nf(zero);\nconst called = g(1);\nf(called);"],
    ['a name that something inside has as well', 'const A = 1;\nfunction g(A: number) { return A; }\nf(A);'],
    ['a name that an enumeration has as well', 'const A = 1;\nenum E { A = 5, B = A + 1 }'],
    ['what a function of the same name computes', 'function double(x: number) { return 3; }\nconst A = double(1);\nf(A);'],
    ['what goes before all that another module exports', "import { OTHER } from './own.ts';\nf(OTHER);"],
    ['labels', 'const A = 1;\nA: for (;;) { break A; }'],
  ])('%s', (_, text) => {
    expect(inlined(text)).toBe(text);
  });
});

test('what is bundled of it does the same', async () => {
  const file = write('program.ts', "import { MASK, NEGATIVE } from './numbers.ts';\nconst SUM: number = MASK + NEGATIVE;\nexport function f(x: number): number[] { return [SUM & x, { SUM }.SUM, MASK ** 2]; }");
  const plain = await build({ entryPoints: [file], bundle: true, format: 'esm', write: false });
  writeFileSync(join(folder, 'inlined.ts'), new ConstantInliner().text(file));
  const changed = await build({ entryPoints: [join(folder, 'inlined.ts')], bundle: true, format: 'esm', write: false });
  const results = await Promise.all([plain, changed].map(async ({ outputFiles }) => (await import(`data:text/javascript,${encodeURIComponent(outputFiles[0]!.text)}`)).f(9)));
  expect(results[0]).toEqual([-17 & 9, -17, 225]);
  expect(results[1]).toEqual(results[0]);
});

test('lanes of the state, in the engines', async () => {
  const transfers = fileURLToPath(new URL('../../../packages/backend-interpreter/src/engine/transfers.ts', import.meta.url));
  const text = (await createConstantInliner()).text(transfers);
  expect(text).toMatch(/\(R\[\d+\] -= head\.count\)/);
  expect(text.replace(/^import .*$/gm, '')).not.toMatch(/\bBUDGET\b/);
});
