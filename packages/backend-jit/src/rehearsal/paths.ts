import type { RegionEdge, RegionNode } from '../region/node.ts';

/** Places where a node's branch is decided: one for each comparison of a computed target, or one. */
const SITES = 16;

/** The number of a place where a branch is decided in rehearsals: `index` is the comparison's. */
export function siteOf(node: RegionNode, index: number): number {
  return node.order * SITES + index;
}

/** Decisions of branches, by their {@link siteOf}; those that are missing are false. */
export type Decisions = boolean[];

/** Ways through a region that together execute all of it, and go along each edge where something is checked: of each, how its branches are decided. */
export function pathsThrough(nodes: readonly RegionNode[]): Decisions[] {
  const [entry] = nodes;
  const ways = new Map<RegionNode, { readonly from: RegionNode; readonly edge: RegionEdge } | undefined>([[entry, undefined]]);
  const order = [entry];
  for (const from of order) {
    for (const edge of from.edges) {
      if (ways.has(edge.to)) continue;
      ways.set(edge.to, { from, edge });
      order.push(edge.to);
    }
  }
  const decisionsTo = (node: RegionNode): Decisions => {
    const decisions = new Array<boolean>(count * SITES).fill(false);
    covered.add(node);
    for (let way = ways.get(node); way !== undefined; way = ways.get(way.from)) {
      covered.add(way.from);
      decide(decisions, way.from, way.edge);
    }
    return decisions;
  };
  const count = Math.max(...nodes.map((node) => node.order)) + 1;
  const covered = new Set<RegionNode>();
  const paths: Decisions[] = [];
  // From those that are farthest: their ways have most of the others.
  for (const node of order.reverse()) {
    if (!covered.has(node)) paths.push(decisionsTo(node));
    for (const edge of node.edges) if (edge.checks.length > 0 && ways.get(edge.to)?.edge !== edge) paths.push(decide(decisionsTo(node), node, edge));
    const last = comparedOf(node).length - 1;
    if (last < 0) continue;
    const leaving = decisionsTo(node);
    leaving[siteOf(node, last)] = true;
    paths.push(leaving);
  }
  return paths;
}

/** Edges to computed targets that are compared. */
function comparedOf(node: RegionNode): readonly RegionEdge[] {
  return node.end === 'computed' ? node.edges.filter(({ side }) => side === 'computed') : [];
}

/** Has a node's branch go by an edge. The last comparison of a computed target is made the other way round: true leaves. */
function decide(decisions: Decisions, node: RegionNode, edge: RegionEdge): Decisions {
  if (node.end === 'branch') decisions[siteOf(node, 0)] = edge.side === 'taken';
  const compared = comparedOf(node);
  const last = compared.length - 1;
  const index = compared.indexOf(edge);
  if (index < last) decisions[siteOf(node, index)] = true;
  return decisions;
}
