import type { RegionNode } from './node.ts';

/** A region's control flow, ready for structured code. Nodes are named by their order. */
export interface ControlFlow {
  /** In reverse postorder, the entry first. */
  readonly nodes: readonly RegionNode[];
  /** Immediate dominator of each node; the entry's is itself. */
  readonly dominator: readonly number[];
  /** Nodes that a forward edge leads to from more than one place. */
  readonly isMerge: readonly boolean[];
  /** Members of the natural loop of each header; undefined for other nodes. */
  readonly loops: readonly (ReadonlySet<number> | undefined)[];
  /** Most instructions from a node's start to the next loop header or exit. */
  readonly costs: readonly number[];
  /** Nodes with an edge to each node. */
  readonly predecessors: readonly (readonly number[])[];
}

/** Reverse postorder from the entry; sets each node's `order`. Unreachable nodes are left out. */
function orderNodes(entry: RegionNode): RegionNode[] {
  const postorder: RegionNode[] = [];
  const state = new Map<RegionNode, number>([[entry, 0]]);
  const stack = [entry];
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    const next = state.get(node) as number;
    if (next === node.edges.length) {
      postorder.push(node);
      stack.pop();
      continue;
    }
    state.set(node, next + 1);
    // The unlikely side first: the likely one then comes right behind its block.
    const { to } = node.edges[node.edges.length - 1 - next];
    if (state.has(to)) continue;
    state.set(to, 0);
    stack.push(to);
  }
  const nodes = postorder.reverse();
  nodes.forEach((node, i) => (node.order = i));
  return nodes;
}

function predecessorsOf(nodes: readonly RegionNode[]): number[][] {
  const predecessors: number[][] = nodes.map(() => []);
  for (const node of nodes) for (const { to } of node.edges) predecessors[to.order].push(node.order);
  return predecessors;
}

/** Immediate dominators, by iteration over reverse postorder (Cooper, Harvey, Kennedy). */
function dominatorsOf(predecessors: readonly (readonly number[])[]): number[] {
  const dominator = predecessors.map(() => -1);
  dominator[0] = 0;
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      while (x > y) x = dominator[x];
      while (y > x) y = dominator[y];
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let node = 1; node < predecessors.length; node++) {
      const found = predecessors[node].filter((from) => dominator[from] >= 0).reduce((a, b) => (a < 0 ? b : meet(a, b)), -1);
      if (found !== dominator[node]) {
        dominator[node] = found;
        changed = true;
      }
    }
  }
  return dominator;
}

function dominates(dominator: readonly number[], above: number, node: number): boolean {
  let at = node;
  while (at > above) at = dominator[at];
  return at === above;
}

/** Drops edges that lead back to a node which does not dominate their start: they stay exits, and loops have one entry. */
function dropIrreducible(nodes: readonly RegionNode[], dominator: readonly number[]): boolean {
  let dropped = false;
  for (const node of nodes) {
    const kept = node.edges.filter(({ to }) => to.order > node.order || dominates(dominator, to.order, node.order));
    if (kept.length < node.edges.length) {
      node.edges = kept;
      dropped = true;
    }
  }
  return dropped;
}

function loopOf(header: number, predecessors: readonly (readonly number[])[]): Set<number> | undefined {
  const pending = predecessors[header].filter((from) => from >= header);
  if (pending.length === 0) return undefined;
  const members = new Set([header]);
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (members.has(node)) continue;
    members.add(node);
    pending.push(...predecessors[node]);
  }
  return members;
}

/** Orders the nodes reachable from the entry and analyses their edges; those that make a loop with two entries are dropped. */
export function analyzeControlFlow(entry: RegionNode): ControlFlow {
  for (;;) {
    const nodes = orderNodes(entry);
    const predecessors = predecessorsOf(nodes);
    const dominator = dominatorsOf(predecessors);
    if (dropIrreducible(nodes, dominator)) continue;
    const loops = nodes.map((_, node) => loopOf(node, predecessors));
    const costs = nodes.map(() => 0);
    for (let node = nodes.length - 1; node >= 0; node--) {
      const following = nodes[node].edges.map(({ to }) => (loops[to.order] !== undefined ? 0 : costs[to.order]));
      costs[node] = nodes[node].count + Math.max(0, ...following);
    }
    const isMerge = predecessors.map((from, node) => from.filter((each) => each < node).length > 1);
    return { nodes, dominator, isMerge, loops, costs, predecessors };
  }
}
