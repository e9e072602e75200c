import type { AddressSegment, Width } from '../ir/nodes.ts';
import type { Operation } from '../vp/operation.ts';

/**
 * Where an operand in memory is, if that is known from another one: operands in one page are a group, of which the first checks the
 * page for all. Its place in RAM is local `g<group>`.
 */
export interface OperandPlace {
  readonly group: number;
  /** Bytes from the first one's address. */
  readonly distance: number;
  /** What the first one checks; undefined for the others. */
  readonly check: GroupCheck | undefined;
}

/** What must hold for a group. */
export interface GroupCheck {
  /** Whether one of them is written. */
  readonly writes: boolean;
  /** Bits that are 0 in the first one's address, for the elements of arrays that the others are. */
  readonly mask: number;
  /** First and last byte of the group, in bytes from the first one's address; both are in its page. */
  readonly low: number;
  readonly high: number;
  /** Whether the page is remembered, since it is likely to be the same the next time. */
  readonly remembers: boolean;
}

/** What no remembered page is equal to, nor an address of which only the page and the bits of a mask are left: masks are 3 at most. */
export const NO_PAGE = 4;

/** Whether some of the group are not in the first one's page: source of a number, other than 0 if so; empty where it cannot be. */
function crossing(q: string, { mask, low, high }: GroupCheck): string {
  if (low >= 0 && high <= mask) return '';
  const lowest = low === 0 ? q : `${q} + ${low < 0 ? `(${low})` : low}`;
  return ` | (${lowest} ^ ${q} + ${high}) & -4096`;
}

/** Source of the test that must fail, over the address `q` and its TLB entry `e`. */
export function groupMissTest(q: string, e: string, check: GroupCheck): string {
  const reach = check.mask === 0 ? `${e} & 1` : `(${q} | ${e}) & ${check.mask}`;
  return `(${reach}${crossing(q, check)}) !== 0`;
}

/** Source of the test that fails where `page` is the one that was remembered, and all is aligned. */
export function otherPageTest(q: string, page: string, check: GroupCheck): string {
  const rest = crossing(q, check);
  const known = `${q} & ${-4096 | check.mask}`;
  return rest === '' ? `(${known}) !== ${page}` : `((${known}) ^ ${page}${rest}) !== 0`;
}

/** RAM as arrays, which V8's lower tiers read several times as fast as a DataView, and its highest no slower. */
export function element(at: string, width: Width): string {
  const place = /^\w+$/.test(at) ? at : `(${at})`;
  return width === 8 ? `M8[${at}]` : width === 16 ? `M16[${place} >> 1]` : `M32[${place} >> 2]`;
}

/** Whether a segment's limit and rights are checked: then it may have a base as well. */
export function isSegmentChecked(op: Operation, segment: AddressSegment): boolean {
  return (segment === 'operand' ? op.checkedSegment : segment === 'stack' ? op.checkedStack : op.checkedExtra) >= 0;
}

/** Statements on one line. */
export function joined(...statements: readonly string[]): string {
  return statements.filter((text) => text !== '').join(' ');
}
