import { leaf, type InspectNode } from '@ringzero/processor';
import type { Block, EngineAttachment, Execution, SoftwareEngine } from '@ringzero/backend-interpreter/engine';
import type { Operation } from '@ringzero/x86-semantics';
import { ProgramSource } from './compile/compilability.ts';
import { canMakeFunctions, Compiler } from './compile/compiler.ts';

/** Options of the JIT. Defaults were measured (docs/adr). */
export interface JitOptions {
  /** Executions of a block in the interpreter before it is compiled; 0 compiles at the first. */
  readonly threshold?: number;
  /** Compiled blocks kept at most; the oldest go first. */
  readonly maxCompiled?: number;
  /** Blocks and instructions that one function covers at most: the hot path from its block on. 1 block: the basic block alone. */
  readonly maxBlocks?: number;
  readonly maxInstructions?: number;
  /** False keeps to the interpreter, as a host without `new Function` does. */
  readonly dynamicCode?: boolean;
}

const DEFAULT_THRESHOLD = 3_000;
const DEFAULT_MAX_COMPILED = 6_000;
const DEFAULT_MAX_BLOCKS = 8;
const DEFAULT_MAX_INSTRUCTIONS = 80;

/** Compiles blocks that are executed often; the interpreter executes the others, and whatever compiled code leaves. */
class JitAttachment implements EngineAttachment {
  #compiled = 0;
  #dropped = 0;
  #notCompilable = 0;
  /** Heads with compiled functions, oldest first. */
  readonly #live = new Set<Operation>();
  readonly #compiler: Compiler | undefined;

  constructor(execution: Execution, programs: ProgramSource, options: JitOptions) {
    const { threshold = DEFAULT_THRESHOLD, maxCompiled = DEFAULT_MAX_COMPILED, maxBlocks = DEFAULT_MAX_BLOCKS, maxInstructions = DEFAULT_MAX_INSTRUCTIONS, dynamicCode = true } = options;
    if (!dynamicCode || !canMakeFunctions()) return;
    const compiler = new Compiler(execution, programs, { maxBlocks, maxInstructions });
    this.#compiler = compiler;
    // The block counted before: what it was followed by is where its function will go on.
    let previous: Block | undefined;

    const passThrough = (op: Operation): Operation => op.next;
    const entry = (op: Operation): Operation => {
      const block = op.block as Block;
      if (previous !== undefined) previous.likely = op;
      previous = block;
      if (++block.hits < threshold) return op.next;
      const compiled = compiler.compile(block);
      if (compiled === undefined) {
        this.#notCompilable++;
        op.h = passThrough;
        return op.next;
      }
      this.#compiled++;
      op.h = compiled.handler;
      for (const part of compiled.blocks) if (part !== block && !part.traces.includes(op)) part.traces.push(op);
      this.#live.add(op);
      if (this.#live.size > maxCompiled) this.#dropOldest(entry);
      return compiled.handler(op);
    };
    execution.builder.entryHandler = entry;
    execution.cache.onDrop = (block) => {
      this.#live.delete(block.head);
      for (const op of block.traces) if (this.#live.has(op)) this.#discard(op, entry);
      block.traces.length = 0;
    };
  }

  #dropOldest(entry: (op: Operation) => Operation): void {
    for (const op of this.#live) {
      this.#discard(op, entry);
      this.#dropped++;
      return;
    }
  }

  /** Back to counting. */
  #discard(op: Operation, entry: (op: Operation) => Operation): void {
    this.#live.delete(op);
    if (op.block !== null) op.block.hits = 0;
    op.h = entry;
  }

  counters(): Record<string, () => InspectNode> {
    return {
      dynamicCode: () => leaf(this.#compiler !== undefined),
      blocksCompiled: () => leaf(this.#compiled),
      blocksLive: () => leaf(this.#live.size),
      blocksEvicted: () => leaf(this.#dropped),
      blocksNotCompilable: () => leaf(this.#notCompilable),
    };
  }
}

/** The engine that the JIT's hypervisor attaches to each VP. */
export function createJitEngine(options: JitOptions = {}): SoftwareEngine {
  const programs = new ProgramSource();
  return { name: 'jit', attach: (execution) => new JitAttachment(execution, programs, options) };
}
