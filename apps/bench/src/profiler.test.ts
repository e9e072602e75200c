import { describe, expect, it } from 'vitest';
import { placeOf } from './profiler.ts';

describe('placeOf', () => {
  it.each([
    ['', 'ringzero-block-101000-1', 'compiled code'],
    ['Add_Ev_Gv', 'file:///x/packages/backend-interpreter/src/generated/alu.ts', 'interpreter'],
    ['compile', 'file:///x/packages/backend-jit/src/emit/compiler.ts', 'compiler'],
    ['taken', 'file:///x/packages/backend-jit/src/exits.ts', 'exits'],
    ['run', 'file:///x/packages/backend-interpreter/src/engine/execution.ts', 'run loop and decoder'],
    ['read', 'file:///x/packages/guest-memory/src/memory.ts', 'helpers and memory'],
    ['(garbage collector)', '', 'garbage collector'],
    ['emit', 'node:events', 'other'],
  ])('puts %s of %s in its place', (name, url, place) => {
    expect(placeOf(name, url)).toBe(place);
  });
});
