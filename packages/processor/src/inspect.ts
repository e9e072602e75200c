import { InspectError } from './errors.ts';

/*
 * Inspection: the insides of a running machine as a tree of named values.
 *
 * A node is either a leaf or a directory of functions, each of which makes one child. Nothing is computed until it is
 * asked for, so a tree may describe megabytes and cost nothing. Whoever asks names a path and a depth:
 *
 *   inspectPath(processor.inspect(), 'vtl0/registers', 1)
 *
 * Some leaves are writable; `updateInspectLeaf` gives them a new value as text, which the owner parses and checks.
 */

/** What a leaf can show. */
export type InspectScalar = number | bigint | string | boolean | undefined;

/** A single value. */
export interface InspectLeaf {
  readonly kind: 'leaf';
  readonly value: InspectScalar;
  /** How a number is shown. */
  readonly display: 'decimal' | 'hex';
  /** Present on writable leaves: takes the new value as text, and throws {@link InspectError} if it cannot be. */
  readonly update?: (text: string) => void;
}

/** A directory, whose children are evaluated only when they are asked for. */
export interface InspectTree {
  readonly kind: 'tree';
  readonly children: Readonly<Record<string, () => InspectNode>>;
}

/** A node of the inspect tree: the way to look at anything in a running machine, and to change what is writable. */
export type InspectNode = InspectLeaf | InspectTree;

/** Anything that shows its insides. */
export interface Inspectable {
  /** The tree of what it shows. */
  inspect(): InspectNode;
}

/** An evaluated part of the tree. Directories below the asked depth are `unevaluated`. */
export type InspectResult =
  | { readonly kind: 'value'; readonly value: InspectScalar; readonly display: 'decimal' | 'hex'; readonly writable: boolean }
  | { readonly kind: 'directory'; readonly entries: Readonly<Record<string, InspectResult>> }
  | { readonly kind: 'unevaluated' };

/** A leaf shown in decimal, or as it is if it is no number. */
export function leaf(value: InspectScalar, update?: (text: string) => void): InspectLeaf {
  return { kind: 'leaf', value, display: 'decimal', ...(update && { update }) };
}

/** A leaf shown in hexadecimal. */
export function hexLeaf(value: number | bigint, update?: (text: string) => void): InspectLeaf {
  return { kind: 'leaf', value, display: 'hex', ...(update && { update }) };
}

/** A directory over functions that make its children. */
export function tree(children: Readonly<Record<string, () => InspectNode>>): InspectTree {
  return { kind: 'tree', children };
}

/** Shows any plain value: objects and arrays as directories, numbers and bigints in hexadecimal. */
export function inspectValue(value: unknown): InspectNode {
  if (typeof value === 'number' || typeof value === 'bigint') return hexLeaf(value);
  if (typeof value === 'string' || typeof value === 'boolean' || value === undefined) return leaf(value);
  if (value === null) return leaf(undefined);
  if (value instanceof Uint8Array) return leaf(bytesText(value));
  if (typeof value === 'object') {
    return tree(Object.fromEntries(Object.entries(value).map(([name, child]) => [name, () => inspectValue(child)])));
  }
  return leaf(typeof value);
}

function bytesText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function stepsOf(path: string): string[] {
  return path.split('/').filter((step) => step !== '');
}

function find(root: InspectNode, path: string): InspectNode {
  let node = root;
  const walked: string[] = [];
  for (const step of stepsOf(path)) {
    const at = walked.length === 0 ? 'the root' : walked.join('/');
    if (node.kind === 'leaf') throw new InspectError(`inspect ${path}: ${at} is a value, not a directory`);
    const child = Object.hasOwn(node.children, step) ? node.children[step] : undefined;
    if (child === undefined) {
      throw new InspectError(`inspect ${path}: no ${step} in ${at}; it has ${Object.keys(node.children).join(', ') || 'nothing'}`);
    }
    node = child();
    walked.push(step);
  }
  return node;
}

/**
 * Evaluates the tree at `path` (names separated by `/`, empty for the root), `depth` levels of directories deep.
 * Nothing outside that part is evaluated. Throws {@link InspectError} where there is no such path.
 */
export function inspectPath(root: InspectNode, path: string = '', depth: number = Infinity): InspectResult {
  return evaluate(find(root, path), depth);
}

function evaluate(node: InspectNode, depth: number): InspectResult {
  if (node.kind === 'leaf') return { kind: 'value', value: node.value, display: node.display, writable: node.update !== undefined };
  if (depth <= 0) return { kind: 'unevaluated' };
  const entries: Record<string, InspectResult> = {};
  for (const [name, child] of Object.entries(node.children)) entries[name] = evaluate(child(), depth - 1);
  return { kind: 'directory', entries };
}

/** The value of the leaf at `path`, as its owner holds it. For tests and programs; people read {@link formatInspect}. Throws {@link InspectError} if it is a directory or absent. */
export function inspectLeaf(root: InspectNode, path: string): InspectScalar {
  const node = find(root, path);
  if (node.kind !== 'leaf') throw new InspectError(`inspect ${path}: expected a value, found a directory`);
  return node.value;
}

/** Writes the leaf at `path`. Throws {@link InspectError} if it is absent, no leaf, or read-only. */
export function updateInspectLeaf(root: InspectNode, path: string, text: string): void {
  const node = find(root, path);
  if (node.kind !== 'leaf') throw new InspectError(`update ${path}: expected a value, found a directory`);
  if (node.update === undefined) throw new InspectError(`update ${path}: the value is read-only`);
  node.update(text);
}

/** Text of one value, hexadecimal where the leaf says so. */
export function formatInspectValue(value: InspectScalar, display: 'decimal' | 'hex'): string {
  if (value === undefined) return 'none';
  if (display === 'hex' && (typeof value === 'number' || typeof value === 'bigint')) {
    return value < 0 ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
  }
  return String(value);
}

/** Text of an evaluated tree, one indented line per entry. */
export function formatInspect(result: InspectResult, indent: string = ''): string {
  if (result.kind === 'value') return `${formatInspectValue(result.value, result.display)}\n`;
  if (result.kind === 'unevaluated') return '…\n';
  let text = '';
  for (const [name, entry] of Object.entries(result.entries)) {
    const isDirectory = entry.kind === 'directory';
    text += `${indent}${name}:${isDirectory ? '\n' : ' '}${formatInspect(entry, `${indent}  `)}`;
  }
  return text;
}
