import { leaf, type InspectNode } from '@ringzero/processor';
import type { Block, EngineAttachment, Execution, SoftwareEngine } from '@ringzero/backend-interpreter/engine';
import type { Operation } from '@ringzero/x86-semantics';
import { canMakeFunctions, Compiler } from './emit/compiler.ts';
import { createExits, type Exits } from './exits.ts';
import { resolveOptions, type JitOptions, type ResolvedOptions } from './options.ts';
import { lastOperation } from './region/node.ts';
import { countEdge, isCall } from './region/outcomes.ts';
import { ProgramSource } from './region/programs.ts';

/** Times that the region of one block is formed anew because an exit turned out hot. */
const MAX_REFORMS = 3;

/** Compiles regions of blocks that are executed often; the interpreter executes the rest, and whatever compiled code leaves. */
class JitAttachment implements EngineAttachment {
  #compiled = 0;
  #evicted = 0;
  #reformed = 0;
  #notCompilable = 0;
  #instructions = 0;
  /** Heads with compiled functions, oldest first. */
  readonly #live = new Set<Operation>();
  readonly #reforms = new WeakMap<Operation, number>();
  /** Heads whose regions have reached a limit: forming them anew would bring nothing. */
  readonly #full = new WeakSet<Operation>();
  readonly #options: ResolvedOptions;
  readonly #threshold: number;
  readonly #loopThreshold: number;
  readonly #compiler: Compiler | undefined;
  readonly #exits: Exits;
  /** The block counted before, if control came straight from it. */
  #previous: Block | undefined;

  constructor(execution: Execution, programs: ProgramSource, options: ResolvedOptions) {
    this.#options = options;
    this.#threshold = options.threshold;
    this.#loopThreshold = options.loopThreshold;
    this.#exits = createExits(execution, options.exitThreshold, {
      left: () => (this.#previous = undefined),
      hot: (root, block, to) => this.#reform(root, block, to),
    });
    if (!options.dynamicCode || !canMakeFunctions()) return;
    const facts = { programs, cache: execution.cache, isCompiled: (head: Operation) => this.#live.has(head) };
    this.#compiler = new Compiler(execution, facts, options.limits);
    execution.builder.entryHandler = this.#entry;
    execution.cache.onDrop = (block) => {
      this.#live.delete(block.head);
      for (const op of block.regions) if (this.#live.has(op)) this.#discard(op);
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
    const compiled = this.#compiler?.compile(block, (exit) => this.#exits.create(op, exit));
    if (compiled === undefined) {
      this.#notCompilable++;
      op.h = passThrough;
      return op.next;
    }
    this.#compiled++;
    op.h = compiled.handler;
    if (compiled.isFull) this.#full.add(op);
    for (const node of compiled.nodes) {
      this.#instructions += node.count;
      if (node.block !== block && !node.block.regions.includes(op)) node.block.regions.push(op);
    }
    this.#live.add(op);
    if (this.#live.size > this.#options.maxCompiled) this.#dropOldest();
    return compiled.handler(op);
  }

  /** An exit of the region at `root` is taken often: the next time that it is entered, the region is formed with it inside. */
  #reform(root: Operation, block: Block, to: Operation): void {
    const count = this.#options.exitThreshold;
    countEdge(block, to, count);
    block.head.hits += count;
    const done = this.#reforms.get(root) ?? 0;
    if (done >= MAX_REFORMS || this.#full.has(root) || (isCall(block) && lastOperation(block).target !== 0) || !this.#live.has(root) || !(to.block as Block | null)?.isValid) return;
    this.#reforms.set(root, done + 1);
    this.#reformed++;
    this.#discard(root);
    root.hits = this.#options.threshold;
  }

  #dropOldest(): void {
    for (const op of this.#live) {
      this.#discard(op);
      this.#evicted++;
      return;
    }
  }

  /** Back to counting. */
  #discard(op: Operation): void {
    this.#live.delete(op);
    op.hits = 0;
    op.h = this.#entry;
  }

  counters(): Record<string, () => InspectNode> {
    return {
      dynamicCode: () => leaf(this.#compiler !== undefined),
      blocksCompiled: () => leaf(this.#compiled),
      instructionsCompiled: () => leaf(this.#instructions),
      blocksLive: () => leaf(this.#live.size),
      blocksEvicted: () => leaf(this.#evicted),
      regionsReformed: () => leaf(this.#reformed),
      blocksNotCompilable: () => leaf(this.#notCompilable),
    };
  }
}

function passThrough(op: Operation): Operation {
  return op.next;
}

/** The engine that the JIT's hypervisor attaches to each VP. */
export function createJitEngine(options: JitOptions = {}): SoftwareEngine {
  const programs = new ProgramSource();
  const resolved = resolveOptions(options);
  return { name: 'jit', attach: (execution) => new JitAttachment(execution, programs, resolved) };
}
