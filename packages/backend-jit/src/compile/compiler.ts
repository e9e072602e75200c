import type { Block, Execution } from '@ringzero/backend-interpreter/engine';
import { carryOf, conditionOf, divideSigned, divideUnsigned, flagsWord, mulHighSigned, mulHighUnsigned, parityOf, signedQuotientFits, type Handler } from '@ringzero/x86-semantics';
import { emitBlock, FACTORY_PARAMETERS } from './emit-block.ts';
import type { TraceLimits } from './trace.ts';
import type { ProgramSource } from './compilability.ts';

type Factory = (...values: readonly unknown[]) => Handler;

/** Whether this host lets us make functions from text (a strict content security policy does not). */
export function canMakeFunctions(): boolean {
  try {
    return new Function('return 1')() === 1;
  } catch {
    return false;
  }
}

/** A compiled function, and the blocks that it contains. */
export interface CompiledFunction {
  readonly handler: Handler;
  readonly blocks: readonly Block[];
}

/** Turns decoded blocks into JavaScript functions. */
export class Compiler {
  readonly #programs: ProgramSource;
  readonly #values: Readonly<Record<string, unknown>>;

  readonly #limits: TraceLimits;

  constructor(execution: Execution, programs: ProgramSource, limits: TraceLimits) {
    this.#limits = limits;
    const { vp, units, transfers } = execution;
    this.#programs = programs;
    this.#values = {
      R: vp.R,
      B: vp.B,
      H: vp.H,
      F: vp.F,
      S: vp.S,
      TR: vp.tlb.read,
      TW: vp.tlb.write,
      TC: vp.tlb.code,
      M: vp.memory.view,
      fpu: units.fpu,
      vector: units.vector,
      leaveTaken: transfers.leaveTaken,
      leaveNext: transfers.leaveNext,
      indirect: transfers.indirect,
      conditionOf,
      carryOf,
      flagsWord,
      mulHighUnsigned,
      mulHighSigned,
      divideUnsigned,
      divideSigned,
      signedQuotientFits,
      parityOf,
    };
  }

  /** A function for the block and those that usually follow it, or undefined if nothing at its head can be compiled. */
  compile(block: Block): CompiledFunction | undefined {
    const emitted = emitBlock(block, this.#programs, this.#limits);
    if (emitted === undefined) return undefined;
    const { head } = block;
    const source = `'use strict';\n${emitted.source}\n//# sourceURL=ringzero-block-${(head.ip >>> 0).toString(16)}-${head.mode}`;
    const factory = new Function(...FACTORY_PARAMETERS, source) as unknown as Factory;
    const handler = factory(...FACTORY_PARAMETERS.map((name) => (name === 'ops' ? emitted.operations : this.#values[name])));
    return { handler, blocks: emitted.blocks };
  }
}
