import { describe, expect, it } from 'vitest';
import { attribute, placeOf } from './profiler.ts';

const frame = (functionName: string, url: string) => ({ functionName, url, scriptId: '0', lineNumber: 0, columnNumber: 0 });

describe('placeOf', () => {
  it.each([
    ['', 'ringzero-block-101000-1', 'compiled code'],
    ['Add_Ev_Gv', 'file:///x/packages/backend-interpreter/src/generated/alu.ts', 'interpreter'],
    ['compile', 'file:///x/packages/backend-jit/src/compile/compiler.ts', 'compiler'],
    ['run', 'file:///x/packages/backend-interpreter/src/engine/execution.ts', 'run loop and decoder'],
    ['read', 'file:///x/packages/guest-memory/src/memory.ts', 'helpers and memory'],
    ['(garbage collector)', '', 'garbage collector'],
    ['emit', 'node:events', 'other'],
  ])('puts %s of %s in its place', (name, url, place) => {
    expect(placeOf(name, url)).toBe(place);
  });
});

describe('attribute', () => {
  it('adds up the time of the samples', () => {
    const nodes = [{ id: 1, callFrame: frame('', 'ringzero-block-1-1') }, { id: 2, callFrame: frame('(program)', '') }];
    expect(attribute({ nodes, samples: [1, 2, 1], timeDeltas: [10, 20, 10] })).toEqual({ 'compiled code': 0.5, V8: 0.5 });
  });
});
