import type { Block, Execution } from '@ringzero/backend-interpreter/engine';
import { carryOf, conditionOf, divideSigned, divideUnsigned, flagsWord, isProductWide, mulHighSigned, mulHighUnsigned, parityOf, signedQuotientFits, type Handler, type Operation } from '@ringzero/x86-semantics';
import { reportRegion, scriptOf, type JitObserver } from '../observer.ts';
import { RegionFormation, type BlockFacts, type RegionLimits } from '../region/form-region.ts';
import type { RegionNode } from '../region/node.ts';
import { Stage } from '../rehearsal/stage.ts';
import type { PageGroups } from './page-groups.ts';
import { estimateBytecode, MAX_BYTECODE } from './bytecode-size.ts';
import { FACTORY_PARAMETERS, RegionEmitter, SCENE, type EmittedRegion, type RegionExit } from './emit-region.ts';

/** In the text each is a constant with the name without `$`. */
const PARAMETERS: readonly string[] = FACTORY_PARAMETERS.map((name) => `$${name}`);

type Factory = (...values: readonly unknown[]) => Handler;

/** Whether this host lets us make functions from text (a strict content security policy does not). */
export function canMakeFunctions(): boolean {
  try {
    return new Function('return 1')() === 1;
  } catch {
    return false;
  }
}

/** Emits the region of a block; one that V8 would not optimise is formed anew with half the instructions, and in the end left to the interpreter. */
export function emitRegion(block: Block, limits: RegionLimits, facts: BlockFacts, hoists: boolean): (EmittedRegion & { readonly isFull: boolean }) | undefined {
  for (let most = limits.maxInstructions; most > 0; most >>= 1) {
    const formation = new RegionFormation({ ...limits, maxInstructions: most }, facts);
    const nodes = formation.form(block);
    if (nodes === undefined) return undefined;
    const emitted = { ...new RegionEmitter(nodes[0], hoists).emit(), isFull: formation.isFull };
    if (estimateBytecode(emitted.source) <= MAX_BYTECODE) return emitted;
  }
  return undefined;
}

/** A compiled function, and the nodes that it contains. */
export interface CompiledRegion {
  readonly handler: Handler;
  /** What its exits run; each counts in `immediate` how often it was taken. */
  readonly exits: readonly Operation[];
  readonly nodes: readonly RegionNode[];
  /** Operands that are checked together. */
  readonly groups: Pick<PageGroups, 'leaders' | 'atEntry'>;
  /** Whether a limit kept blocks out. */
  readonly isFull: boolean;
}

/** Turns decoded blocks into JavaScript functions. */
export class Compiler {
  readonly #execution: Execution;
  readonly #facts: BlockFacts;
  readonly #limits: RegionLimits;
  readonly #observer: JitObserver | undefined;
  readonly #stage: Stage;
  readonly #pure: Readonly<Record<string, unknown>>;
  /** What a region's scene has in the end. */
  readonly #scene: Readonly<Record<string, unknown>>;

  constructor(execution: Execution, facts: BlockFacts, limits: RegionLimits, observer?: JitObserver) {
    const { vp, units } = execution;
    this.#execution = execution;
    this.#observer = observer;
    this.#facts = facts;
    this.#limits = limits;
    this.#stage = new Stage(vp);
    this.#scene = {
      R: vp.R,
      B: vp.B,
      H: vp.H,
      F: vp.F,
      S: vp.S,
      TR: vp.tlb.read,
      TW: vp.tlb.write,
      TC: vp.tlb.code,
      M: vp.memory.view,
      M8: vp.memory.u8,
      M16: vp.memory.u16,
      M32: vp.memory.i32,
      fpu: units.fpu,
      vector: units.vector,
      x87: units.x87,
      live: true,
      dry: false,
      forced: [],
    };
    this.#pure = {
      conditionOf,
      carryOf,
      flagsWord,
      mulHighUnsigned,
      mulHighSigned,
      divideUnsigned,
      divideSigned,
      signedQuotientFits,
      parityOf,
      isProductWide,
    };
  }

  /** A function for the region of `block`, or undefined if nothing at its head can be compiled. `hoists`: whether operands are checked at the entry for the loop there. `createExit` makes what an exit runs. */
  compile(block: Block, hoists: boolean, createExit: (exit: RegionExit) => Operation): CompiledRegion | undefined {
    const emitted = emitRegion(block, this.#limits, this.#facts, hoists);
    if (emitted === undefined) return undefined;
    const exits = emitted.exits.map(createExit);
    const ops = [...emitted.operations, ...exits];
    const blocks = emitted.helpers.map((index) => ops[index].next.block);
    const scene = this.#stage.scene(this.#scene, SCENE, emitted, ops);
    const values: Readonly<Record<string, unknown>> = { ...this.#pure, E: scene, blocks };
    const source = `'use strict';\n${emitted.source}\n//# sourceURL=${scriptOf(block.head)}`;
    const factory = new Function(...PARAMETERS, source) as unknown as Factory;
    const handler = factory(...FACTORY_PARAMETERS.map((name) => values[name]));
    this.#stage.rehearse(handler, emitted, scene, SCENE.indexOf('forced'));
    SCENE.forEach((name, i) => void (scene[i] = name === 'ops' ? ops : this.#scene[name]));
    Object.freeze(scene);
    this.#observer?.compiled?.(reportRegion({ emitted, source, parameters: PARAMETERS }, this.#execution));
    return { handler, exits, nodes: emitted.nodes, groups: emitted.groups, isFull: emitted.isFull };
  }
}
