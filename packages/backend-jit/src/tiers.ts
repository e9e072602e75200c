import { EXIT, type Block, type Execution } from '@ringzero/backend-interpreter/engine';
import { leaf, tree, type InspectNode } from '@ringzero/processor';
import { BUDGET, type Handler, type Operation } from '@ringzero/x86-semantics';
import type { ProgramSource } from './region/programs.ts';

/**
 * Counts instructions by where they are executed, and how regions are left. Wraps every handler that it asks about, which
 * slows the guest down: for those who look, never otherwise. Helpers that nobody has it watch count with what surrounds them.
 */
export class TierCounter {
  readonly #execution: Execution;
  readonly #programs: ProgramSource;
  readonly #watched = new WeakSet<Block>();
  #isInside = false;
  #inRegions = 0;
  #helpers = 0;
  #helpersInside = 0;
  #entries = 0;
  #toBlocks = 0;
  #toInstructions = 0;
  #toRunLoop = 0;

  constructor(execution: Execution, programs: ProgramSource) {
    this.#execution = execution;
    this.#programs = programs;
  }

  /** Counts the block's helpers from now on. */
  watch(block: Block): void {
    if (this.#watched.has(block)) return;
    this.#watched.add(block);
    for (const op of block.operations.slice(0, block.head.count)) {
      if (this.#programs.of(op) !== null) continue;
      const { h } = op;
      op.h = (helper) => {
        this.#helpers++;
        if (this.#isInside) this.#helpersInside++;
        return h(helper);
      };
    }
  }

  /** A region's function, counted. The instructions of its first block, `count`, are taken from the budget when it begins. */
  region(handler: Handler, count: number, exits: readonly Operation[]): Handler {
    const R = this.#execution.vp.R;
    const isExit = new Set(exits);
    return (op) => {
      const before = R[BUDGET] + count;
      this.#isInside = true;
      const next = handler(op);
      this.#isInside = false;
      this.#entries++;
      // What goes on in the middle of a block, or at another's head, is paid for but not executed.
      const isHead = next.block !== null && (next.block as Block).head === next;
      const rest = isExit.has(next) || next === EXIT ? 0 : isHead ? next.count : next.left;
      this.#inRegions += before - R[BUDGET] - rest;
      if (isExit.has(next)) this.#toBlocks++;
      else if (next === EXIT || isHead) this.#toRunLoop++;
      else this.#toInstructions++;
      return next;
    };
  }

  inspect(): InspectNode {
    const { alone, vp } = this.#execution;
    const regions = this.#inRegions - this.#helpersInside;
    return tree({
      regions: () => leaf(regions),
      helpers: () => leaf(this.#helpers),
      alone: () => leaf(alone),
      interpreter: () => leaf(Math.max(0, vp.retired - regions - this.#helpers - alone)),
      regionEntries: () => leaf(this.#entries),
      exitsToBlocks: () => leaf(this.#toBlocks),
      exitsToInstructions: () => leaf(this.#toInstructions),
      exitsByHelpers: () => leaf(this.#toRunLoop),
    });
  }
}
