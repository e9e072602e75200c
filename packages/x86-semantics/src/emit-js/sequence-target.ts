import { FLAG_KINDS, KIND_WORD, type FlagKindName } from '../flags/kinds.ts';
import type { AddressSegment, FieldName, Width } from '../ir/nodes.ts';
import { FLAG_A, FLAG_B } from '../vp/lanes.ts';
import { DYNAMIC_KIND } from './block-target.ts';
import { conditionText } from './condition-text.ts';
import { carryText, flagsText } from './flag-text.ts';
import { EFFECTIVE_ADDRESS, InterpreterTarget, SIZE_CODE } from './interpreter-target.ts';

/**
 * Emits instructions that one interpreter handler executes in turn. What kind of flags one has set is known to those behind it,
 * and it is for the common case only: operands in flat segments, with 32-bit addresses and a 32-bit stack.
 */
export class SequenceTarget extends InterpreterTarget {
  #kind: number = DYNAMIC_KIND;
  /** Statements inside an `if` may be skipped. */
  #depth = 0;

  override constant(name?: FieldName): number | undefined {
    return name === 'stackMask' || name === 'addressMask' ? -1 : undefined;
  }
  override effectiveAddress(): string {
    return `(${EFFECTIVE_ADDRESS} | 0)`;
  }
  override address(id: number, _segment: AddressSegment, offset: string): string {
    return `const q${id} = ${offset};`;
  }
  override setFlags(kind: FlagKindName, width: Width, a: string, b: string): string {
    const code = kind === 'word' ? KIND_WORD : FLAG_KINDS[kind] | SIZE_CODE[width];
    this.#kind = this.#depth === 0 ? code : DYNAMIC_KIND;
    return super.setFlags(kind, width, a, b);
  }
  override condition(code: number): string {
    return this.#kind === DYNAMIC_KIND ? super.condition(code) : inState(conditionText(code, this.#kind, `${this.#kind}`));
  }
  override carry(): string {
    return this.#kind === DYNAMIC_KIND ? super.carry() : inState(carryText(this.#kind));
  }
  override flags(): string {
    return this.#kind === DYNAMIC_KIND ? super.flags() : inState(flagsText(this.#kind));
  }
  override beginIf(): void {
    this.#depth++;
  }
  override leaveArms(): string {
    this.#depth--;
    return '';
  }
}

/** Text over the locals of compiled code, over the state instead. */
function inState(text: string): string {
  return text.replace(/\bfa\b/g, `R[${FLAG_A}]`).replace(/\bfb\b/g, `R[${FLAG_B}]`);
}
