import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readManifest } from '../corpus/corpus.ts';
import { NOT_RECORDED } from '../replay/exceptions.ts';
import { MAPPED_FORMS } from './engines.ts';
import { opcodeMatrix, PAGE } from './page.ts';

test('docs/opcode-matrix.md is what pnpm opcode-matrix writes', () => {
  expect(readFileSync(PAGE, 'utf8')).toBe(opcodeMatrix());
});

test('every form of 16- and 32-bit modes has vectors, or a reason for having none', () => {
  const { forms, cases } = readManifest();
  const without = MAPPED_FORMS.filter(({ name, mode }) => mode !== 'long' && forms[name] === undefined && !NOT_RECORDED.some((exception) => exception.forms.test(name)));
  expect(without.map(({ name }) => name)).toEqual([]);
  expect(cases).toBeGreaterThanOrEqual(300_000);
});
