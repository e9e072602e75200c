import { analyze, createSemanticsTable, type Effects, type Operation, type Program, type SemanticsTable } from '@ringzero/x86-semantics';
import { FORMS, INVALID_FORM } from '@ringzero/x86';

/** A program with its effects. */
export interface AnalyzedProgram {
  readonly program: Program;
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
      found = program === undefined ? null : { program, effects: analyze(program) };
      this.#programs.set(key, found);
    }
    return found;
  }
}
