import { areKnown, BlockTarget, BUDGET, commonFacts, DYNAMIC_KIND, elementTests, Emitter, LOST, NO_FACTS, requestOf, RIP, type BlockExits, type Facts, type Operation, type Statement } from '@ringzero/x86-semantics';
import { analyzeControlFlow, type ControlFlow } from '../region/control-flow.ts';
import type { RegionNode, Side } from '../region/node.ts';
import { siteOf } from '../rehearsal/paths.ts';
import { analyzeFlags, type FlagLiveness } from './flag-liveness.ts';
import { findPageGroups, type PageGroups } from './page-groups.ts';
import { StructuredText } from './structure.ts';

/** Enough cases for a table of jumps (see `WarmUp`). */
const REFUSED = 'case 1: case 2: case 3: case 4: case 5: case 6:\n}';

/**
 * What emitted functions find in their scene, in this order: the state that they work on, and how they reach the rest of the engine.
 * `live`: the guest is run. `dry`: a rehearsal is, in which `forced` says how branches are decided, though their conditions are evaluated (see `Stage`).
 */
export const SCENE = ['R', 'B', 'H', 'F', 'S', 'TR', 'TW', 'TC', 'M', 'M8', 'M16', 'M32', 'fpu', 'vector', 'x87', 'ops', 'live', 'dry', 'forced'] as const;
const PURE = ['conditionOf', 'carryOf', 'flagsWord', 'mulHighUnsigned', 'mulHighSigned', 'divideUnsigned', 'divideSigned', 'signedQuotientFits', 'parityOf', 'isProductWide'] as const;

/** Names that the factory is called with: the scene, functions without a state, and the blocks behind helpers. */
export const FACTORY_PARAMETERS: readonly string[] = ['E', ...PURE, 'blocks'];

/** Constants of the function's context, which V8 takes for constants of the code; parameters it would load each time. */
const CONSTANTS = `const ${['E', ...PURE].map((name) => `${name} = $${name}`).join(', ')};`;

/** How control leaves a region between two blocks. `short`: the budget may not last to the next check. `apart`: operands that are checked at the entry are not in one page, or not in the TLB. */
export type ExitKind = Side | 'short' | 'split' | 'apart';

/** A way out of a region. */
export interface RegionExit {
  readonly kind: ExitKind;
  readonly node: RegionNode;
  /** Position in the operations that `OUT` returns from. */
  readonly index: number;
}

/** For what has no end of a block in it. */
const NO_EXITS: BlockExits = { branch: () => '', jump: () => '', computed: () => '' };

/** Source of a compiled function. */
export interface EmittedRegion {
  /** Body of a factory taking {@link FACTORY_PARAMETERS} and returning the function. */
  readonly source: string;
  /** Operations of the region's blocks, in the order of `ops`. Those of its exits follow. */
  readonly operations: readonly Operation[];
  readonly exits: readonly RegionExit[];
  /** Positions of the helpers' operations, in the order of `blocks`. */
  readonly helpers: readonly number[];
  /** The entry first. */
  readonly nodes: readonly RegionNode[];
  /** Whether the flags of each node's instructions can be seen, by its order. */
  readonly liveness: FlagLiveness;
  /** Operands that are checked together. */
  readonly groups: Pick<PageGroups, 'leaders' | 'atEntry'>;
  readonly functionName: string;
}

/**
 * Emits a region as the body of a factory. The text holds numbers and fixed names only: of its identifiers the
 * guest chooses none but the function's, which has its address. The function is entered with the first block's instructions taken from the budget, like any block; inside,
 * the budget is a local, and checked where loops begin: there it must last to the next such place.
 */
export class RegionEmitter {
  readonly #flow: ControlFlow;
  readonly #liveness: FlagLiveness;
  readonly #groups: PageGroups;
  #target: BlockTarget = new BlockTarget();
  #emitter: Emitter = new Emitter(this.#target);
  readonly #operations: Operation[] = [];
  readonly #starts: number[] = [];
  #exits: RegionExit[] = [];
  /** Instructions that helpers execute inside; `b` and the index names the block that each is followed by. */
  #helpers: number[] = [];
  /** Kind of the flag record at the end of each node whose text is made. */
  #kinds: number[] = [];
  /** What is known of vector registers' elements there, and what of them was needed in the node without being known. */
  #facts: Facts[] = [];
  readonly #missed: ReadonlySet<string>[] = [];
  /** What loops go around with: what tests it, and is known then. */
  readonly #loops = new Map<number, { readonly tests: readonly Statement[]; facts: Facts }>();

  /** @param hoists whether operands are checked at the entry for the loop there. */
  constructor(entry: RegionNode, hoists: boolean) {
    this.#flow = analyzeControlFlow(entry);
    const { nodes } = this.#flow;
    const liveness = analyzeFlags(this.#flow);
    this.#liveness = liveness;
    this.#groups = findPageGroups(this.#flow, (order, i) => nodes[order].programs[i].statements(nodes[order].block.operations[i], liveness[order][i]), hoists);
    for (const { block, end } of this.#flow.nodes) {
      this.#starts.push(this.#operations.length);
      if (end !== 'dispatch') this.#operations.push(...block.operations);
    }
  }

  emit(): EmittedRegion {
    const text = new StructuredText(this.#flow, (node, transfer) => this.#node(node, transfer));
    let body = text.build();
    if (this.#findLoops()) {
      this.#target = new BlockTarget();
      this.#emitter = new Emitter(this.#target);
      [this.#exits, this.#helpers, this.#kinds, this.#facts] = [[], [], [], []];
      body = text.build();
    }
    const { entry } = this.#flow;
    const nodes = [entry, ...this.#flow.nodes.filter((node) => node !== entry && node.end !== 'dispatch')];
    const { head, mode } = entry.block;
    const functionName = `region_${(head.ip >>> 0).toString(16)}_${mode}`;
    return { source: this.#assemble(body, functionName), operations: this.#operations, exits: this.#exits, helpers: this.#helpers, nodes, liveness: this.#liveness, groups: this.#groups, functionName };
  }

  /** Leaves the function through an exit: what to jump with. */
  #leave(node: RegionNode, kind: ExitKind): string {
    let exit = this.#exits.find((each) => each.node === node && each.kind === kind);
    if (exit === undefined) this.#exits.push((exit = { kind, node, index: this.#operations.length + this.#exits.length }));
    return `pc = ${exit.index}; break OUT;`;
  }

  #entryKind(order: number): number {
    const { predecessors, isChecked } = this.#flow;
    if (order === 0 || isChecked[order]) return DYNAMIC_KIND;
    const kinds = predecessors[order].map((from) => this.#kinds[from]);
    return kinds.every((kind) => kind === kinds[0]) ? kinds[0] : DYNAMIC_KIND;
  }

  /** What holds wherever control comes from; of a loop's header, what it was found to go around with. */
  #entryFacts(order: number): Facts {
    const { loops, predecessors } = this.#flow;
    if (loops[order] !== undefined) return this.#loops.get(order)?.facts ?? NO_FACTS;
    return commonFacts(predecessors[order].map((from) => this.#facts[from] ?? NO_FACTS));
  }

  /** Finds what loops go around with: what is known of elements where they go back, and was needed inside. False: nothing. */
  #findLoops(): boolean {
    this.#flow.loops.forEach((members, header) => {
      if (members === undefined) return;
      const back = this.#flow.predecessors[header].filter((from) => members.has(from));
      const missed = new Set(Array.from(members, (order) => [...(this.#missed[order] ?? [])]).flat());
      const request = requestOf(commonFacts(back.map((from) => this.#facts[from] ?? NO_FACTS)), missed);
      if (request.elements.length > 0) this.#loops.set(header, { tests: elementTests(request), facts: NO_FACTS });
    });
    return this.#loops.size > 0;
  }

  /** Makes what a loop goes around with known: it is tested where it does not hold, when the loop is entered and behind what the vector unit did. */
  #regain(order: number): string {
    const loop = this.#loops.get(order);
    if (loop === undefined) return '';
    const target = this.#target;
    const [op] = this.#flow.nodes[order].block.operations;
    target.begin(op, this.#starts[order], false, NO_EXITS);
    target.facts = NO_FACTS;
    const tests = this.#emitter.statements(loop.tests);
    loop.facts = target.facts;
    return `if (${LOST} !== 0) {\n${tests}\n}`;
  }

  #node(order: number, transfer: (to: number) => string): string {
    const node = this.#flow.nodes[order];
    const target = this.#target;
    const lines: string[] = [];
    if (this.#flow.isChecked[order]) lines.push(`if (budget < ${this.#flow.costs[order]}) { ${this.#leave(node, 'short')} }`);
    lines.push(`budget = budget - ${node.count} | 0;`);
    lines.push(this.#regain(order));
    target.kind = this.#entryKind(order);
    target.facts = this.#entryFacts(order);
    target.takeMissed();
    let ends = false;
    const sideText = (side: Side): string => `@${side}@`;
    const exits = {
      branch: (condition: string) => ((ends = true), `if (${decided(condition, siteOf(node, 0))}) {\n${sideText('taken')}\n}\n${sideText('next')}`),
      jump: () => ((ends = true), sideText('taken')),
      computed: (to: string) => ((ends = true), this.#computed(node, to)),
    };
    node.programs.forEach((program, i) => {
      const op = node.block.operations[i];
      const live = this.#liveness[order][i];
      target.begin(op, this.#starts[order] + i, live, exits, this.#groups.places(order, i));
      lines.push(`// ${(op.ip >>> 0).toString(16)}`, this.#emitter.statements(program.statements(op, live)));
    });
    if (node.end === 'partial') lines.push(`pc = ${this.#starts[order] + node.programs.length}; break OUT;`);
    else if (node.end === 'helper') lines.push(this.#helper(node, this.#starts[order] + node.programs.length));
    else if (node.end === 'split') lines.push(`budget = budget + ${node.count - node.programs.length} | 0;`, sideText('next'));
    else if (!ends) lines.push(sideText('next'));
    this.#kinds[order] = target.kind;
    this.#facts[order] = node.end === 'helper' ? NO_FACTS : target.facts;
    this.#missed[order] = target.takeMissed();
    const text = lines.filter((line) => line !== '').join('\n');
    // The sides' text is made now that this node's is complete.
    return text.replace(/@(taken|next|computed)(\d*)@/g, (_, side: Side, number: string) => this.#pass(node, side, Number(number), transfer));
  }

  /**
   * The interpreter's handler executes the instruction, between a spill and a reload. It returns its link if the next block
   * may follow; the instructions of that one are then taken from the budget already.
   */
  #helper(node: RegionNode, index: number): string {
    const edge = node.edge('next');
    if (edge === undefined) return `pc = ${index}; break OUT;`;
    this.#helpers.push(index);
    this.#target.kind = DYNAMIC_KIND;
    return `@spill@ R[${BUDGET}] = budget; link = ops[${index}].h(ops[${index}]);\nif (link.block !== b${index}) return link;\n@reload@ budget = R[${BUDGET}] + ${edge.to.count} | 0;\n@next@`;
  }

  /** Along an edge, or out. */
  #pass(node: RegionNode, side: Side, number: number, transfer: (to: number) => string): string {
    const edge = node.edges.filter((each) => each.side === side)[number];
    const exit = node.end === 'split' ? 'split' : side;
    if (edge === undefined) return this.#leave(node, exit);
    // The link of another page is a gate, which leaves properly.
    const check = edge.checks.length === 0 || side === 'computed' ? '' : `if (${edge.checks.map(({ index, entry }) => `TC[${index}] !== ${entry}`).join(' || ')}) { ${this.#leave(node, exit)} }\n`;
    const loop = this.#loops.get(edge.to.order);
    const lost = loop === undefined || (loop.facts !== NO_FACTS && areKnown(loop.facts, this.#facts[node.order] ?? NO_FACTS)) ? '' : `${LOST} = 1; `;
    return check + lost + transfer(edge.to.order);
  }

  /** A computed target is compared with those that the region goes on with, the likeliest first. */
  #computed(node: RegionNode, target: string): string {
    const edges = node.edges.filter(({ side }) => side === 'computed');
    const leave = `R[${RIP}] = pc; ${this.#leave(node, 'computed')}`;
    const tests = edges.map(({ to, checks }) => {
      const isTarget = `pc === ${to.block.head.ip}`;
      // What is behind && is evaluated in rehearsals as well.
      return checks.length === 0 ? isTarget : [`(${isTarget} || dry)`, ...checks.map(({ index, entry }) => `TC[${index}] === ${entry}`)].join(' && ');
    });
    const [last] = tests.slice(-1);
    if (last === undefined) return `pc = ${target}; ${leave}`;
    const others = tests.slice(0, -1).map((test, i) => `if (${decided(test, siteOf(node, i))}) {\n@computed${i}@\n}\n`);
    return `pc = ${target}; ${others.join('')}if (${decided(`!(${last})`, siteOf(node, tests.length - 1))}) { ${leave} }\n@computed${edges.length - 1}@`;
  }

  #assemble(body: string, functionName: string): string {
    const target = this.#target;
    const { costs, entry, targets } = this.#flow;
    const { head } = entry.block;
    const followers = this.#helpers.map((index, i) => `b${index} = $blocks[${i}]`);
    const opening = `return (function ${functionName}() {`;
    const parts = [CONSTANTS, followers.length > 0 ? `const ${followers.join(', ')};` : '', opening];
    const [first] = entry.block.operations;
    const checks = this.#groups.atEntry.map(({ group, address, check }) => target.groupAtEntry(first, group, address.register, address.offset, check, `{ ${this.#leave(entry, 'apart')} }`));
    const refusals = [`R[${BUDGET}] < ${costs[entry.order] - head.count}`, ...target.entryTests];
    parts.push(`switch (${refusals.join(' || ')} ? 1 : 0) {\ncase 0: {`);
    const registers = target.loads();
    if (registers.length > 0) parts.push(`let ${registers.join(', ')};`);
    parts.push(declare('t', target.temps), declare('q', target.addresses), declare('e', target.addresses), declare('g', target.groups), target.declarations());
    if (followers.length > 0) parts.push('let link = null;');
    if (targets.length > 0) parts.push('let state = 0;');
    const filled = body.replaceAll('@spill@', target.spill()).replaceAll('@reload@', target.reload());
    parts.push(`let budget = R[${BUDGET}] + ${head.count} | 0, pc = 0;`, `OUT: {\n${[...checks, filled].join('\n')}\n}`, `${target.spill()} R[${BUDGET}] = budget;`, 'return ops[pc];\n}', REFUSED, `return ops[${this.#starts[entry.order]}];`, '});');
    parts.splice(parts.indexOf(opening) + 1, 0, sceneOf(parts.join('\n')));
    return parts.filter((part) => part !== '').join('\n');
  }
}

/** What decides a branch. */
function decided(condition: string, site: number): string {
  return `(${condition}) && live || dry && forced[${site}]`;
}

/** Constants of the function, for what it uses of its scene. All are read at once: what is read later V8 might have seen in rehearsals alone. */
function sceneOf(text: string): string {
  const used = SCENE.flatMap((name, i) => (new RegExp(`\\b${name}\\b`).test(text) ? [`${name} = E[${i}]`] : []));
  return `const ${used.join(', ')};`;
}

function declare(prefix: string, count: number): string {
  return count === 0 ? '' : `let ${Array.from({ length: count }, (_, i) => `${prefix}${i} = 0`).join(', ')};`;
}

