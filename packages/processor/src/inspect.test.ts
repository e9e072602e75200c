import { describe, expect, it } from 'vitest';
import { formatInspect, hexLeaf, inspectLeaf, inspectPath, inspectValue, leaf, tree, updateInspectLeaf } from './inspect.ts';
import { InspectError } from './errors.ts';

function sample(evaluated: string[], set: (text: string) => void) {
  return tree({
    cpu: () => {
      evaluated.push('cpu');
      return tree({ rip: () => hexLeaf(0xfff0n), halted: () => leaf(false) });
    },
    speed: () => leaf(5, set),
  });
}

describe('inspect', () => {
  it('evaluates only what is asked for', () => {
    const evaluated: string[] = [];
    const root = sample(evaluated, () => {});
    expect(inspectPath(root, 'speed')).toEqual({ kind: 'value', value: 5, display: 'decimal', writable: true });
    expect(evaluated).toEqual([]);
    expect(inspectPath(root, '', 1)).toMatchObject({ entries: { cpu: { kind: 'unevaluated' } } });
    expect(inspectPath(root, '/cpu/rip')).toEqual({ kind: 'value', value: 0xfff0n, display: 'hex', writable: false });
    expect(inspectLeaf(root, 'cpu/halted')).toBe(false);
  });

  it('prints hexadecimal where the leaf says so', () => {
    expect(formatInspect(inspectPath(sample([], () => {})))).toBe('cpu:\n  rip: 0xfff0\n  halted: false\nspeed: 5\n');
    expect(formatInspect(inspectPath(inspectValue({ a: [1, undefined], b: new Uint8Array([1, 255]) })))).toBe('a:\n  0: 0x1\n  1: none\nb: 01ff\n');
  });

  it('updates writable leaves and refuses the rest', () => {
    const texts: string[] = [];
    const root = sample([], (text) => texts.push(text));
    updateInspectLeaf(root, 'speed', '7');
    expect(texts).toEqual(['7']);
    expect(() => updateInspectLeaf(root, 'cpu/rip', '0')).toThrow(InspectError);
    expect(() => updateInspectLeaf(root, 'cpu', '0')).toThrow('found a directory');
    expect(() => inspectPath(root, 'cpu/rsp')).toThrow('no rsp in cpu; it has rip, halted');
    expect(() => inspectPath(root, 'speed/x')).toThrow('speed is a value');
    expect(() => inspectPath(root, 'toString')).toThrow(InspectError);
  });
});
