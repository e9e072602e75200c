import type { ControlFlow } from '../region/control-flow.ts';
import type { RegionNode } from '../region/node.ts';

/** For each node, by order: whether flags are live behind each of its instructions. */
export type FlagLiveness = readonly (readonly boolean[])[];

/** Whether every way that control may take at the node's end stays in the region. */
function staysInside(node: RegionNode): boolean {
  const sides = node.end === 'branch' ? 2 : 1;
  return node.end !== 'partial' && node.end !== 'helper' && node.end !== 'computed' && node.edges.length === sides;
}

function before(node: RegionNode, index: number, after: boolean): boolean {
  const { effects, flaglessEffects } = node.programs[index];
  if (!after) return flaglessEffects.readsFlags || flaglessEffects.mayExit;
  return effects.readsFlags || effects.mayExit || !effects.writesFlags;
}

/**
 * Which instructions set flags that anyone can see. They are seen by what reads them, wherever the function may be left,
 * and at loop headers, where it may be left for want of budget.
 */
export function analyzeFlags({ nodes, isChecked }: ControlFlow): FlagLiveness {
  const live = nodes.map((node) => node.programs.map(() => true));
  const entry = nodes.map(() => true);
  for (let changed = true; changed; ) {
    changed = false;
    for (let order = nodes.length - 1; order >= 0; order--) {
      const node = nodes[order];
      // An edge with a check may turn out to be a way out.
      let after = !staysInside(node) || node.edges.some(({ to, checks }) => checks.length > 0 || entry[to.order]);
      for (let i = node.programs.length - 1; i >= 0; i--) {
        live[order][i] = after;
        after = before(node, i, after);
      }
      after ||= isChecked[order] || order === 0;
      if (entry[order] === after) continue;
      entry[order] = after;
      changed = true;
    }
  }
  return live;
}
