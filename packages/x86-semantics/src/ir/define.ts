import type { Builder } from './builder.ts';
import type { Program, Width } from './nodes.ts';
import { Builder as ProgramBuilder } from './builder.ts';
import { resolveOperand, type Operand, type Shape } from './operands.ts';

/** What a semantics function is given: the operands in the opcode map's order and the facts of the shape. */
export interface Operands extends Shape {
  /** First, second and third operand; absent ones are the constant 0. */
  readonly dst: Operand;
  readonly src: Operand;
  readonly src2: Operand;
  /** Width of the first operand in bits (8, 16 or 32); of the operand size where it has none. */
  readonly width: Width;
  /** Condition code of Jcc, SETcc, CMOVcc; else 0. */
  readonly condition: number;
  /** Name of the form in the opcode map. */
  readonly form: string;
}

/** Writes the meaning of an instruction into a builder. */
export type Semantics = (b: Builder, operands: Operands) => void;

/** Rows of a family: form names to meaning. */
export class SemanticsTable {
  readonly #rows = new Map<string, Semantics>();

  /** Gives several forms their meaning. A form has exactly one. */
  define(forms: readonly string[], semantics: Semantics): void {
    for (const form of forms) {
      if (this.#rows.has(form)) throw new Error(`form ${form} has two meanings`);
      this.#rows.set(form, semantics);
    }
  }

  /** Whether the form has a definition. */
  has(form: string): boolean {
    return this.#rows.has(form);
  }

  /** The forms that are defined. */
  names(): string[] {
    return [...this.#rows.keys()];
  }

  /** The program of `form` for one shape, or undefined if it has no IR meaning. */
  build(form: { readonly name: string; readonly operands: readonly string[]; readonly condition?: number | undefined }, shape: Shape): Program | undefined {
    const semantics = this.#rows.get(form.name);
    if (semantics === undefined) return undefined;
    const operand = (index: number): Operand => {
      const code = form.operands[index];
      return code === undefined ? { k: 'constant', value: 0 } : resolveOperand(code, shape);
    };
    const dst = operand(0);
    const width: Width = dst.k === 'gpr' ? dst.width : dst.k === 'memory' && dst.size <= 4 ? ((dst.size * 8) as Width) : shape.operandSize;
    const b = new ProgramBuilder();
    semantics(b, { ...shape, dst, src: operand(1), src2: operand(2), width, condition: form.condition ?? 0, form: form.name });
    return b.build();
  }
}
