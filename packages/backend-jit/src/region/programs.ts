import { analyze, createSemanticsTable, withoutFlags, type Effects, type Operation, type Program, type SemanticsTable } from '@ringzero/x86-semantics';
import type { Block } from '@ringzero/backend-interpreter/engine';
import { FORMS, INVALID_FORM } from '@ringzero/x86';

/** A program with its effects. */
export interface AnalyzedProgram {
  readonly program: Program;
  /** The same where nobody sees the flags that it sets. */
  readonly flagless: Program;
  readonly flaglessEffects: Effects;
  readonly effects: Effects;
}

/** Programs of the opcode map's forms, built once per shape and shared by every block. */
export class ProgramSource {
  readonly #table: SemanticsTable = createSemanticsTable();
  readonly #programs = new Map<number, AnalyzedProgram | null>();

  /** The program of an operation, or null where it is a helper, or not an instruction at all. */
  of(op: Operation): AnalyzedProgram | null {
    if (op.form === INVALID_FORM) return null;
    const key = op.form * 4 + (op.operandSize === 16 ? 0 : 2) + (op.isMemory ? 1 : 0);
    let found = this.#programs.get(key);
    if (found === undefined) {
      const program = this.#table.build(FORMS[op.form], { operandSize: op.operandSize === 16 ? 16 : 32, isMemory: op.isMemory });
      const flagless = program === undefined ? undefined : withoutFlags(program);
      found = program === undefined || flagless === undefined ? null : { program, flagless, effects: analyze(program), flaglessEffects: analyze(flagless) };
      this.#programs.set(key, found);
    }
    return found;
  }

  /** Programs of a block's instructions, from its start to the first that has none. */
  prefixOf(block: Block): AnalyzedProgram[] {
    const programs: AnalyzedProgram[] = [];
    for (let i = 0; i < block.head.count; i++) {
      const analyzed = this.of(block.operations[i]);
      if (analyzed === null) break;
      programs.push(analyzed);
    }
    return programs;
  }
}
