import { BlockTarget, Emitter, FLAG_A, FLAG_B, FLAG_KIND, type Operation } from '@ringzero/x86-semantics';
import type { Block } from '@ringzero/backend-interpreter/engine';
import type { AnalyzedProgram, ProgramSource } from './compilability.ts';

/** Names that emitted functions close over, in the order of the factory's parameters. */
export const FACTORY_PARAMETERS = [
  'R', 'B', 'H', 'F', 'TR', 'TW', 'M', 'fpu', 'vector', 'ops', 'LAST', 'leaveTaken', 'leaveNext', 'indirect',
  'conditionOf', 'carryOf', 'flagsWord', 'mulHighUnsigned', 'mulHighSigned', 'divideUnsigned', 'divideSigned', 'signedQuotientFits', 'parityOf',
] as const;

/** Source of a compiled block. */
export interface EmittedBlock {
  /** Body of a factory taking {@link FACTORY_PARAMETERS} and returning the block's function. */
  readonly source: string;
  /** Instructions compiled; the interpreter executes the others. */
  readonly compiled: number;
}

/** Whether flags that instruction `index` sets can be seen by anyone. */
function flagsAreLive(programs: readonly AnalyzedProgram[], index: number): boolean {
  for (let i = index + 1; i < programs.length; i++) {
    const { effects } = programs[i];
    if (effects.readsFlags || effects.mayExit || effects.endsBlock) return true;
    if (effects.writesFlags) return false;
  }
  return true;
}

function declare(prefix: string, count: number): string {
  return count === 0 ? '' : `let ${Array.from({ length: count }, (_, i) => `${prefix}${i} = 0`).join(', ')};`;
}

/** A direct branch of the last instruction to the head of its own block: the function loops instead of returning. */
function loopsToItself(block: Block, last: Operation, ends: boolean): boolean {
  return ends && last.target === block.head.ip && block.secondLength === 0;
}

/**
 * Emits the longest prefix of a block that has IR meaning; undefined if that is empty.
 * The text holds numbers and fixed names only (the guest chooses none of its identifiers).
 */
export function emitBlock(block: Block, source: ProgramSource): EmittedBlock | undefined {
  const programs: AnalyzedProgram[] = [];
  const { operations } = block;
  const count = block.head.count;
  for (let i = 0; i < count; i++) {
    const analyzed = operations[i].left === 0 ? null : source.of(operations[i]);
    if (analyzed === null) break;
    programs.push(analyzed);
  }
  if (programs.length === 0) return undefined;

  const target = new BlockTarget();
  const emitter = new Emitter(target);
  const isWhole = programs.length === count;
  const last = operations[operations.length - 1];
  const ends = isWhole && programs[count - 1].effects.endsBlock;
  target.selfLoop = loopsToItself(block, last, ends) ? count : 0;
  const lines: string[] = [];
  programs.forEach(({ program }, index) => {
    target.begin(operations[index], index, flagsAreLive(programs, index));
    lines.push(`// ${operations[index].ip >>> 0}`);
    lines.push(emitter.statements(program.statements));
  });
  if (!isWhole) lines.push(`@SPILL@ return ops[${programs.length}];`);
  else if (!ends) lines.push(target.fallThrough());
  return { source: assemble(target, lines.join('\n')), compiled: programs.length };
}

function assemble(target: BlockTarget, body: string): string {
  const spill = target.spill();
  const parts: string[] = ['return function block(op) {'];
  const registers: string[] = [];
  for (let register = 0; register < 8; register++) if ((target.used & (1 << register)) !== 0) registers.push(`r${register} = R[${register * 2}]`);
  if (registers.length > 0) parts.push(`let ${registers.join(', ')};`);
  if (target.usesFlags || target.writesFlags) parts.push(`let fk = R[${FLAG_KIND}], fa = R[${FLAG_A}], fb = R[${FLAG_B}];`);
  parts.push(declare('t', target.temps), declare('q', target.addresses), declare('e', target.addresses));
  parts.push('let pc = 0, link = null;');
  const filled = body.replaceAll('@SPILL@', spill);
  const inner = target.selfLoop > 0 ? `for (;;) {\n${filled}\n}` : filled;
  parts.push(target.mayExit ? `SLOW: {\n${inner}\n}\n${spill}\nreturn ops[pc];` : inner, '};');
  return parts.filter((part) => part !== '').join('\n');
}

