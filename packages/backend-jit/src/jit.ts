import { leaf, type InspectNode } from '@ringzero/processor';
import type { Block, EngineAttachment, Execution, SoftwareEngine } from '@ringzero/backend-interpreter/engine';
import type { Handler, Operation } from '@ringzero/x86-semantics';
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

/** Compiles regions of blocks that are executed often; the interpreter executes the rest, and whatever compiled code leaves. */
class JitAttachment implements EngineAttachment {
  readonly #statistics = new JitStatistics();
  /** Heads with compiled functions, oldest first, and what the exits of those run. */
  readonly #live = new Map<Operation, readonly Operation[]>();
  readonly #reforms = new WeakMap<Operation, number>();
  /** Heads whose regions have reached a limit: forming them anew would bring nothing. */
  readonly #full = new WeakSet<Operation>();
  readonly #options: ResolvedOptions;
  readonly #threshold: number;
  readonly #loopThreshold: number;
  readonly #compiler: Compiler | undefined;
  readonly #exits: Exits;
  readonly #observer: JitObserver | undefined;
  readonly #tiers: TierCounter | undefined;
  /** What the heads of blocks run that are not compiled. */
  readonly #counting: Handler;
  /** The block counted before, if control came straight from it. */
  #previous: Block | undefined;

  constructor(execution: Execution, programs: ProgramSource, options: ResolvedOptions, observer: JitObserver | undefined) {
    this.#options = options;
    this.#threshold = options.threshold;
    this.#loopThreshold = options.loopThreshold;
    this.#observer = observer;
    this.#tiers = options.countTiers ? new TierCounter(execution, programs) : undefined;
    this.#counting = this.#tiers?.entry(this.#entry) ?? this.#entry;
    this.#exits = createExits(execution, options.exitThreshold, {
      left: () => (this.#previous = undefined),
      hot: (root, block, to) => this.#reform(root, block, to),
      restarted: (times) => void (this.#statistics.exitsTaken += times),
    });
    if (!options.dynamicCode || !canMakeFunctions()) return;
    const facts = { programs, cache: execution.cache, isCompiled: (head: Operation) => this.#live.has(head) };
    this.#compiler = new Compiler(execution, facts, options.limits, observer);
    execution.builder.entryHandler = this.#counting;
    execution.cache.onDrop = (block) => {
      for (const op of [block.head, ...block.regions]) if (this.#live.has(op)) this.#discard(op, 'invalidated');
      block.regions.length = 0;
    };
  }

  /** What a block's head runs until the block is compiled: counts it, and the edge that led to it. */
  readonly #entry = (op: Operation): Operation => {
    const block = op.block as Block;
    const previous = this.#previous;
    if (previous !== undefined) {
      const { profile } = previous;
      if (profile.first === op) profile.firstCount++;
      else countEdge(previous, op, 1);
    }
    this.#previous = block;
    const hits = ++op.hits;
    if (hits <= this.#loopThreshold || (hits <= this.#threshold && !block.profile.isLoopHeader)) return op.next;
    this.#previous = undefined;
    return this.#compile(op, block);
  };

  #compile(op: Operation, block: Block): Operation {
    const statistics = this.#statistics;
    const compiled = this.#compiler?.compile(block, (exit) => this.#exits.create(op, exit));
    if (compiled === undefined) {
      statistics.blocksNotCompilable++;
      op.h = passThrough;
      return op.next;
    }
    statistics.blocksCompiled++;
    const handler = this.#tiers?.region(compiled.handler, op, compiled.exits) ?? compiled.handler;
    op.h = handler;
    if (compiled.isFull) this.#full.add(op);
    for (const node of compiled.nodes) {
      statistics.instructionsCompiled += node.count;
      if (node.block !== block && !node.block.regions.includes(op)) node.block.regions.push(op);
    }
    this.#live.set(op, compiled.exits);
    if (this.#live.size > this.#options.maxCompiled) this.#dropOldest();
    return handler(op);
  }

  /** An exit of the region at `root` is taken often: the next time that it is entered, the region is formed with it inside. */
  #reform(root: Operation, block: Block, to: Operation): void {
    const count = this.#options.exitThreshold;
    countEdge(block, to, count);
    block.head.hits += count;
    const done = this.#reforms.get(root) ?? 0;
    if (done >= MAX_REFORMS || this.#full.has(root) || (isCall(block) && lastOperation(block).target !== 0) || !this.#live.has(root) || !(to.block as Block | null)?.isValid) return;
    this.#reforms.set(root, done + 1);
    this.#discard(root, 'reformed');
    root.hits = this.#options.threshold;
  }

  #dropOldest(): void {
    for (const op of this.#live.keys()) {
      this.#discard(op, 'evicted');
      return;
    }
  }

  /** Back to counting. */
  #discard(op: Operation, reason: DropReason): void {
    this.#statistics.dropped(reason, this.#live.get(op) ?? []);
    this.#live.delete(op);
    op.hits = 0;
    op.h = this.#counting;
    this.#observer?.dropped?.(scriptOf(op), reason);
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
