import { FORM_IDS, FORMS } from '@ringzero/x86';
import type { Handler } from '@ringzero/x86-semantics';
import type { HandlerRow } from './handler-context.ts';

/** What the block builder asks about a form that handlers know: facts derived from semantics, not from the opcode map. */
export interface FormFacts {
  readonly endsBlock: ReadonlySet<string>;
  readonly repeats: ReadonlySet<string>;
}

const ENDS = 1;
const REPEATS = 2;
const BYTE_REG = 4;
const BYTE_RM = 8;
const DIRECT = 16;
const CONDITIONAL = 32;

/** Handlers by form, operand size and whether the ModRM operand is in memory. */
export class HandlerTable {
  readonly #handlers: (Handler | undefined)[] = new Array<Handler | undefined>(FORMS.length * 4).fill(undefined);
  readonly #facts: Uint8Array = new Uint8Array(FORMS.length);

  constructor(rows: readonly HandlerRow[], facts: FormFacts) {
    for (const [name, shapes, handler] of rows) {
      const form = FORM_IDS[name as keyof typeof FORM_IDS];
      for (const shape of shapes.split(' ')) {
        this.#handlers[form * 4 + (shape.startsWith('32') ? 2 : 0) + (shape.endsWith('m') ? 1 : 0)] = handler;
      }
    }
    for (const form of FORMS) {
      const operands: readonly string[] = form.operands;
      const isDirect = operands.some((code) => code === 'Jb' || code === 'Jz');
      const isConditional = isDirect && !/^(Jmp|Call)/.test(form.name);
      this.#facts[form.id] =
        (facts.endsBlock.has(form.name) ? ENDS : 0) |
        (facts.repeats.has(form.name) ? REPEATS : 0) |
        (operands.some((code) => code === 'Gb' || code === 'Zb') ? BYTE_REG : 0) |
        (operands.includes('Eb') ? BYTE_RM : 0) |
        (isDirect ? DIRECT : 0) |
        (isConditional ? CONDITIONAL : 0);
    }
  }

  /** Another handler in place of each; before any block is built. */
  wrap(wrapped: (handler: Handler) => Handler): void {
    this.#handlers.forEach((handler, index) => {
      if (handler !== undefined) this.#handlers[index] = wrapped(handler);
    });
  }

  /** The handler for a shape, or undefined where the processor has no such instruction. */
  find(form: number, operandSize: number, isMemory: boolean): Handler | undefined {
    return this.#handlers[form * 4 + (operandSize === 16 ? 0 : 2) + (isMemory ? 1 : 0)];
  }

  endsBlock(form: number): boolean {
    return (this.#facts[form] & ENDS) !== 0;
  }
  repeats(form: number): boolean {
    return (this.#facts[form] & REPEATS) !== 0;
  }
  isByteReg(form: number): boolean {
    return (this.#facts[form] & BYTE_REG) !== 0;
  }
  isByteRm(form: number): boolean {
    return (this.#facts[form] & BYTE_RM) !== 0;
  }
  isDirectBranch(form: number): boolean {
    return (this.#facts[form] & DIRECT) !== 0;
  }
  isConditional(form: number): boolean {
    return (this.#facts[form] & CONDITIONAL) !== 0;
  }
}
