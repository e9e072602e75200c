import type { Block } from '@ringzero/backend-interpreter/engine';
import type { Operation, Vp } from '@ringzero/x86-semantics';
import type { EntryGroup, GroupLeader } from '../emit/page-groups.ts';
import { OftenInTime } from './often-in-time.ts';
import { blame, failureOf, isMisaligned, isOthersFault } from './operands.ts';

/** Times that a region is left because of an operand that is elsewhere than it expects, before it is formed anew; twice as many the next time. */
const MOST_LEFT = 20_000;
/** So often is a region left where it is entered before it is asked how often it went on, and so many times as often it should. */
const REFUSALS = 64;
const FAR_OFTENER = 4;

/** What a region expects of operands, and how often it was left because that was wrong. */
export interface Expectations {
  /** Operands that check the page for others, by themselves. */
  readonly leaders: ReadonlyMap<Operation, GroupLeader>;
  /** Operands that are checked where it is entered. */
  readonly atEntry: readonly EntryGroup[];
  readonly exits: readonly Operation[];
  /** What was marked by the time that it was formed ({@link ExpectationWatch.marks}), and how often it was left since. */
  readonly marks: number;
  left: number;
  /** Times that those at the entry were not where they were expected, and how often an exit had been taken when that was looked at. */
  refusals: number;
  passed: number;
}

/** Nothing has happened yet. */
export function expectationsOf(expected: Pick<Expectations, 'leaders' | 'atEntry' | 'exits' | 'marks'>): Expectations {
  return { ...expected, left: 0, refusals: 0, passed: 0 };
}

/**
 * Learns from regions that are left to the interpreter because operands are not aligned, or in other pages than expected. That is marked in
 * the instructions at once; the region is worth being formed anew when it has cost as much time as V8 takes to compile it.
 */
export class ExpectationWatch {
  readonly #vp: Vp;
  /** Groups of operands that regions were left because of. */
  readonly #apart = new OftenInTime<GroupLeader>();
  /** Times that regions were formed anew because of operands, by their heads. */
  readonly #reforms = new WeakMap<Block, number>();
  /** Blocks in whose regions nothing is checked at the entry, since pages were not in the TLB too often. */
  readonly #unhoisted = new WeakSet<Block>();
  /** Times that instructions were marked so far. */
  marks = 0;

  constructor(vp: Vp) {
    this.#vp = vp;
  }

  /** Whether the region of a block checks operands where it is entered. */
  hoists(root: Block): boolean {
    return !this.#unhoisted.has(root);
  }

  /** The region at `root` has left `op` to the interpreter, so many times as far as is counted. Returns whether to form it anew. */
  leftAt(op: Operation, root: Block, region: Expectations, times: number): boolean {
    const vp = this.#vp;
    const isOff = isMisaligned(op, vp.R);
    if (isOff && !op.isMisaligned) {
      op.isMisaligned = true;
      this.marks++;
    } else {
      const leader = region.leaders.get(op);
      if (leader !== undefined && isOthersFault(leader, vp)) {
        if (this.#apart.isOften(leader, times)) this.#blame(leader);
      } else if (!isOff) return false;
    }
    region.left += times;
    // Nothing would be different.
    if (region.marks === this.marks) return false;
    const reforms = this.#reforms.get(root) ?? 0;
    if (region.left < MOST_LEFT * 2 ** reforms) return false;
    this.#reforms.set(root, reforms + 1);
    return true;
  }

  /**
   * The region was left where it had been entered: operands that are checked there were not aligned, in two pages, or not in the TLB. That
   * happens behind each load of CR3; but one that hardly ever goes on is to be formed anew. Returns whether it is.
   */
  leftAtEntry(root: Block, region: Expectations): boolean {
    if (++region.refusals % REFUSALS !== 0) return false;
    const before = region.passed;
    region.passed = region.exits.reduce((sum, { immediate }) => sum + immediate, 0);
    // Exits begin to count anew when they were taken very often.
    if (region.passed < before || region.passed - before > FAR_OFTENER * REFUSALS) return false;
    const apart = region.atEntry.filter((group) => failureOf(group, this.#vp) === 'apart');
    for (const group of apart) this.#blame(group);
    if (apart.length === 0) this.#unhoisted.add(root);
    return true;
  }

  /** Marks who makes a group fail. */
  #blame(group: EntryGroup | GroupLeader): void {
    blame(group, this.#vp);
    this.marks++;
  }
}
