import { expect, it } from 'vitest';
import { includedDocuments, parseRegisters } from './target-description.ts';

it('reads registers in the order of the description', () => {
  const xml = '<feature name="core">\n<reg name="eax" bitsize="32" type="int32" regnum="0"/><reg name="st0" bitsize="80"/>\n<reg name="cr0" bitsize="32" regnum="40"/><reg name="cr2" bitsize="32"/></feature>';
  expect([...parseRegisters(xml)]).toEqual([
    ['eax', { number: 0, bytes: 4 }],
    ['st0', { number: 1, bytes: 10 }],
    ['cr0', { number: 40, bytes: 4 }],
    ['cr2', { number: 41, bytes: 4 }],
  ]);
  expect(() => parseRegisters('<reg name="eax"/>')).toThrow('without name or size');
});

it('names the documents that are included', () => {
  expect(includedDocuments('<target><xi:include href="i386-32bit.xml"/></target>')).toEqual(['i386-32bit.xml']);
});
