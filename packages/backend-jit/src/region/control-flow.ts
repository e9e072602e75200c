import { RegionNode } from './node.ts';

/** A region's control flow, ready for structured code. Nodes are named by their order. */
export interface ControlFlow {
  /** In reverse postorder: the entry first, or a dispatch node (`RegionNode.dispatch`). */
  readonly nodes: readonly RegionNode[];
  readonly entry: RegionNode;
  /** Where the dispatch node leads, by the number that chooses: to the entry for 0. Empty where there is none. */
  readonly targets: readonly RegionNode[];
  /** Edges that go by way of the dispatch node, as {@link edgeKey} has them. */
  readonly dispatched: ReadonlySet<number>;
  /** Immediate dominator of each node; the first one's is itself. */
  readonly dominator: readonly number[];
  /** Nodes that a forward edge leads to from more than one place. */
  readonly isMerge: readonly boolean[];
  /** Members of the natural loop of each header; undefined for other nodes. */
  readonly loops: readonly (ReadonlySet<number> | undefined)[];
  /** Whether the budget is checked where a node begins: every loop has such a place. */
  readonly isChecked: readonly boolean[];
  /** Most instructions from a node's start to the next check or exit. */
  readonly costs: readonly number[];
  /** Nodes with an edge to each node. */
  readonly predecessors: readonly (readonly number[])[];
}

/** Names the edges from a node to another. */
export function edgeKey(from: number, to: number): number {
  return from * 0x10000 + to;
}

/** Nodes that control passes to from a node. */
type Successors = (node: RegionNode) => readonly RegionNode[];

/** Reverse postorder from the entry; sets each node's `order`. Unreachable nodes are left out. */
function orderNodes(entry: RegionNode, successors: Successors): RegionNode[] {
  const postorder: RegionNode[] = [];
  const state = new Map<RegionNode, number>([[entry, 0]]);
  const stack = [entry];
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    const next = state.get(node) as number;
    const following = successors(node);
    if (next === following.length) {
      postorder.push(node);
      stack.pop();
      continue;
    }
    state.set(node, next + 1);
    // The unlikely side first: the likely one then comes right behind its block.
    const to = following[following.length - 1 - next];
    if (state.has(to)) continue;
    state.set(to, 0);
    stack.push(to);
  }
  const nodes = postorder.reverse();
  nodes.forEach((node, i) => (node.order = i));
  return nodes;
}

function predecessorsOf(nodes: readonly RegionNode[], successors: Successors): number[][] {
  const predecessors: number[][] = nodes.map(() => []);
  for (const node of nodes) for (const to of successors(node)) predecessors[to.order].push(node.order);
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

/**
 * Orders the nodes reachable from the entry and analyses their edges. Where some would enter a loop from its side, a dispatch node
 * before the entry is what they lead to instead, with the number of the node that it goes on with: then loops have one entry. Whether
 * edges back to the entry shall do the same depends on which way fewer do.
 */
export function analyzeControlFlow(entry: RegionNode): ControlFlow {
  const direct = analyze(entry, false);
  if (direct.targets.length === 0) return direct;
  const dispatched = direct.dispatched.size;
  const other = analyze(entry, true);
  return other.dispatched.size < dispatched ? other : analyze(entry, false);
}

/** @param entersByDispatch whether edges back to the entry go by way of the dispatch node as well, so that the entry is ordered before what it leads to. */
function analyze(entry: RegionNode, entersByDispatch: boolean): ControlFlow {
  const targets: RegionNode[] = [];
  const dispatched = new Map<RegionNode, Set<RegionNode>>();
  let dispatch: RegionNode | undefined;
  const successors: Successors = (node) => {
    if (node === dispatch) return targets;
    return node.edges.map(({ to }) => (dispatch !== undefined && goesByDispatch(node, to) ? dispatch : to));
  };
  const goesByDispatch = (from: RegionNode, to: RegionNode): boolean => (entersByDispatch && to === entry) || dispatched.get(from)?.has(to) === true;
  for (;;) {
    const nodes = orderNodes(dispatch ?? entry, successors);
    const predecessors = predecessorsOf(nodes, successors);
    const dominator = dominatorsOf(predecessors);
    const sideways = nodes.flatMap((from) =>
      successors(from)
        .filter((to) => to.order <= from.order && !dominates(dominator, to.order, from.order))
        .map((to) => ({ from, to })),
    );
    if (sideways.length > 0) {
      if (dispatch === undefined) {
        dispatch = RegionNode.dispatch(entry);
        targets.push(entry);
      }
      for (const { from, to } of sideways) {
        if (!targets.includes(to)) targets.push(to);
        dispatched.set(from, (dispatched.get(from) ?? new Set()).add(to));
      }
      continue;
    }
    const loops = nodes.map((_, node) => loopOf(node, predecessors));
    const isChecked = nodes.map((node, order) => (loops[order] !== undefined && node !== dispatch) || targets.includes(node));
    const costs = nodes.map(() => 0);
    for (let order = nodes.length - 1; order >= 0; order--) {
      const following = successors(nodes[order]).map((to) => (to === dispatch || isChecked[to.order] ? 0 : costs[to.order]));
      costs[order] = nodes[order].count + Math.max(0, ...following);
    }
    const isMerge = predecessors.map((from, node) => from.filter((each) => each < node).length > 1);
    const keys = new Set<number>();
    if (dispatch !== undefined) {
      for (const from of nodes) {
        if (from === dispatch) continue;
        for (const { to } of from.edges) if (goesByDispatch(from, to)) keys.add(edgeKey(from.order, to.order));
      }
    }
    return { nodes, entry, targets, dispatched: keys, dominator, isMerge, loops, isChecked, costs, predecessors };
  }
}
