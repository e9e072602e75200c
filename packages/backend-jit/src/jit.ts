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
  /** False keeps to the interpreter, as a host without `new Function` does. */
  readonly dynamicCode?: boolean;
}

const DEFAULT_THRESHOLD = 400;
const DEFAULT_MAX_COMPILED = 6_000;

/** Compiles blocks that are executed often; the interpreter executes the others, and whatever compiled code leaves. */
class JitAttachment implements EngineAttachment {
  #compiled = 0;
  #dropped = 0;
  #notCompilable = 0;
  /** Heads with compiled functions, oldest first. */
  readonly #live = new Set<Operation>();
  readonly #compiler: Compiler | undefined;

  constructor(execution: Execution, programs: ProgramSource, options: JitOptions) {
    const { threshold = DEFAULT_THRESHOLD, maxCompiled = DEFAULT_MAX_COMPILED, dynamicCode = true } = options;
    if (!dynamicCode || !canMakeFunctions()) return;
    const compiler = new Compiler(execution, programs);
    this.#compiler = compiler;

    const passThrough = (op: Operation): Operation => op.next;
    const entry = (op: Operation): Operation => {
      if (++op.hits < threshold) return op.next;
      const handler = compiler.compile(op.block as Block);
      if (handler === undefined) {
        this.#notCompilable++;
        op.h = passThrough;
        return op.next;
      }
      this.#compiled++;
      op.h = handler;
      this.#live.add(op);
      if (this.#live.size > maxCompiled) this.#dropOldest(entry);
      return handler(op);
    };
    execution.builder.entryHandler = entry;
    execution.cache.onDrop = (block) => void this.#live.delete(block.head);
  }

  #dropOldest(entry: (op: Operation) => Operation): void {
    for (const op of this.#live) {
      this.#live.delete(op);
      op.hits = 0;
      op.h = entry;
      this.#dropped++;
      return;
    }
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
