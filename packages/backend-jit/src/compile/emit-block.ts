import { BlockTarget, Emitter, FLAG_A, FLAG_B, FLAG_KIND, type BlockExits, type Operation } from '@ringzero/x86-semantics';
import type { Block } from '@ringzero/backend-interpreter/engine';
import type { AnalyzedProgram, ProgramSource } from './compilability.ts';
import { buildTrace, lastOperation, type Segment, type TraceLimits } from './trace.ts';

/** Names that emitted functions close over, in the order of the factory's parameters. */
export const FACTORY_PARAMETERS = [
  'R', 'B', 'H', 'F', 'S', 'TR', 'TW', 'TC', 'M', 'fpu', 'vector', 'ops', 'leaveTaken', 'leaveNext', 'indirect',
  'conditionOf', 'carryOf', 'flagsWord', 'mulHighUnsigned', 'mulHighSigned', 'divideUnsigned', 'divideSigned', 'signedQuotientFits', 'parityOf',
] as const;

/** Source of a compiled function. */
export interface EmittedBlock {
  /** Body of a factory taking {@link FACTORY_PARAMETERS} and returning the function. */
  readonly source: string;
  /** Operations that `ops` must hold, in order. */
  readonly operations: readonly Operation[];
  /** The blocks that it contains. */
  readonly blocks: readonly Block[];
}

/** An instruction of the function. */
interface Step {
  readonly op: Operation;
  /** Index in `ops`. */
  readonly index: number;
  readonly analyzed: AnalyzedProgram;
  readonly exits: BlockExits;
}

/** Whether flags that step `index` sets can be seen by anyone. */
function flagsAreLive(steps: readonly Step[], index: number): boolean {
  for (let i = index + 1; i < steps.length; i++) {
    const { effects } = steps[i].analyzed;
    if (effects.readsFlags || effects.mayExit || effects.endsBlock) return true;
    if (effects.writesFlags) return false;
  }
  return true;
}

function declare(prefix: string, count: number): string {
  return count === 0 ? '' : `let ${Array.from({ length: count }, (_, i) => `${prefix}${i} = 0`).join(', ')};`;
}

/** Instructions of a block that have IR meaning, from its start. */
function compilablePrefix(block: Block, source: ProgramSource): AnalyzedProgram[] {
  const programs: AnalyzedProgram[] = [];
  for (let i = 0; i < block.head.count; i++) {
    const analyzed = source.of(block.operations[i]);
    if (analyzed === null) break;
    programs.push(analyzed);
  }
  return programs;
}

/** How segment `i` is left: into the next one, back to the first, or out. */
function exitsOf(segments: readonly Segment[], i: number): BlockExits {
  const { block, side, check } = segments[i];
  const { head } = segments[0].block;
  const last = lastOperation(block);
  const leadsBack = (link: Operation, target: number): boolean => link === head || (i === 0 && target === head.ip && link.block === null && segments[0].block.secondLength === 0);
  const loop = side !== 'taken' && leadsBack(last.taken, last.target) && isDirect(last) ? 'taken' : side !== 'next' && last.next === head ? 'next' : undefined;
  const following = side === undefined ? undefined : segments[i + 1].block.head;
  return { last: `L${i}`, goesOn: side, count: following?.count ?? 0, target: following?.ip ?? 0, check, loop, headCount: head.count };
}

/** Whether the operation has a direct target: `target` is 0 elsewhere. */
function isDirect(op: Operation): boolean {
  return op.taken.block !== null || op.target !== 0;
}

/**
 * Longest text of a function of several blocks. V8 never optimises one of more than 61,440 bytes of bytecode, and a character
 * makes up to 1.25 of them (vector instructions with operands in memory).
 */
export const MAX_SOURCE = 48_000;

/**
 * Emits a function for the block and those that usually follow it; undefined if nothing at its head has IR meaning.
 * The text holds numbers and fixed names only (the guest chooses none of its identifiers).
 */
export function emitBlock(block: Block, source: ProgramSource, limits: TraceLimits): EmittedBlock | undefined {
  if (compilablePrefix(block, source).length === 0) return undefined;
  const emitted = emitTrace(block, source, limits);
  // A block alone is always short enough.
  return emitted.source.length <= MAX_SOURCE || emitted.blocks.length === 1 ? emitted : emitTrace(block, source, { ...limits, maxBlocks: 1 });
}

function emitTrace(block: Block, source: ProgramSource, limits: TraceLimits): EmittedBlock {
  const segments = buildTrace(block, limits, {
    isWhole: (candidate) => compilablePrefix(candidate, source).length === candidate.head.count,
    isComputed: (candidate) => source.of(lastOperation(candidate))?.program.statements.some((statement) => statement.k === 'jumpTo') ?? false,
  });
  const operations: Operation[] = [];
  const steps: Step[] = [];
  const starts: number[] = [];
  const lengths: number[] = [];
  segments.forEach((segment, i) => {
    const start = operations.length;
    operations.push(...segment.block.operations);
    const programs = compilablePrefix(segment.block, source);
    const exits = exitsOf(segments, i);
    programs.forEach((analyzed, k) => steps.push({ op: segment.block.operations[k], index: start + k, analyzed, exits }));
    starts.push(start);
    lengths.push(programs.length);
  });

  const target = new BlockTarget();
  const emitter = new Emitter(target);
  const lines: string[] = [];
  let next = 0;
  segments.forEach(({ block: current }, i) => {
    for (let k = 0; k < lengths[i]; k++, next++) {
      const { op, index, analyzed, exits } = steps[next];
      target.begin(op, index, flagsAreLive(steps, next), exits);
      lines.push(`// ${op.ip >>> 0}`, emitter.statements(analyzed.program.statements));
    }
    if (lengths[i] < current.head.count) lines.push(`@SPILL@ return ops[${starts[i] + lengths[i]}];`);
    else if (!steps[next - 1].analyzed.effects.endsBlock) lines.push(target.fallThrough());
  });
  const names = segments.map(({ block: current }, i) => `L${i} = ops[${starts[i] + current.operations.length - 1}]`).join(', ');
  return { source: assemble(target, lines.join('\n'), names), operations, blocks: segments.map((segment) => segment.block) };
}

function assemble(target: BlockTarget, body: string, names: string): string {
  const spill = target.spill();
  const parts: string[] = [`const ${names};`, 'return function block(op) {'];
  if (target.entryTests.size > 0) parts.push(`if (${[...target.entryTests].join(' || ')}) return ops[0];`);
  const registers: string[] = [];
  for (let register = 0; register < 8; register++) if ((target.used & (1 << register)) !== 0) registers.push(`r${register} = R[${register * 2}]`);
  if (registers.length > 0) parts.push(`let ${registers.join(', ')};`);
  if (target.usesFlags || target.writesFlags) parts.push(`let fk = R[${FLAG_KIND}], fa = R[${FLAG_A}], fb = R[${FLAG_B}];`);
  parts.push(declare('t', target.temps), declare('q', target.addresses), declare('e', target.addresses));
  parts.push(target.declarations(), 'let pc = 0, link = null;');
  const filled = body.replaceAll('@SPILL@', spill);
  const inner = target.loops ? `for (;;) {\n${filled}\n}` : filled;
  parts.push(target.mayExit ? `SLOW: {\n${inner}\n}\n${spill}\nreturn ops[pc];` : inner, '};');
  return parts.filter((part) => part !== '').join('\n');
}
