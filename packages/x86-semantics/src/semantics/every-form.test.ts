import { CPU_MODELS, featuresOfCpuid, FORMS, hasForm } from '@ringzero/x86';
import { expect, test } from 'vitest';
import { createHelpers } from '../engine-parts.ts';
import { createCpuid } from '../system/cpuid.ts';
import { createSemanticsTable } from './table.ts';

const table = createSemanticsTable();
const helpers = createHelpers().run;

test.each(CPU_MODELS)('every instruction of $name has one meaning: IR or a helper', (model) => {
  const features = featuresOfCpuid(createCpuid(model, { apicId: 0 }));
  const forms = FORMS.filter((form) => form.id !== 0 && form.mode !== 'long' && hasForm(form, features));
  expect(forms.filter(({ name }) => !table.has(name) && helpers[name] === undefined).map(({ name }) => name)).toEqual([]);
  expect(forms.filter(({ name }) => table.has(name) && helpers[name] !== undefined).map(({ name }) => name)).toEqual([]);
});
