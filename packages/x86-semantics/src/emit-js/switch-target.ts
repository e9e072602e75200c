import type { AddressSegment, Width } from '../ir/nodes.ts';
import { TLB_SECTION } from '../vp/lanes.ts';
import { memoryGet, memorySet, missTest } from './interpreter-target.ts';
import { SequenceTarget } from './sequence-target.ts';

/**
 * Emits a case of the interpreter's dispatch switch, for the common case only, as sequences are. Whatever is not that breaks to
 * `SLOW`, with nothing changed, where the instruction's handler executes it from its beginning; where control goes elsewhere, to
 * `TAKEN`, `NEXT`, or `COMPUTED` with the offset in CS as `target`.
 */
export class SwitchTarget extends SequenceTarget {
  #isFirst = true;
  #hasOperand = false;

  /** Whether the first instruction accesses its memory operand. */
  get hasOperand(): boolean {
    return this.#hasOperand;
  }
  /** What comes is no longer the case's first instruction, for which `ea` is its operand's linear address and `w` its registers. */
  goOn(): void {
    this.#isFirst = false;
  }
  override effectiveAddress(): string {
    return this.#isFirst ? 'ea' : super.effectiveAddress();
  }
  override address(id: number, segment: AddressSegment, offset: string): string {
    if (this.#isFirst && segment === 'operand') this.#hasOperand = true;
    return super.address(id, segment, offset);
  }
  #miss(address: number, table: string, width: Width): string {
    return `const e${address} = ${table}[(q${address} >>> 12) + R[${TLB_SECTION}]];\nif (${missTest(`q${address}`, `e${address}`, width >> 3)}) break SLOW;`;
  }
  override load(id: number, address: number, width: Width): string {
    return `${this.#miss(address, 'TR', width)}\nconst t${id} = ${memoryGet(`q${address} ^ e${address}`, width)};`;
  }
  override loadForWrite(id: number, address: number, width: Width): string {
    return `${this.#miss(address, 'TW', width)}\nconst t${id} = ${memoryGet(`q${address} ^ e${address}`, width)};`;
  }
  override store(address: number, width: Width, value: string, checked: boolean): string {
    const store = memorySet(`q${address} ^ e${address}`, width, value);
    return checked ? store : `${this.#miss(address, 'TW', width)}\n${store}`;
  }
  override raise(): string {
    return 'break SLOW;';
  }
  override checkTarget(): string {
    // Code segments with a limit have no cases.
    return '';
  }
  override branch(condition: string): string {
    return `if (${condition}) break TAKEN;\nbreak NEXT;`;
  }
  override jump(): string {
    return 'break TAKEN;';
  }
  override jumpTo(target: string): string {
    return `target = ${target};\nbreak COMPUTED;`;
  }
}
