import { CR0_EM, CR0_MP, CR0_TS, CR4_OSFXSR, CR4_OSXSAVE, lane32 } from '@ringzero/x86';
import { BUDGET, CR0, CR4, EAX, ECX, EDX, MODE_ALIGN, MODE_USER, MXCSR_MASKS, MXCSR_PE, Operation, TLB_NEVER, TLB_SUPERVISOR, TLB_USER, type Handler, type Vp } from '@ringzero/x86-semantics';
import type { EmittedRegion, SCENE } from '../emit/emit-region.ts';
import { pathsThrough, type Decisions } from './paths.ts';

const PAGE = 4096;
const PAGE_SHIFT = 12;
const GENERAL_REGISTERS = 8;
/** As an address in the middle of a page, so that operands around it are in that page; as a number in floating point near 1, so that nothing rare is noted of arithmetic. */
const WORD = 0x3ff0_0000 + PAGE / 2;
/** The same, and a count. */
const COUNT = WORD + 4;
const XMM_REGISTERS = 8;
const XMM_WORDS = 4;
const MXCSR = lane32('mxcsr');

/** V8 notes nothing of what runs until so many times a function's bytecode have (`interrupt_budget_factor_for_feedback_allocation`), and one more since ways are counted in instructions. */
const UNNOTED = 9;
/** Runs of each way at most, until then. */
const MOST_RUNS = 12;
/** Times that all instructions may run: what is left must last to a way out wherever the budget is looked at. */
const ENOUGH = 3;

/** Translates any address into the one page of the stage: entries of a section are set when the first region is rehearsed that uses it. */
let translations: Int32Array | undefined;
const translated: Set<number> = new Set<number>();
/** Code pages, as the region that is rehearsed expects them. */
let codePages: Int32Array | undefined;

/** What a region works on, in the order of `SCENE`. */
export type Scene = unknown[];

/**
 * Where regions are rehearsed: V8 optimizes a function well only when it has seen all of it run, and throws away what it made when
 * something runs for the first time. So each way through a region is run before the guest takes it, with registers, memory and
 * translations of the stage's own, and its branches decided. A region has what it works on from an array, its scene: the stage's
 * at first, then the guest's. That array is frozen by then, and V8 takes the elements of a frozen array for constants.
 */
export class Stage {
  readonly #vp: Vp;
  /** The guest's state, for the time of a rehearsal. */
  readonly #saved: Uint8Array;
  readonly #view = new DataView(new ArrayBuffer(2 * PAGE));
  readonly #i32 = new Int32Array(this.#view.buffer);

  constructor(vp: Vp) {
    this.#vp = vp;
    this.#saved = new Uint8Array(vp.B.length);
  }

  /** A scene of the stage's, for a region whose operations are `ops`. */
  scene(guests: Readonly<Record<string, unknown>>, names: typeof SCENE, { helpers, nodes }: EmittedRegion, ops: readonly Operation[]): Scene {
    translations ??= new Int32Array(TLB_NEVER);
    toOnePage(translations, (nodes[0].block.mode & MODE_USER) !== 0 ? TLB_USER : TLB_SUPERVISOR);
    codePages ??= new Int32Array(TLB_NEVER);
    const { buffer } = this.#view;
    const operations = [...ops];
    const { R } = this.#vp;
    for (const index of helpers) {
      const { next } = ops[index];
      operations[index] = new Operation(() => {
        R[BUDGET] -= next.count;
        return next;
      });
    }
    const values: Readonly<Record<string, unknown>> = {
      ...guests,
      TR: translations,
      TW: translations,
      TC: codePages,
      M: this.#view,
      M8: new Uint8Array(buffer),
      M16: new Uint16Array(buffer),
      M32: this.#i32,
      ops: operations,
      live: false,
      dry: true,
      forced: [],
    };
    return names.map((name) => values[name]);
  }

  /** Runs each way through a region that has a scene of the stage's. The guest's state is what it was when this returns; what a fault leaves beside it counts only with `FAULT` set. */
  rehearse(region: Handler, { nodes }: EmittedRegion, scene: Scene, forced: number): void {
    const [entry] = nodes;
    if (codePages === undefined || (entry.block.mode & MODE_ALIGN) !== 0) return;
    for (const { edges } of nodes) for (const { checks } of edges) for (const check of checks) codePages[check.index] = check.entry;
    const instructions = nodes.reduce((sum, { count }) => sum + count, 0);
    const paths = pathsThrough(nodes);
    const [op] = entry.block.operations;
    this.#saved.set(this.#vp.B);
    try {
      const run = (path: Decisions, isOther: boolean): number => {
        scene[forced] = path;
        this.#prepare(ENOUGH * instructions, isOther);
        region(op);
        return ENOUGH * instructions - this.#vp.R[BUDGET];
      };
      for (let executed = 0, i = 0; executed < UNNOTED * instructions && i < MOST_RUNS * paths.length; i++) executed += run(paths[i % paths.length], false);
      for (const isOther of [false, true]) for (const path of paths) run(path, isOther);
      this.#prepare(-1, false);
      region(op);
    } finally {
      this.#vp.B.set(this.#saved);
    }
  }

  /** Sets the scene: as the guest's state is, but registers and memory with what addresses are made of; or `isOther`, with what counts and can be divided as well. */
  #prepare(budget: number, isOther: boolean): void {
    const { B, R } = this.#vp;
    B.set(this.#saved);
    const word = isOther ? COUNT : WORD;
    for (let number = 0; number < GENERAL_REGISTERS; number++) R[EAX + 2 * number] = word;
    this.#i32.fill(word);
    // What is left to vector units is not rehearsed: most code never has them called, and is faster without (ADR 29).
    for (let number = 0; number < XMM_REGISTERS; number++) R.fill(word, lane32('xmm', number), lane32('xmm', number) + XMM_WORDS);
    R[MXCSR] = MXCSR_MASKS | MXCSR_PE;
    if (isOther) {
      R[EAX] = 0;
      R[EDX] = 0;
      R[ECX] = 1;
    }
    R[CR0] &= ~(CR0_EM | CR0_MP | CR0_TS);
    R[CR4] |= CR4_OSFXSR | CR4_OSXSAVE;
    R[BUDGET] = budget;
  }
}

/** Has a section of the table translate each page into the one at 0, once: that is two milliseconds, most of it for memory that is touched first. */
function toOnePage(table: Int32Array, section: number): void {
  if (translated.has(section)) return;
  translated.add(section);
  for (let page = 0; page < TLB_USER; page++) table[section + page] = page << PAGE_SHIFT;
}
