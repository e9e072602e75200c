import { analyze, createHelpers, createSemanticsTable, foldStatement, specialize, withoutFlags, type Effects, type Operation, type Program, type SemanticsTable, type Statement } from '@ringzero/x86-semantics';
import type { Block } from '@ringzero/backend-interpreter/engine';
import { FORMS, INVALID_FORM } from '@ringzero/x86';

const REGISTERS = 16;

/** A program with its effects, and its statements as they are emitted. */
export class AnalyzedProgram {
  readonly program: Program;
  readonly effects: Effects;
  /** Those of the program where nobody sees the flags that it sets. */
  readonly flaglessEffects: Effects;
  readonly #flagless: Program;
  readonly #statements: (readonly Statement[] | undefined)[] = [];

  constructor(program: Program) {
    this.program = program;
    this.effects = analyze(program);
    this.#flagless = withoutFlags(program);
    this.flaglessEffects = analyze(this.#flagless);
  }

  /** The statements for an operation; made once for each pair of registers. */
  statements(op: Operation, flagsLive: boolean): readonly Statement[] {
    const named = { reg: op.regNumber, rm: op.rmNumber };
    const key = ((flagsLive ? REGISTERS : 0) + named.reg) * REGISTERS + named.rm;
    return (this.#statements[key] ??= specialize((flagsLive ? this.program : this.#flagless).statements, named));
  }

  /** The same step by step, for people. The last step is the emitter's, as it makes the text. */
  passes(op: Operation, flagsLive: boolean): { readonly pass: string; readonly statements: readonly Statement[] }[] {
    const specialized = this.statements(op, flagsLive);
    return [
      { pass: 'definition', statements: this.program.statements },
      ...(flagsLive ? [] : [{ pass: 'without flags', statements: this.#flagless.statements }]),
      { pass: 'specialized', statements: specialized },
      { pass: 'folded', statements: specialized.map((s) => foldStatement(s, (name) => op[name])) },
    ];
  }
}

/** Programs of the opcode map's forms, built once per shape and shared by every block. */
export class ProgramSource {
  readonly #table: SemanticsTable = createSemanticsTable();
  readonly #programs = new Map<number, AnalyzedProgram | null>();
  readonly #continues: ReadonlySet<string> = createHelpers().continues;

  /** The program of an operation, or null where it is a helper, or not an instruction at all. */
  of(op: Operation): AnalyzedProgram | null {
    if (op.form === INVALID_FORM) return null;
    const key = op.form * 4 + (op.operandSize === 16 ? 0 : 2) + (op.isMemory ? 1 : 0);
    let found = this.#programs.get(key);
    if (found === undefined) {
      const program = this.#table.build(FORMS[op.form], { operandSize: op.operandSize === 16 ? 16 : 32, isMemory: op.isMemory });
      found = program === undefined ? null : new AnalyzedProgram(program);
      this.#programs.set(key, found);
    }
    return found;
  }

  /** Whether an operation is a helper behind which a region may go on. */
  isContinuing(op: Operation): boolean {
    return op.form !== INVALID_FORM && this.#continues.has(FORMS[op.form].name);
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
