import type { Block } from '@ringzero/backend-interpreter/engine';
import { FORMS } from '@ringzero/x86';
import type { Operation } from '@ringzero/x86-semantics';
import { lastOperation, type BlockEnd, type Side } from './node.ts';

/** A block that may follow another, and how likely. */
export interface Outcome {
  readonly side: Side;
  readonly to: Block;
  readonly probability: number;
}

/** What follows a computed branch in less than this share of the cases is not compared with. */
const COMPUTED_SHARE = 0.75;

/** Notes that `to` followed `block`. Of more than two successors the last two are kept. */
export function countEdge(block: Block, to: Block, count: number): void {
  const { profile } = block;
  if (profile.first === to) {
    profile.firstCount += count;
    return;
  }
  if (profile.second === to) {
    profile.secondCount += count;
    if (profile.secondCount > profile.firstCount) swap(block);
    return;
  }
  if (profile.first === null) {
    profile.first = to;
    profile.firstCount = count;
  } else {
    profile.second = to;
    profile.secondCount = count;
  }
  noteLoop(block, to);
}

/** A branch backwards, but not a call, makes its target a loop's header. */
function noteLoop(block: Block, to: Block): void {
  const last = lastOperation(block);
  if (last.target === to.head.ip && to.head.ip >>> 0 <= last.ip >>> 0 && !isCall(block)) to.profile.isLoopHeader = true;
}

/** Whether the block ends with a near call. */
export function isCall(block: Block): boolean {
  return FORMS[lastOperation(block).form].name.startsWith('Call');
}

/** Whether the block ends with a near return. */
export function isReturn(block: Block): boolean {
  return FORMS[lastOperation(block).form].name.startsWith('Ret');
}

function swap({ profile }: Block): void {
  const { first, firstCount } = profile;
  profile.first = profile.second;
  profile.firstCount = profile.secondCount;
  profile.second = first;
  profile.secondCount = firstCount;
}

/** The block that a link leads to, directly or through a gate between pages; null where it was never followed. */
export function blockBehind(link: Operation): Block | null {
  const head = link.block === null ? link.taken : link;
  return head.block !== null && (head.block as Block).head === head ? (head.block as Block) : null;
}

function countOf({ profile }: Block, to: Block): number {
  return profile.first === to ? profile.firstCount : profile.second === to ? profile.secondCount : 0;
}

/**
 * What followed the block, by the counts of tier 0 and of the exits of compiled code. An edge into compiled code is not
 * counted: what is missing from the block's executions is attributed to such edges.
 */
export function outcomesOf(block: Block, end: BlockEnd, isCompiled: (block: Block) => boolean): Outcome[] {
  const last = lastOperation(block);
  if (end === 'partial' || end === 'split') return [];
  if (end === 'computed') return computedOutcome(block);
  const sides: { readonly side: Side; readonly to: Block }[] = [];
  const add = (side: Side, link: Operation): void => {
    const to = blockBehind(link);
    if (to !== null) sides.push({ side, to });
  };
  if (end === 'jump' || end === 'branch') add('taken', last.taken);
  // A helper returns its link: through a gate it would leave the region.
  if (end === 'helper' && last.next.block === null) return [];
  if (end !== 'jump') add('next', last.next);
  if (end !== 'branch') return sides.map(({ side, to }) => ({ side, to, probability: 1 }));

  const counts = sides.map(({ to }) => countOf(block, to));
  const counted = counts.reduce((sum, count) => sum + count, 0);
  const total = Math.max(block.hits, counted, 1);
  const uncounted = sides.filter(({ to }) => isCompiled(to)).length;
  const share = uncounted === 0 ? 0 : (total - counted) / uncounted;
  return sides.map(({ side, to }, i) => ({ side, to, probability: (counts[i] + (isCompiled(to) ? share : 0)) / total }));
}

function computedOutcome(block: Block): Outcome[] {
  const { first: to, firstCount, secondCount } = block.profile;
  const share = firstCount / Math.max(1, firstCount + secondCount);
  return to === null || share < COMPUTED_SHARE ? [] : [{ side: 'computed', to, probability: share }];
}
