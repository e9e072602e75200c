import type { Operation } from '@ringzero/x86-semantics';
import { LINKING_CASES, SWITCH_CASES, SWITCH_PAIRS } from '../generated/dispatch-switch.ts';
import { caseOf, GATE_CASE } from '../handlers/switch-table.ts';
import { ROW, ROW_GS_SHIFT, ROW_SEGMENT, ROW_SIZE } from './row-layout.ts';
import { UNRESOLVED, UNRESOLVED_COUNT } from './links.ts';

/** Cases at most. */
const CASES = 256;
/** By case: whether it goes on by links. */
const LINKS: Uint8Array = Uint8Array.from({ length: CASES }, (_, number) => (LINKING_CASES.includes(number) ? 1 : 0));

/** By the case of an operation and that of the one behind it: the case that executes both, or 0. */
const PAIRS: Uint8Array = new Uint8Array(CASES * CASES);
SWITCH_PAIRS.forEach((pair, i) => {
  const [first, second] = pair.split(' ').map(caseOf);
  PAIRS[first * CASES + second] = SWITCH_CASES.length + 1 + i;
});

/**
 * What the dispatch switch reads of operations, by itself and in a row of half a cache line, those of a block one behind the other.
 * Cold guest code waits for memory: an operation is an object of three lines, and a block's are wherever V8 has put them.
 *
 * Operations are what counts: who changes one that has a row writes that anew.
 */
export class OperationRows {
  /** {@link ROW}, for each operation. The first is nobody's, and that of all who have none. */
  readonly table: Int32Array;
  /** Whose each row is. */
  readonly operations: Operation[] = [UNRESOLVED];
  /** Keeps an index into the table inside, without V8 having to look. */
  readonly mask: number;

  /** @param count operations at most. */
  constructor(count: number) {
    const length = 2 ** Math.ceil(Math.log2((count + 1) * ROW_SIZE));
    this.table = new Int32Array(length);
    this.mask = length - ROW_SIZE;
    this.table[ROW.case] = GATE_CASE;
    this.table[ROW.count] = UNRESOLVED_COUNT;
  }

  /** The operation of a row, made when it is first asked for. */
  at(number: number, create: () => Operation): Operation {
    const { operations } = this;
    while (number >= operations.length) operations.push(UNRESOLVED);
    let op = operations[number];
    if (op === UNRESOLVED) {
      op = create();
      op.row = number * ROW_SIZE;
      operations[number] = op;
    }
    return op;
  }

  /** Writes an operation's row, if it has one. */
  write(op: Operation): void {
    const { row, switchCase } = op;
    if (row === 0) return;
    const { table } = this;
    const behind = op.next;
    // A pair's second instruction has its operand in a flat segment.
    const pair = behind.row === row + ROW_SIZE && behind.checkedSegment < 0 ? PAIRS[switchCase * CASES + behind.switchCase] : 0;
    table[row + ROW.case] = pair === 0 ? switchCase : pair;
    table[row + ROW.count] = op.count;
    if (LINKS[switchCase] === 0) {
      table[row + ROW.operands] = op.operands | segmentBits(op);
      table[row + ROW.displacement] = op.displacement;
      table[row + ROW.immediate] = op.immediate;
      return;
    }
    table[row + ROW.operands] = 0;
    table[row + ROW.nextIp] = op.nextIp;
    this.#link(op.taken, row + ROW.taken, row + ROW.takenPage, row + ROW.takenEntry);
    if (op.next !== UNRESOLVED) this.#link(op.next, row + ROW.next, row + ROW.nextPage, row + ROW.nextEntry);
    else table[row + ROW.next] = 0;
  }

  #link(to: Operation, link: number, page: number, entry: number): void {
    const { table } = this;
    if (to.switchCase !== GATE_CASE) {
      table[link] = to.row;
      return;
    }
    table[page] = to.displacement;
    table[entry] = to.immediate;
    table[link] = -to.taken.row;
  }
}

function segmentBits(op: Operation): number {
  return op.checkedSegment < 0 || op.switchCase === 0 ? 0 : ROW_SEGMENT | ((op.checkedSegment & 1) << ROW_GS_SHIFT);
}
