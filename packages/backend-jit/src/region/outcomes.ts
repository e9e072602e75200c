import type { Block, Successor } from '@ringzero/backend-interpreter/engine';
import { FORMS } from '@ringzero/x86';
import type { Operation } from '@ringzero/x86-semantics';
import { lastOperation, type BlockEnd, type Side } from './node.ts';

/** A block that may follow another, and how likely. */
export interface Outcome {
  readonly side: Side;
  readonly to: Block;
  readonly probability: number;
}

/** A return is compared with one target, if that follows in at least this share of the cases. */
const RETURN_SHARE = 0.75;
/** Other computed branches are compared with so many targets at most, each of which follows in at least this share. */
export const MAX_TARGETS = 12;
const TARGET_SHARE = 1 / 32;
/** And a thunk's return in this one. */
const THUNK_SHARE = 1 / 8;
/** Successors of one block that are counted. */
const MAX_SUCCESSORS = 32;

/** Notes that `to` followed `block`. Where there is no room for another successor, it takes the place of the rarest, and its count. */
export function countEdge(block: Block, to: Block, count: number): void {
  const likeliest = block.profile.successors;
  let counted = 0;
  let rarest = likeliest;
  for (let successor = likeliest; successor !== null; successor = successor.rest) {
    if (successor.to !== to) {
      counted++;
      if (rarest !== null && (!successor.to.isValid || (rarest.to.isValid && successor.count < rarest.count))) rarest = successor;
      continue;
    }
    successor.count += count;
    if (likeliest !== null && successor.count > likeliest.count) swap(successor, likeliest);
    return;
  }
  noteKind(block, to);
  if (likeliest === null || rarest === null) block.profile.successors = { to, count, rest: null };
  else if (counted < MAX_SUCCESSORS) likeliest.rest = { to, count, rest: likeliest.rest };
  else {
    rarest.count = rarest.to.isValid ? rarest.count + count : count;
    rarest.to = to;
    if (rarest.count > likeliest.count) swap(rarest, likeliest);
  }
}

function swap(a: Successor, b: Successor): void {
  const { to, count } = a;
  a.to = b.to;
  a.count = b.count;
  b.to = to;
  b.count = count;
}

/** A branch backwards, but not a call, makes its target a loop's header; a call makes it a function's first block. */
function noteKind(block: Block, to: Block): void {
  const last = lastOperation(block);
  if (isCall(block)) to.profile.isFunction = true;
  else if (last.target === to.head.ip && to.head.ip >>> 0 <= last.ip >>> 0) to.profile.isLoopHeader = true;
}

/** Whether the block ends with a near call. */
export function isCall(block: Block): boolean {
  return FORMS[lastOperation(block).form].name.startsWith('Call');
}

/** Bytes between a call and its target that may be there for nothing else: Linux's retpolines have a loop there. */
const MOST_BETWEEN = 16;

/** Whether the block ends with a call of what is just behind it. */
export function isCallAhead(block: Block): boolean {
  const { nextIp, target } = lastOperation(block);
  const distance = (target - nextIp) | 0;
  return isCall(block) && target !== 0 && distance >= 0 && distance <= MOST_BETWEEN;
}

/** Whether the block ends with a near return. */
export function isReturn(block: Block): boolean {
  return FORMS[lastOperation(block).form].name.startsWith('Ret');
}

/** The block that a link leads to, directly or through a gate between pages; null where it was never followed. */
export function blockBehind(link: Operation): Block | null {
  const head = link.block === null ? link.taken : link;
  return head.block !== null && (head.block as Block).head === head ? (head.block as Block) : null;
}

function countOf({ profile }: Block, to: Block): number {
  for (let successor = profile.successors; successor !== null; successor = successor.rest) if (successor.to === to) return successor.count;
  return 0;
}

/**
 * What followed the block, by the counts of tier 0 and of the exits of compiled code. An edge into compiled code is not
 * counted: what is missing from the block's executions is attributed to such edges.
 */
export function outcomesOf(block: Block, end: BlockEnd, isCompiled: (block: Block) => boolean): Outcome[] {
  const last = lastOperation(block);
  if (end === 'partial' || end === 'split') return [];
  if (end === 'computed') return computedOutcomes(block);
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

/** How often the block's computed branch led to `to`: between 0 and 1. */
export function shareOf(block: Block, to: Block): number {
  let total = 0;
  for (let successor = block.profile.successors; successor !== null; successor = successor.rest) if (successor.to.isValid) total += successor.count;
  return total === 0 ? 0 : countOf(block, to) / total;
}

/** The targets of a computed branch, the likeliest first. */
function targetsOf(block: Block): Outcome[] {
  const successors: Successor[] = [];
  for (let successor = block.profile.successors; successor !== null; successor = successor.rest) if (successor.to.isValid) successors.push(successor);
  const total = successors.reduce((sum, { count }) => sum + count, 0);
  return successors.map(({ to, count }): Outcome => ({ side: 'computed', to, probability: count / total })).sort((a, b) => b.probability - a.probability);
}

/** Those that are worth a comparison. */
function computedOutcomes(block: Block): Outcome[] {
  const outcomes = targetsOf(block);
  if (isReturn(block)) return outcomes.slice(0, 1).filter(({ probability }) => probability >= RETURN_SHARE);
  return outcomes.slice(0, MAX_TARGETS).filter(({ probability }) => probability >= TARGET_SHARE);
}

/** The same of a thunk's return, which is an indirect branch. Its counts are those of all who go through that thunk. */
export function thunkOutcomes(block: Block): Outcome[] {
  return targetsOf(block).filter(({ probability }) => probability >= THUNK_SHARE);
}
