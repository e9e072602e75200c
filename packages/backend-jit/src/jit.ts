import { leaf, type InspectNode } from '@ringzero/processor';
import { EXIT, type Block, type BlockCache, type EngineAttachment, type Execution, type SoftwareEngine } from '@ringzero/backend-interpreter/engine';
import type { Operation } from '@ringzero/x86-semantics';
import { canMakeFunctions, Compiler } from './emit/compiler.ts';
import { createExits, type Exits } from './exits.ts';
import { scriptOf, type DropReason, type JitObserver } from './observer.ts';
import { resolveOptions, type JitOptions, type ResolvedOptions } from './options.ts';
import { lastOperation } from './region/node.ts';
import { countEdge, isCall } from './region/outcomes.ts';
import { ProgramSource } from './region/programs.ts';
import { JitStatistics } from './statistics.ts';
import { TierCounter } from './tiers.ts';

/** Times that the region of one block is formed anew because an exit turned out hot. */
const MAX_REFORMS = 3;
/** Of so many operations of tier 0 one is looked at, in stretches of COUNTED, to see blocks follow each other. */
const SAMPLING = 16;
const COUNTED = 64;
/** With a threshold below this every execution counts. */
const EXACT_BELOW = 1000;

/** Compiles regions of blocks that are executed often; the interpreter executes the rest, and whatever compiled code leaves. */
class JitAttachment implements EngineAttachment {
  readonly #statistics = new JitStatistics();
  /** Blocks with compiled functions, oldest first, and what the exits of those run. */
  readonly #live = new Map<Block, readonly Operation[]>();
  readonly #reforms = new WeakMap<Block, number>();
  /** Blocks whose regions have reached a limit: forming them anew would bring nothing. */
  readonly #full = new WeakSet<Block>();
  readonly #options: ResolvedOptions;
  readonly #threshold: number;
  readonly #loopThreshold: number;
  readonly #cache: BlockCache;
  readonly #compiler: Compiler | undefined;
  readonly #exits: Exits;
  readonly #observer: JitObserver | undefined;
  readonly #tiers: TierCounter | undefined;
  /** What one counted execution stands for. */
  readonly #weight: number;
  /** The block counted before, if control came straight from it. */
  #previous: Block | undefined;
  #random = 1;
  /** Operations left of the stretch that is counted, and of the one behind it. */
  #counted: number = COUNTED;
  #uncounted = 0;

  constructor(execution: Execution, programs: ProgramSource, options: ResolvedOptions, observer: JitObserver | undefined) {
    this.#options = options;
    this.#threshold = options.threshold;
    this.#loopThreshold = options.loopThreshold;
    this.#weight = options.loopThreshold < EXACT_BELOW || options.countTiers ? 1 : SAMPLING;
    this.#cache = execution.cache;
    this.#observer = observer;
    this.#tiers = options.countRegions ? new TierCounter(execution, programs) : undefined;
    this.#exits = createExits(execution, options.exitThreshold, {
      hot: (root, block, to) => this.#reform(root, block, to),
      restarted: (times) => void (this.#statistics.exitsTaken += times),
    });
    if (!options.dynamicCode || !canMakeFunctions()) return;
    const facts = { programs, cache: execution.cache, isCompiled: (block: Block) => this.#live.has(block) };
    this.#compiler = new Compiler(execution, facts, options.limits, observer);
    execution.cache.onDrop = (block) => {
      for (const root of [block, ...block.regions]) if (this.#live.has(root)) this.#discard(root, 'invalidated');
      block.regions.length = 0;
    };
  }

  /**
   * The dispatch loop, in turns: some operations with block heads counted, then many without. Counting each block would cost as
   * much as executing an instruction. The lengths vary, so that no loop of the guest keeps step with them.
   */
  dispatch(head: Operation): void {
    let op = head;
    this.#previous = undefined;
    for (;;) {
      for (; this.#counted > 0; this.#counted--) {
        if (op.count !== 0) op = this.#count(op);
        op = op.h(op);
        if (op === EXIT) return;
      }
      for (let left = this.#uncounted; left > 0; left--) {
        op = op.h(op);
        if (op !== EXIT) continue;
        this.#uncounted = left;
        return;
      }
      this.#counted = COUNTED;
      this.#previous = undefined;
      if (this.#weight === 1) continue;
      this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) | 0;
      this.#uncounted = COUNTED * (SAMPLING - 2) + (this.#random >>> 25);
    }
  }

  /** Counts the block that `head` is about to execute, and the edge that led to it. Returns what to run: its head, by then perhaps compiled. */
  #count(head: Operation): Operation {
    const block = head.block as Block;
    const previous = this.#previous;
    if (this.#options.countTiers) this.#tiers?.watch(block);
    if (!block.isCounted) {
      this.#previous = undefined;
      return head;
    }
    if (previous !== undefined) {
      const likeliest = previous.profile.successors;
      if (likeliest !== null && likeliest.to === block) likeliest.count += this.#weight;
      else countEdge(previous, block, this.#weight);
    }
    this.#previous = block;
    const hits = (block.hits += this.#weight);
    if (hits > this.#loopThreshold && (hits > this.#threshold || block.profile.isLoopHeader)) this.#compile(block);
    return block.head;
  }

  #compile(block: Block): void {
    const statistics = this.#statistics;
    this.#previous = undefined;
    block.isCounted = false;
    const compiled = this.#compiler?.compile(block, (exit) => this.#exits.create(block, exit));
    if (compiled === undefined) {
      statistics.blocksNotCompilable++;
      return;
    }
    statistics.blocksCompiled++;
    this.#cache.putInFront(block, this.#tiers?.region(compiled.handler, block.head.count, compiled.exits) ?? compiled.handler);
    if (compiled.isFull) this.#full.add(block);
    this.#live.set(block, compiled.exits);
    for (const node of compiled.nodes) {
      statistics.instructionsCompiled += node.count;
      const { regions } = node.block;
      if (node.block === block || regions.includes(block)) continue;
      for (let i = regions.length - 1; i >= 0; i--) if (!this.#live.has(regions[i])) regions.splice(i, 1);
      regions.push(block);
    }
    if (this.#live.size > this.#options.maxCompiled) this.#dropOldest();
  }

  /** An exit of the region at `root` is taken often: the next time that it is counted, the region is formed with it inside. */
  #reform(root: Block, block: Block, to: Block): void {
    const count = this.#options.exitThreshold;
    countEdge(block, to, count);
    block.hits += count;
    const done = this.#reforms.get(root) ?? 0;
    if (done >= MAX_REFORMS || this.#full.has(root) || (isCall(block) && lastOperation(block).target !== 0) || !this.#live.has(root) || !to.isValid) return;
    this.#reforms.set(root, done + 1);
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
    this.#statistics.dropped(reason, this.#live.get(block) ?? []);
    this.#live.delete(block);
    block.hits = 0;
    block.isCounted = true;
    this.#cache.putInFront(block, passThrough);
    this.#observer?.dropped?.(scriptOf(block.head), reason);
  }

  counters(): Record<string, () => InspectNode> {
    return {
      dynamicCode: () => leaf(this.#compiler !== undefined),
      blocksLive: () => leaf(this.#live.size),
      ...this.#statistics.inspect(this.#live.values()),
      ...(this.#tiers && { tiers: () => this.#tiers?.inspect() ?? leaf(undefined) }),
    };
  }
}

function passThrough(op: Operation): Operation {
  return op.next;
}

/** The engine that the JIT's hypervisor attaches to each VP. */
export function createJitEngine(options: JitOptions = {}, observer?: JitObserver): SoftwareEngine {
  const programs = new ProgramSource();
  const resolved = resolveOptions(options);
  return { name: 'jit', attach: (execution) => new JitAttachment(execution, programs, resolved, observer) };
}
