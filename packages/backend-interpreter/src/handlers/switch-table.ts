import { FORM_IDS, FS } from '@ringzero/x86';
import { MODE_FLAT, MODE_STACK32, type Handler, type Operation } from '@ringzero/x86-semantics';
import { OPERAND_CASES, SWITCH_CASES } from '../generated/dispatch-switch.ts';
import type { HandlerTable } from './handler-table.ts';

/** What a block's mode must have for sequences and the switch: SS flat and 32-bit. */
export const FLAT_STACK: number = (MODE_FLAT << 2) | MODE_STACK32;
/** And for the switch: CS flat. */
const FLAT_CODE = MODE_FLAT << 1;

/** The number of a case. */
export function caseOf(name: string): number {
  return SWITCH_CASES.indexOf(name) + 1;
}

/** The case of gates between pages, and of all operations without a row. */
export const GATE_CASE: number = caseOf('gate');

/** That of what does nothing but lead on to its `next`, with that one's instructions taken from the budget. */
export const FALL_THROUGH_CASE: number = caseOf('fallThrough');

/**
 * Those of ways out of compiled code. Their `taken` is the operation that the code ended with; `immediate` counts how often they were
 * taken. The handler is asked when that reaches `addressMask`; of computed ones, whenever the next count has none of its bits.
 */
export const EXIT_CASES: Readonly<Record<'taken' | 'next' | 'computed', number>> = { taken: caseOf('exitTaken'), next: caseOf('exitNext'), computed: caseOf('exitComputed') };

/** Cases that the engine gives to operations of its own. */
const ENGINES_OWN = /^(gate|exit)/;

/** Finds the case of the dispatch switch that executes an operation. */
export class SwitchTable {
  readonly #cases: Map<Handler, number> = new Map();
  readonly #memoryCases: Map<Handler, number> = new Map();
  readonly #withOperand: ReadonlySet<number> = new Set(OPERAND_CASES);

  constructor(handlers: HandlerTable, fallThrough: Handler) {
    SWITCH_CASES.forEach((element, i) => {
      if (ENGINES_OWN.test(element)) return;
      if (element === 'fallThrough') {
        this.#cases.set(fallThrough, i + 1);
        return;
      }
      const [form, memory] = element.split('.');
      const handler = handlers.find(FORM_IDS[form as keyof typeof FORM_IDS], 32, memory === 'm');
      if (handler === undefined) throw new Error(`switch: no handler for ${element}`);
      (memory === 'm' ? this.#memoryCases : this.#cases).set(handler, i + 1);
    });
  }

  /** Gives operations of a block their cases; before sequences take handlers' places. */
  apply(operations: readonly Operation[], mode: number): void {
    const needed = FLAT_STACK | FLAT_CODE;
    if ((mode & needed) !== needed) return;
    for (const op of operations) {
      if (op.addressMask !== -1 || op.operandSize !== 32) continue;
      const number = (op.isMemory ? this.#memoryCases : this.#cases).get(op.h);
      if (number === undefined || (op.checkedSegment >= 0 && (op.checkedSegment < FS || !this.#withOperand.has(number)))) continue;
      op.switchCase = number;
    }
  }
}
