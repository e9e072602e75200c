import type { Block } from '@ringzero/backend-interpreter/engine';
import { Operation } from '@ringzero/x86-semantics';
import { describe, expect, it } from 'vitest';
import { StructuredText } from '../src/emit/structure.ts';
import { analyzeControlFlow, type ControlFlow } from '../src/region/control-flow.ts';
import { RegionNode } from '../src/region/node.ts';

/** Nodes 0, 1, … of one instruction each, with the edges given. */
function graph(edges: readonly (readonly number[])[]): RegionNode[] {
  const nodes = edges.map(() => {
    const head = new Operation((op) => op);
    head.count = 1;
    const block: Block = { head, operations: [head], start: 0, length: 1, secondStart: -1, secondLength: 0, secondEntry: 0, linear: 0, incoming: [], profile: { isLoopHeader: false, isFunction: false, successors: null }, regions: [], isValid: true };
    return new RegionNode(block, null, { programs: [], rest: undefined, endsInHelper: false }, 1);
  });
  edges.forEach((targets, from) => targets.forEach((to, i) => nodes[from]!.edges.push({ side: i === 0 ? 'taken' : 'next', to: nodes[to]!, check: undefined })));
  return nodes;
}

/**
 * Runs the structured text: each node records its order and lets `choose` pick an edge. A node without edges ends it.
 */
function walk(flow: ControlFlow, choose: (count: number) => number, most: number): number[] {
  const text = new StructuredText(flow, (node, transfer) => {
    const arms = flow.nodes[node]!.edges.map(({ to }, i) => `if (choice === ${i}) {\n${transfer(to.order)}\n}`);
    return `if (visit(${node})) break OUT;\nchoice = choose(${arms.length});\n${arms.join('\n')}\nbreak OUT;`;
  }).build();
  const visited: number[] = [];
  const visit = (node: number): boolean => visited.push(node) >= most;
  new Function('visit', 'choose', `'use strict'; let choice = 0, state = 0; OUT: {\n${text}\n}`)(visit, choose);
  return visited;
}

/** Without the places where the budget is checked there is no loop, and the cost of each node is the longest way to one of them. */
function checkBudgets(flow: ControlFlow): void {
  const known = new Map<RegionNode, number>();
  const longest = (node: RegionNode): number => {
    const found = known.get(node);
    if (found !== undefined) return found;
    known.set(node, Number.NaN);
    const ways = node.edges.map(({ to }) => (flow.isChecked[to.order] ? 0 : longest(to)));
    known.set(node, node.count + Math.max(0, ...ways));
    return known.get(node)!;
  };
  const nodes = flow.nodes.filter(({ end }) => end !== 'dispatch');
  expect(nodes.map((node) => flow.costs[node.order])).toEqual(nodes.map(longest));
  expect(nodes.map((node) => flow.costs[node.order])).not.toContain(Number.NaN);
  // Whoever goes by way of the dispatch node comes to a check.
  expect(flow.targets.every(({ order }) => flow.isChecked[order])).toBe(true);
}

/** Every walk goes along edges of the graph, and every edge is gone along. */
function check(edges: readonly (readonly number[])[]): ControlFlow {
  const flow = analyzeControlFlow(graph(edges)[0]!);
  checkBudgets(flow);
  const expected = new Set(flow.nodes.filter(({ end }) => end !== 'dispatch').flatMap((node) => node.edges.map(({ to }) => `${node.order} ${to.order}`)));
  const seen = new Set<string>();
  let state = 7;
  for (let round = 0; round < 60; round++) {
    const visited = walk(flow, (count) => (count === 0 ? 0 : ((state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 12) % count), 40);
    expect(visited[0]).toBe(flow.entry.order);
    for (let i = 1; i < visited.length; i++) {
      expect(expected).toContain(`${visited[i - 1]} ${visited[i]}`);
      seen.add(`${visited[i - 1]} ${visited[i]}`);
    }
  }
  expect([...seen].sort()).toEqual([...expected].sort());
  return flow;
}

describe('structured text follows the graph', () => {
  it.each([
    ['a chain', [[1], [2], []]],
    ['a diamond', [[1, 2], [3], [3], []]],
    ['both sides to one block', [[1, 1], []]],
    ['a loop of one block', [[0, 1], []]],
    ['nested loops', [[1], [2], [2, 3], [1, 4], []]],
    ['a loop left from two places to one', [[1], [2, 4], [3, 4], [1, 5], [6], [6], []]],
    ['a way out of two loops at once', [[1], [2], [3, 5], [2, 4], [1, 6], [6], []]],
    ['two loops in a row', [[1], [1, 2], [3], [3, 4], []]],
    ['a loop behind a merge inside a loop', [[1], [2, 3], [4], [4], [4, 5], [1, 6], []]],
  ])('%s', (_, edges) => void check(edges));

  it.each([
    ['a loop entered from its side', [[1, 2], [2], [1, 3], []]],
    ['two of them, one inside the other', [[1, 3], [2], [3, 1], [2, 4], [1, 5], []]],
    ['what every block may go on with', [[1, 2], [2, 3], [3, 1], [1, 2]]],
  ])('%s, by a dispatch node', (_, edges) => {
    const flow = check(edges);
    expect(flow.nodes[0]!.end).toBe('dispatch');
    expect(flow.dispatched.size).toBeGreaterThan(0);
  });

  it('in random graphs, whose loops may have several entries', () => {
    let state = 1;
    const random = (below: number): number => ((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 12) % below;
    let dispatched = 0;
    for (let round = 0; round < 150; round++) {
      const size = 2 + random(9);
      const edges = Array.from({ length: size }, () => Array.from({ length: random(3) }, () => random(size)));
      dispatched += check(edges).dispatched.size;
    }
    expect(dispatched).toBeGreaterThan(0);
  });
});

it('costs are the most instructions to the next loop header', () => {
  // 0 → 1 (loop: 1 → 2 → 1, 1 → 3 → 1) → 4
  const flow = check([[1], [2, 3], [1, 4], [2], []]);
  expect(flow.costs[0]).toBe(1);
  expect(Math.max(...flow.costs)).toBe(4);
});
