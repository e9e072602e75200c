import { leaf, type InspectNode } from '@ringzero/processor';
import { EXIT, type Block, type BlockCache, type EngineAttachment, type Execution, type SoftwareEngine } from '@ringzero/backend-interpreter/engine';
import type { Operation } from '@ringzero/x86-semantics';
import { canMakeFunctions, Compiler } from './emit/compiler.ts';
import { createExits, type Exits } from './exits.ts';
import { firstEntries } from './first-entries.ts';
import { scriptOf, type DropReason, type JitObserver } from './observer.ts';
import { resolveOptions, type JitOptions, type ResolvedOptions } from './options.ts';
import { lastOperation } from './region/node.ts';
import { ExpectationWatch, expectationsOf, type Expectations } from './region/expectations.ts';
import { countEdge, isCall, isCallAhead } from './region/outcomes.ts';
import { ProgramSource } from './region/programs.ts';
import { JitStatistics } from './statistics.ts';
import { EXACT_BELOW, STARTED, TierUp } from './tier-up.ts';
import { TierCounter } from './tiers.ts';
import { FIRST_ASKED, WarmUp } from './warm-up.ts';

/** Times that the region of one block is formed anew because an exit turned out hot. */
const MAX_REFORMS = 3;
/**
 * Of so many operations of tier 0 one is looked at, in stretches of COUNTED, to see blocks follow each other: of few at first, when V8
 * has not optimised tier 0 and what is hot shall be compiled soon, then of many, since a look at a cold block waits for memory.
 */
const DENSE = 16;
const SPARSE = 128;
const COUNTED = 64;
/** The dispatch switch sees only what transfers control: one of about three operations that handlers dispatch. */
const COUNTED_TRANSFERS = 20;
/** Before V8 is asked to optimize the dispatch switch it shall have optimized the first regions, in milliseconds. */
const SWITCH_PATIENCE = 1000;

/** What is kept of a compiled function: what its exits run, and how V8 gets to optimize it. */
interface LiveRegion {
  readonly exits: readonly Operation[];
  readonly warmUp: WarmUp;
  readonly expectations: Expectations;
}

/** Compiles regions of blocks that are executed often; the interpreter executes the rest, and whatever compiled code leaves. */
class JitAttachment implements EngineAttachment {
  readonly #statistics = new JitStatistics();
  /** Blocks with compiled functions, oldest first. */
  readonly #live = new Map<Block, LiveRegion>();
  readonly #reforms = new WeakMap<Block, number>();
  /** Blocks whose regions contain loops that had regions of their own, since they led there too often. */
  readonly #containsLoops = new WeakSet<Block>();
  readonly #watch: ExpectationWatch;
  /** Blocks whose regions have reached a limit: forming them anew would bring nothing. */
  readonly #full = new WeakSet<Block>();
  readonly #options: ResolvedOptions;
  readonly #tierUp: TierUp;
  readonly #cache: BlockCache;
  readonly #execution: Execution;
  readonly #R: Int32Array;
  readonly #compiler: Compiler | undefined;
  readonly #exits: Exits;
  readonly #observer: JitObserver | undefined;
  readonly #tiers: TierCounter | undefined;
  /** What one counted execution stands for. */
  #weight: number;
  /** The block counted before, if control came straight from it. */
  #previous: Block | undefined;
  #random = 1;
  /** What is left of the stretch that is counted: operations, or transfers while the dispatch switch is used. */
  #counted: number = COUNTED;
  /** And of the one behind it, in operations and in transfers. */
  #uncounted = 0;
  #transfers = 0;

  constructor(execution: Execution, programs: ProgramSource, options: ResolvedOptions, observer: JitObserver | undefined) {
    this.#options = options;
    this.#tierUp = new TierUp(options);
    this.#weight = options.loopThreshold < EXACT_BELOW || options.countTiers ? 1 : DENSE;
    this.#cache = execution.cache;
    this.#execution = execution;
    this.#R = execution.vp.R;
    this.#watch = new ExpectationWatch(execution.vp);
    execution.switchLoop.patience = SWITCH_PATIENCE;
    execution.switchLoop.use = options.dispatchSwitch;
    this.#observer = observer;
    this.#tiers = options.countRegions ? new TierCounter(execution, programs) : undefined;
    this.#exits = createExits(execution, options.exitThreshold, {
      hot: (root, block, to, times) => this.#reform(root, block, to, times),
      restarted: (times) => void (this.#statistics.exitsTaken += times),
      apart: (root) => this.#leftAtEntry(root),
    });
    if (!options.dynamicCode || !canMakeFunctions()) return;
    const facts = { programs, cache: execution.cache, isCompiled: (block: Block) => this.#live.has(block), containsLoops: (block: Block) => this.#containsLoops.has(block) };
    this.#compiler = new Compiler(execution, facts, options.limits, observer);
    execution.cache.onDrop = (block) => {
      if (!block.isCounted && this.#live.has(block)) this.#discard(block, 'invalidated');
      // Its length is set by a call of V8's runtime.
      if (block.regions.length === 0) return;
      for (const root of block.regions) if (this.#live.has(root)) this.#discard(root, 'invalidated');
      block.regions.length = 0;
    };
  }

  /**
   * The dispatch loop, in turns: some operations with block heads counted, then many without. Counting each block would cost as
   * much as executing an instruction. The lengths vary, so that no loop of the guest keeps step with them.
   */
  dispatch(head: Operation): void {
    const isFast = this.#execution.switchLoop.isFast();
    this.#previous = undefined;
    for (let op = head; ; ) {
      op = this.#look(op, isFast);
      if (op === EXIT) return;
      op = isFast ? this.#switch(op) : this.#follow(op);
      if (op === EXIT) return;
      this.#counted = isFast ? COUNTED_TRANSFERS : COUNTED;
      if (this.#weight === 1) continue;
      this.#previous = undefined;
      this.#planNext();
    }
  }

  /** The stretch that is counted. A function of its own, since V8 would optimize a loop under way once more. */
  #look(head: Operation, isFast: boolean): Operation {
    const { exits, switchLoop } = this.#execution;
    const { dispatch } = switchLoop;
    let op = head;
    while (this.#counted > 0) {
      if (op.count !== 0) op = this.#count(op);
      this.#counted--;
      const from = op;
      const { faults } = exits;
      op = isFast ? dispatch.run(op, 1) : op.h(op);
      if (op === EXIT) return op;
      // What handles a page fault does not follow the block that had it.
      if (exits.faults !== faults) this.#previous = undefined;
      else if (op.left !== 0 && from.count !== 0) this.#leftAt(op, from.block as Block);
    }
    return op;
  }

  /** How long the next stretch is that is not counted. */
  #planNext(): void {
    if (this.#weight === DENSE && this.#execution.vp.retired > STARTED) this.#weight = SPARSE;
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) | 0;
    this.#uncounted = COUNTED * (this.#weight - 2) + (this.#random >>> 25);
    this.#transfers = Math.ceil((this.#uncounted * COUNTED_TRANSFERS) / COUNTED);
  }

  /** A region has left `op` to the interpreter, perhaps because its operand is not what regions expect unless they are told. */
  #leftAt(op: Operation, left: Block): void {
    const region = this.#live.get(left);
    if (region !== undefined && this.#watch.leftAt(op, left, region.expectations, this.#weight)) this.#formAnew(left);
  }

  /** The stretch that is not counted, by handlers. It goes on where it left off if this returns EXIT. */
  #follow(head: Operation): Operation {
    let op = head;
    let left = this.#uncounted;
    for (; left > 0 && op !== EXIT; left--) op = op.h(op);
    this.#uncounted = left;
    return op;
  }

  /** The same by the dispatch switch. */
  #switch(head: Operation): Operation {
    if (this.#transfers <= 0) return head;
    const { dispatch } = this.#execution.switchLoop;
    const op = dispatch.run(head, this.#transfers);
    // Leaving counts as one: otherwise a guest with one transfer each time would never come to the end.
    this.#transfers = op === EXIT ? dispatch.leftOver() - 1 : 0;
    return op;
  }

  /** Counts the block that `head` is about to execute, and the edge that led to it. Returns what to run: its head, by then perhaps compiled. */
  #count(head: Operation): Operation {
    const block = head.block as Block;
    const previous = this.#previous;
    if (this.#options.countTiers) this.#tiers?.watch(block);
    block.seenAt = this.#cache.age;
    if (!block.isCounted) {
      this.#previous = undefined;
      const warmUp = this.#live.get(block)?.warmUp;
      if (warmUp?.isDue(this.#weight) === true) warmUp.ask(head, this.#R);
      return head;
    }
    if (previous !== undefined) {
      const likeliest = previous.profile.successors;
      if (likeliest !== null && likeliest.to === block) likeliest.count += this.#weight;
      else countEdge(previous, block, this.#weight);
    }
    this.#previous = block;
    const hits = (block.hits += this.#weight);
    if (hits > this.#tierUp.least && this.#tierUp.isDue(block, this.#execution.vp.retired)) this.#compile(block);
    return block.head;
  }

  #compile(block: Block): void {
    // One that has just written over itself.
    if (!block.isValid) return;
    const statistics = this.#statistics;
    this.#previous = undefined;
    block.isCounted = false;
    const compiled = this.#compiler?.compile(block, this.#watch.hoists(block), (exit) => this.#exits.create(block, exit));
    if (compiled === undefined) {
      statistics.blocksNotCompilable++;
      return;
    }
    statistics.blocksCompiled++;
    const region = this.#tiers?.region(compiled.handler, block.head.count, compiled.exits) ?? compiled.handler;
    const warmUp = new WarmUp(compiled.handler);
    this.#cache.putInFront(
      block,
      firstEntries(
        this.#execution.vp,
        region,
        (op) => {
          // A loop may be in there from its next entry on. By samples V8 may have been asked already.
          if (block.profile.isLoopHeader && warmUp.isDue(FIRST_ASKED)) warmUp.ask(op, this.#R);
        },
        () => this.#cache.putInFront(block, region),
      ),
    );
    if (compiled.isFull) this.#full.add(block);
    const { exits, groups } = compiled;
    const leaders = new Map(groups.leaders.map((leader) => [leader.op, leader]));
    this.#live.set(block, { exits, warmUp, expectations: expectationsOf({ leaders, atEntry: groups.atEntry, exits, marks: this.#watch.marks }) });
    for (const node of compiled.nodes) {
      statistics.instructionsCompiled += node.count;
      this.#tierUp.spend(node.count, this.#execution.vp.retired);
      const { regions } = node.block;
      if (node.block === block || regions.includes(block)) continue;
      for (let i = regions.length - 1; i >= 0; i--) if (!this.#live.has(regions[i])) regions.splice(i, 1);
      regions.push(block);
    }
    if (this.#live.size > this.#options.maxCompiled) this.#dropOldest();
  }

  /** An exit of the region at `root` is taken often: the next time that it is counted, the region is formed with it inside. */
  #reform(root: Block, block: Block, to: Block, times: number): void {
    countEdge(block, to, times);
    block.hits += times;
    if (this.#full.has(root) || (isCall(block) && lastOperation(block).target !== 0 && !isCallAhead(block)) || !this.#live.has(root) || !to.isValid) return;
    const done = this.#reforms.get(root) ?? 0;
    // A loop that was left to its own region is taken in however often other exits were.
    if (this.#live.has(to) && to.profile.isLoopHeader && !this.#containsLoops.has(root)) this.#containsLoops.add(root);
    else if (done < MAX_REFORMS) this.#reforms.set(root, done + 1);
    else return;
    this.#formAnew(root);
  }

  #leftAtEntry(root: Block): void {
    const region = this.#live.get(root);
    if (region !== undefined && this.#watch.leftAtEntry(root, region.expectations)) this.#formAnew(root);
  }

  /** Drops a region, to be formed anew the next time that its block is counted. */
  #formAnew(root: Block): void {
    if (!this.#live.has(root)) return;
    this.#discard(root, 'reformed');
    root.hits = this.#options.threshold;
  }

  #dropOldest(): void {
    for (const block of this.#live.keys()) {
      this.#discard(block, 'evicted');
      return;
    }
  }

  /** Back to counting. */
  #discard(block: Block, reason: DropReason): void {
    this.#statistics.dropped(reason, this.#live.get(block)?.exits ?? []);
    this.#live.delete(block);
    block.hits = 0;
    block.isCounted = true;
    this.#cache.leadOn(block);
    this.#observer?.dropped?.(scriptOf(block.head), reason);
  }

  counters(): Record<string, () => InspectNode> {
    return {
      dynamicCode: () => leaf(this.#compiler !== undefined),
      blocksLive: () => leaf(this.#live.size),
      ...this.#statistics.inspect(Array.from(this.#live.values(), ({ exits }) => exits)),
      ...(this.#tiers && { tiers: () => this.#tiers?.inspect() ?? leaf(undefined) }),
    };
  }
}

/** The engine that the JIT's hypervisor attaches to each VP. */
export function createJitEngine(options: JitOptions = {}, observer?: JitObserver): SoftwareEngine {
  const programs = new ProgramSource();
  const resolved = resolveOptions(options);
  return { name: 'jit', decodedInstructions: resolved.decodedInstructions, attach: (execution) => new JitAttachment(execution, programs, resolved, observer) };
}
