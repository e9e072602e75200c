import type { Block, BlockCache } from '@ringzero/backend-interpreter/engine';
import { lastOperation, mayFollow, pageChecks, RegionNode, type CallContext, type NodeCode } from './node.ts';
import { isCall, isCallAhead, isReturn, MAX_TARGETS, outcomesOf, shareOf, thunkOutcomes, type Outcome } from './outcomes.ts';
import type { ProgramSource } from './programs.ts';

/** What decides how large regions become. */
export interface RegionLimits {
  readonly maxBlocks: number;
  readonly maxInstructions: number;
  /** Callees of at most so many instructions are inlined. */
  readonly maxInlined: number;
  /** A block that runs less often than this, for each entry of the region, stays outside. */
  readonly minFrequency: number;
}

/** What the formation asks about blocks. */
export interface BlockFacts {
  readonly programs: ProgramSource;
  readonly cache: Pick<BlockCache, 'sibling'>;
  isCompiled(block: Block): boolean;
  /** Whether the block's region shall contain loops that have regions of their own. */
  containsLoops(block: Block): boolean;
}

const MAX_DEPTH = 6;
/** A return is compared with where it leads in so few cases already: what is behind the region's own calls is mostly in it. */
const LEAST_SHARE = 1 / 512;

interface Candidate {
  readonly from: RegionNode;
  readonly outcome: Outcome;
  readonly context: CallContext | null;
  readonly frequency: number;
}

/**
 * Chooses the blocks that a function for `head` covers: the likeliest first, from edge to edge, with the callees of calls
 * that are small, up to the limits. Edges that the profile did not see stay exits.
 */
export class RegionFormation {
  readonly #limits: RegionLimits;
  readonly #facts: BlockFacts;

  /** Whether a limit kept a block out. */
  isFull = false;

  #root!: Block;
  /** Where calls of the region's own head return to, and the nodes that return from it. */
  readonly #resumptions = new Set<Block>();
  readonly #returns: RegionNode[] = [];

  constructor(limits: RegionLimits, facts: BlockFacts) {
    this.#limits = limits;
    this.#facts = facts;
  }

  /** The region's nodes, the entry first; undefined if nothing at its head has IR meaning. */
  form(head: Block): RegionNode[] | undefined {
    this.#root = head;
    const entry = this.#node(head, null, 1);
    if (entry.programs.length === 0 && entry.end !== 'helper') return undefined;
    const nodes = [entry];
    const places = new Map<CallContext | null, Map<Block, RegionNode>>([[null, new Map([[head, entry]])]]);
    const candidates = this.#candidates(entry);
    let instructions = entry.count;
    for (;;) {
      const best = takeBest(candidates);
      if (best === undefined) {
        for (const node of this.#returns) keepLikeliest(node);
        return entry.programs.length === 0 && entry.edges.length === 0 ? undefined : nodes;
      }
      const { outcome, context, from } = best;
      let place = places.get(context);
      if (place === undefined) places.set(context, (place = new Map()));
      let node = place.get(outcome.to);
      if (node === undefined) {
        if (best.frequency < this.#limits.minFrequency) continue;
        if (context === null && this.#isLeftAlone(outcome, from)) {
          from.toLoops.push(outcome.side);
          continue;
        }
        if (nodes.length >= this.#limits.maxBlocks || instructions + outcome.to.head.count > this.#limits.maxInstructions) {
          this.isFull = true;
          continue;
        }
        node = this.#node(outcome.to, context, best.frequency);
        if (node.programs.length === 0 && node.end !== 'helper') continue;
        place.set(outcome.to, node);
        nodes.push(node);
        instructions += node.count;
        candidates.push(...this.#candidates(node));
      }
      // What a return was seen to lead to may turn out to follow a call of the region's own.
      if (outcome.side === 'computed' && from.edges.some(({ to }) => to === node)) continue;
      from.edges.push({ side: outcome.side, to: node, checks: pageChecks(from.block, outcome.to) });
    }
  }

  /**
   * A loop that has a region of its own, of a region that is no loop and branches there: what is seldom executed in a loop would else have
   * the loop in each of its regions. What falls into a loop is before it, not in it.
   */
  #isLeftAlone({ side, to }: Outcome, from: RegionNode): boolean {
    const root = this.#root;
    return side !== 'computed' && from.end !== 'split' && !root.profile.isLoopHeader && to !== root && to.profile.isLoopHeader && this.#facts.isCompiled(to) && !this.#facts.containsLoops(root);
  }

  #node(block: Block, context: CallContext | null, frequency: number): RegionNode {
    return new RegionNode(block, context, this.#code(block), frequency);
  }

  /** A block ends early at the limit, and where one that runs about as often begins: a loop's header behind what leads to it. */
  #code(block: Block): NodeCode {
    const programs = this.#facts.programs.prefixOf(block).slice(0, this.#limits.maxInstructions);
    for (let i = 1; i < programs.length; i++) {
      const rest = this.#facts.cache.sibling(block, block.operations[i].ip);
      if (rest !== undefined && mayFollow(block, rest) && (this.#facts.isCompiled(rest) || 2 * rest.hits > block.hits)) return { programs: programs.slice(0, i), rest, endsInHelper: false };
    }
    const last = block.operations[programs.length];
    const endsInHelper = programs.length === block.head.count - 1 && this.#limits.maxBlocks > 1 && this.#facts.programs.isContinuing(last);
    return { programs, rest: undefined, endsInHelper };
  }

  #outcomes(block: Block): Outcome[] {
    const { end, rest } = this.#node(block, null, 0);
    if (rest !== undefined) return [{ side: 'next', to: rest, probability: 1 }];
    return outcomesOf(block, end, (each) => this.#facts.isCompiled(each)).filter(({ to, probability }) => probability > 0 && mayFollow(block, to));
  }

  #candidates(node: RegionNode): Candidate[] {
    const { block, context, frequency } = node;
    if (node.end === 'computed' && context?.isThunk === true && isReturn(block)) return this.#branches(node, context);
    if (node.end === 'computed' && context !== null && isReturn(block)) {
      const to = context.returnBlock;
      return mayFollow(block, to) ? [{ from: node, outcome: { side: 'computed', to, probability: 1 }, context: context.parent, frequency }] : [];
    }
    if (node.end === 'computed' && isReturn(block)) {
      this.#returns.push(node);
      return [...this.#resumptions].flatMap((to) => this.#resumption(node, to)).concat(this.#outward(node));
    }
    const candidates: Candidate[] = [];
    for (const outcome of this.#outcomes(block)) {
      const isEntered = (node.end === 'jump' || node.end === 'computed') && isCall(block) && !this.#isJump(block);
      if (isEntered && context === null && outcome.to === this.#root) {
        candidates.push({ from: node, outcome, context, frequency: frequency * outcome.probability }, ...this.#resume(block));
        continue;
      }
      const inner = isEntered ? this.#enter(block, outcome.to, context) : this.#pass(outcome.to, context);
      if (inner !== undefined) candidates.push({ from: node, outcome, context: inner, frequency: frequency * outcome.probability });
    }
    return candidates;
  }

  /**
   * Whether the block ends with a call that nothing returns from: it finds out its own address, fills the return stack, or keeps a
   * processor from guessing where an indirect branch leads. What is behind it has never been executed.
   */
  #isJump(block: Block): boolean {
    const { nextIp, target } = lastOperation(block);
    return isCallAhead(block) && (target === nextIp || this.#facts.cache.sibling(block, nextIp) === undefined);
  }

  /** Whether a function begins with nothing but a call over something: its return is an indirect branch. */
  #isThunk(block: Block): boolean {
    const { nextIp, target } = lastOperation(block);
    return block.head.count === 1 && target !== nextIp && this.#isJump(block);
  }

  /** The context behind a jump: a thunk that a function jumps to at its end leads to one that returns where it would have. */
  #pass(to: Block, context: CallContext | null): CallContext | null {
    return context !== null && !context.isThunk && this.#isThunk(to) ? { ...context, isThunk: true } : context;
  }

  /** Where a thunk leads: to functions that return to behind the thunk's call. */
  #branches(node: RegionNode, context: CallContext): Candidate[] {
    const { block, frequency } = node;
    const { returnBlock, parent, depth } = context;
    return thunkOutcomes(block)
      .filter(({ to }) => mayFollow(block, to) && !this.#isUnderWay(to, context) && this.#measure(to, this.#limits.maxInlined, depth) >= 0)
      .map((outcome) => ({ from: node, outcome, context: { returnBlock, callee: outcome.to, isThunk: false, parent, depth }, frequency: frequency * outcome.probability }));
  }

  /** Whether a function is the region's own, or is inlined already where it would be called. */
  #isUnderWay(callee: Block, context: CallContext): boolean {
    for (let outer: CallContext | null = context; outer !== null; outer = outer.parent) if (outer.callee === callee) return true;
    return callee === this.#root;
  }

  /** A function that calls itself: the call is a jump to its head, and its returns may lead to behind the call. */
  #resume(caller: Block): Candidate[] {
    const to = this.#facts.cache.sibling(caller, lastOperation(caller).nextIp);
    if (to === undefined || !mayFollow(caller, to) || this.#resumptions.has(to)) return [];
    this.#resumptions.add(to);
    return this.#returns.flatMap((node) => this.#resumption(node, to));
  }

  #resumption(node: RegionNode, to: Block): Candidate[] {
    const share = shareOf(node.block, to);
    return share < LEAST_SHARE ? [] : [{ from: node, outcome: { side: 'computed', to, probability: share }, context: null, frequency: node.frequency * share }];
  }

  /** Where a return leads that is not one from a call of the region's own. */
  #outward(node: RegionNode): Candidate[] {
    return this.#outcomes(node.block)
      .filter(({ to }) => !this.#resumptions.has(to))
      .map((outcome) => ({ from: node, outcome, context: node.context, frequency: node.frequency * outcome.probability }));
  }

  /** The context of a callee that is to be inlined; undefined if it is not. */
  #enter(caller: Block, callee: Block, parent: CallContext | null): CallContext | undefined {
    const depth = parent === null ? 1 : parent.depth + 1;
    const returnBlock = this.#facts.cache.sibling(caller, lastOperation(caller).nextIp);
    if (returnBlock === undefined || depth > MAX_DEPTH || !mayFollow(caller, returnBlock)) return undefined;
    for (let outer = parent; outer !== null; outer = outer.parent) if (outer.callee === callee) return undefined;
    if (this.#measure(callee, this.#limits.maxInlined, depth) < 0) return undefined;
    return { returnBlock, callee, isThunk: this.#isThunk(callee), parent, depth };
  }

  /** `limit` less the instructions of a callee and of those that it calls; negative where they are more, or it never returns. */
  #measure(callee: Block, limit: number, depth: number): number {
    const seen = new Set<Block>();
    const pending = [callee];
    let left = limit;
    let returns = false;
    for (let block = pending.pop(); block !== undefined; block = pending.pop()) {
      if (seen.has(block)) continue;
      seen.add(block);
      left -= block.head.count;
      if (left < 0 || depth > MAX_DEPTH) return -1;
      const { rest } = this.#code(block);
      if (rest !== undefined) {
        pending.push(rest);
        continue;
      }
      if (isReturn(block)) {
        returns = true;
        continue;
      }
      if (!isCall(block) || this.#isJump(block)) {
        for (const { to, probability } of this.#outcomes(block)) if (probability >= this.#limits.minFrequency) pending.push(to);
        continue;
      }
      const back = this.#facts.cache.sibling(block, lastOperation(block).nextIp);
      if (back !== undefined) pending.push(back);
      const inner = this.#outcomes(block)[0];
      if (inner === undefined || seen.has(inner.to)) continue;
      left = this.#measure(inner.to, left, depth + 1);
      if (left < 0) return -1;
    }
    return returns ? left : -1;
  }
}

/** What a return is compared with: the likeliest first, and no more than other computed branches. */
function keepLikeliest(node: RegionNode): void {
  const share = new Map(node.edges.map((edge) => [edge, shareOf(node.block, edge.to.block)]));
  node.edges.sort((a, b) => (share.get(b) ?? 0) - (share.get(a) ?? 0));
  node.edges.length = Math.min(node.edges.length, MAX_TARGETS);
}

function takeBest(candidates: Candidate[]): Candidate | undefined {
  let best = 0;
  for (let i = 1; i < candidates.length; i++) if (candidates[i].frequency > candidates[best].frequency) best = i;
  const found = candidates[best];
  if (found === undefined) return undefined;
  const last = candidates.pop() as Candidate;
  if (last !== found) candidates[best] = last;
  return found;
}
