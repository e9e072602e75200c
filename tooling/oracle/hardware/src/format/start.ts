import type { Case, Code } from './cases.ts';
import { initialState } from './initial-state.ts';
import { CODE16_SELECTOR, CODE_BASE, EIP, PAGE_BYTES, SEGMENT_SETS, STATE_LANES } from './layout.ts';

const INT3 = 0xcc;
/** Room behind the last code, for branches that leave it. */
const MARGIN = 64;

/** The code area: every code at its place, INT3 everywhere else. */
export function codeArea(codes: readonly Code[]): Uint8Array {
  const end = codes.reduce((most, { offset, bytes }) => Math.max(most, offset + bytes.length), 0x1_0000) + MARGIN;
  const area = new Uint8Array(Math.ceil(end / PAGE_BYTES) * PAGE_BYTES).fill(INT3);
  for (const { offset, bytes } of codes) area.set(bytes, offset);
  return area;
}

/** Linear address of a code, or its offset in the 16-bit segment. */
export function entryOf(code: Code): number {
  return SEGMENT_SETS[code.segments][1] === CODE16_SELECTOR ? code.offset : CODE_BASE + code.offset;
}

/** The state in which a case begins. */
export function startOf(item: Case, code: Code, to: Int32Array = new Int32Array(STATE_LANES)): Int32Array {
  initialState(code.profile, item.seed, SEGMENT_SETS[code.segments], to);
  to[EIP] = entryOf(code);
  for (const { lane, value } of item.overrides) to[lane] = value;
  return to;
}
