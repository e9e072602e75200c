import type { Block, Execution } from '@ringzero/backend-interpreter/engine';
import { carryOf, conditionOf, divideSigned, divideUnsigned, flagsWord, mulHighSigned, mulHighUnsigned, parityOf, signedQuotientFits, type Handler, type Operation } from '@ringzero/x86-semantics';
import { RegionFormation, type BlockFacts, type RegionLimits } from '../region/form-region.ts';
import type { RegionNode } from '../region/node.ts';
import { FACTORY_PARAMETERS, RegionEmitter, type EmittedRegion, type RegionExit } from './emit-region.ts';

type Factory = (...values: readonly unknown[]) => Handler;

/** Whether this host lets us make functions from text (a strict content security policy does not). */
export function canMakeFunctions(): boolean {
  try {
    return new Function('return 1')() === 1;
  } catch {
    return false;
  }
}

/**
 * Longest text of a function. V8 never optimises one of more than 61,440 bytes of bytecode, and a character makes up to 1.25
 * of them (vector instructions with operands in memory).
 */
export const MAX_SOURCE = 48_000;

/** Emits the region of a block; one that V8 would not optimise is formed anew with half the instructions. */
export function emitRegion(block: Block, limits: RegionLimits, facts: BlockFacts): (EmittedRegion & { readonly isFull: boolean }) | undefined {
  for (let most = limits.maxInstructions; ; most >>= 1) {
    const formation = new RegionFormation({ ...limits, maxInstructions: most }, facts);
    const nodes = formation.form(block);
    if (nodes === undefined) return undefined;
    const emitted = { ...new RegionEmitter(nodes[0]).emit(), isFull: formation.isFull };
    if (emitted.source.length <= MAX_SOURCE || most <= 1) return emitted;
  }
}

/** A compiled function, and the nodes that it contains. */
export interface CompiledRegion {
  readonly handler: Handler;
  readonly nodes: readonly RegionNode[];
  /** Whether a limit kept blocks out. */
  readonly isFull: boolean;
}

/** Turns decoded blocks into JavaScript functions. */
export class Compiler {
  readonly #facts: BlockFacts;
  readonly #limits: RegionLimits;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(execution: Execution, facts: BlockFacts, limits: RegionLimits) {
    const { vp, units } = execution;
    this.#facts = facts;
    this.#limits = limits;
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
      x87: units.x87,
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

  /** A function for the region of `block`, or undefined if nothing at its head can be compiled. `createExit` makes what an exit runs. */
  compile(block: Block, createExit: (exit: RegionExit) => Operation): CompiledRegion | undefined {
    const emitted = emitRegion(block, this.#limits, this.#facts);
    if (emitted === undefined) return undefined;
    const { head } = block;
    const ops = [...emitted.operations, ...emitted.exits.map(createExit)];
    const source = `'use strict';\n${emitted.source}\n//# sourceURL=ringzero-region-${(head.ip >>> 0).toString(16)}-${head.mode}`;
    const factory = new Function(...FACTORY_PARAMETERS.map((name) => `$${name}`), source) as unknown as Factory;
    const handler = factory(...FACTORY_PARAMETERS.map((name) => (name === 'ops' ? ops : this.#values[name])));
    return { handler, nodes: emitted.nodes, isFull: emitted.isFull };
  }
}
