import { FS, GS } from '@ringzero/x86';
import { EAX, Operation, type Handler } from '@ringzero/x86-semantics';
import { EXIT, UNRESOLVED_COUNT } from '../blocks/links.ts';
import type { OperationStore } from '../blocks/operation-store.ts';
import { SWITCH_CASES, SWITCH_PAIRS } from '../generated/dispatch-switch.ts';
import { caseOf, GATE_CASE } from '../handlers/switch-table.ts';

/** In the linear page that rehearsals use: their operands, stack pointer and frame pointer. */
const OPERANDS = 256;
export const STACK = 2048;
export const FRAME = 1024;

/** What a case that has no common path leaves its instruction to; more than V8 would inline, as the guest's will be. */
const OTHERS: readonly Handler[] = [(op) => op.next, (op) => op.taken, (op) => op.next.next, (op) => op.taken.next, (op) => op.next.taken, (op) => op.taken.taken];
/** Cases that leave for a place that is not known, and so for the run loop. */
const COMPUTED = /^(gate|exitComputed|Ret|Jmp_E|Call_E)/;
/** Those of operations without rows; of these, the ones that lead on from the operation that compiled code ended with. */
const ROWLESS = /^(gate|exit)/;
const LINKED_EXIT = /^exit(Taken|Next)/;
/** More often than such an exit is ever taken in rehearsals. */
const NEVER = 0x2000_0000;

/** Operations for every case. */
export interface Rehearsal {
  /** Where chains of them begin, and those alone whose links are longer than any budget, or lead through a gate. */
  readonly chains: readonly Operation[];
  /** Each followed by the end; and pairs, by their first. */
  readonly singles: readonly Operation[];
  /** What a computed branch leads to. */
  readonly target: Operation;
}

/** Makes `op` the one of case `number`, and lead to `following`. */
function become(op: Operation, number: number, handler: Handler, following: Operation): Operation {
  op.h = handler;
  op.switchCase = number;
  op.next = following;
  op.taken = following;
  if (LINKED_EXIT.test(SWITCH_CASES[number - 1] ?? '')) {
    op.taken = become(new Operation(handler), 0, handler, following);
    op.addressMask = NEVER;
  }
  op.reg = EAX + 2 * (number & 3);
  op.rm = EAX + 2 * ((number >> 2) & 3);
  op.displacement = OPERANDS + 4 * number;
  op.immediate = 5;
  return op;
}

/** Makes `op` one that loads from a segment with a base. */
function inSegment(op: Operation, segment: number, following: Operation): Operation {
  become(op, caseOf('Mov_Gv_Ev.m'), OTHERS[0], following);
  op.checkedSegment = segment;
  return op;
}

/** A gate to `target`, which passes while the first entry of the code TLB is 0, or never does. */
function gateTo(target: Operation, passes: boolean): Operation {
  const gate = become(new Operation(() => EXIT), GATE_CASE, () => EXIT, target);
  gate.displacement = 0;
  gate.immediate = passes ? 0 : 1;
  return gate;
}

/** Makes operations for `store`'s rows. */
export function createRehearsal(store: OperationStore): Rehearsal {
  const end = new Operation(() => EXIT);
  const tooLong = new Operation(() => EXIT);
  tooLong.count = UNRESOLVED_COUNT;
  const numbers = SWITCH_CASES.map((_, i) => i + 1);
  const inRows = numbers.filter((number) => !ROWLESS.test(SWITCH_CASES[number - 1]));
  const chains: Operation[] = [];

  // In rows from the last to the first, each leads to the one behind it, which is there by the time.
  const row = store.apart(inRows.length + OTHERS.length + 1);
  let following = become(row[row.length - 1], 0, () => EXIT, end);
  store.rows.write(following);
  const put = (op: Operation, number: number, handler: Handler): void => {
    following = become(op, number, handler, following);
    store.rows.write(following);
  };
  for (let i = OTHERS.length - 1; i >= 0; i--) put(row[inRows.length + i], 0, OTHERS[i]);
  for (let i = inRows.length - 1; i >= 0; i--) {
    if (COMPUTED.test(SWITCH_CASES[inRows[i] - 1])) chains.push(following);
    put(row[i], inRows[i], OTHERS[0]);
  }
  for (const number of numbers.filter((each) => ROWLESS.test(SWITCH_CASES[each - 1]))) {
    if (COMPUTED.test(SWITCH_CASES[number - 1])) chains.push(following);
    following = become(new Operation(OTHERS[0]), number, OTHERS[0], following);
  }
  chains.push(following);

  const ends = store.apart(6);
  ['fallThrough', 'Jmp_Jz'].forEach((name, i) => {
    [tooLong, gateTo(ends[i], true), gateTo(ends[i], false)].forEach((to, j) => chains.push(become(ends[2 * j + i], caseOf(name), OTHERS[0], to)));
  });
  for (const op of ends) store.rows.write(op);

  const [target] = store.apart(1);
  store.rows.write(become(target, 0, () => EXIT, end));
  const singles = numbers.map((number) => {
    const [op, behind] = ROWLESS.test(SWITCH_CASES[number - 1]) ? [new Operation(OTHERS[0]), end] : store.apart(2);
    if (behind !== end) store.rows.write(become(behind, 0, () => EXIT, end));
    become(op, number, OTHERS[0], behind);
    store.rows.write(op);
    return op;
  });
  // Calls of handlers, with a row and without: V8 would take the one that it had seen for the only one.
  for (const handler of [OTHERS[0], OTHERS[1]]) {
    const [op] = store.apart(1);
    store.rows.write(become(op, 0, handler, end));
    singles.push(op, become(new Operation(handler), GATE_CASE, handler, end));
  }
  for (const pair of SWITCH_PAIRS) {
    const [first, second, behind] = store.apart(3);
    store.rows.write(become(behind, 0, () => EXIT, end));
    const [one, other] = pair.split(' ').map(caseOf);
    store.rows.write(become(second, other, OTHERS[0], behind));
    become(first, one, OTHERS[0], second);
    store.rows.write(first);
    singles.push(first);
  }
  // In FS, and in GS, which is left to the handler.
  const [inFs, inGs, behind] = store.apart(3);
  store.rows.write(become(behind, 0, () => EXIT, end));
  store.rows.write(inSegment(inGs, GS, behind));
  store.rows.write(inSegment(inFs, FS, inGs));
  chains.push(inFs);
  singles.push(inFs);
  return { chains, singles, target };
}
