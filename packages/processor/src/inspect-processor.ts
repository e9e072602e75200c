import type { InspectNode, InspectTree } from './inspect.ts';
import { inspectValue, tree } from './inspect.ts';
import type { Processor } from './processor.ts';
import { inspectAll } from './state/saved-state.ts';
import { VTLS } from './vtl.ts';

/**
 * The tree that every processor shows: `vpInfo` (index, APIC ID, BSP), and one node per inspectable VTL (`vtl0` …) with
 * every present state element. `own` adds what the backend has besides, such as a `counters` directory.
 */
export function inspectProcessor(processor: Processor, own: Readonly<Record<string, () => InspectNode>> = {}): InspectTree {
  const children: Record<string, () => InspectNode> = { vpInfo: () => inspectValue(processor.vp) };
  for (const vtl of VTLS) {
    if (processor.vtlInspectable(vtl)) children[`vtl${vtl}`] = () => inspectAll(processor.accessState(vtl));
  }
  return tree({ ...children, ...own });
}
