import { GENERAL, SEGMENTS, type State, SYSTEM_SEGMENTS, TABLES } from './state.ts';

/** A descriptor's high word has the attributes from bit 8 on; bits 19:16 are the limit's. */
const ATTRIBUTES = 0xf0ff;
const NUMBERS = [...GENERAL, 'eip', 'cr0', 'cr2', 'cr3', 'cr4', 'dr0', 'dr1', 'dr2', 'dr3', 'dr6', 'dr7', 'efer'];
const PATTERNS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ...NUMBERS.map((name) => [name, new RegExp(`\\b${name.toUpperCase()}\\s*=([0-9a-f]+)`)] as const),
  ['eflags', /\bEFL=([0-9a-f]+)/],
  ['cpl', /\bCPL=([0-3])/],
];
const SEGMENT_PATTERNS = [...SEGMENTS, ...SYSTEM_SEGMENTS].map((name) => {
  const label = name === 'ldtr' ? 'LDT' : name.toUpperCase();
  return [name, new RegExp(`\\b${label}\\s*=([0-9a-f]{4}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})`)] as const;
});
const TABLE_PATTERNS = TABLES.map((name) => [name, new RegExp(`\\b${name.slice(0, 3).toUpperCase()}=\\s+([0-9a-f]{8}) ([0-9a-f]{8})`)] as const);

function find(text: string, pattern: RegExp, what: string): number[] {
  const found = pattern.exec(text);
  if (found === null) throw new RangeError(`QEMU's monitor does not show ${what}: expected ${pattern.source} in "info registers"`);
  return found.slice(1).map((digits) => Number.parseInt(digits, 16));
}

/**
 * State from the monitor's `info registers`. The stub's own `g` packet has neither the hidden parts of segment registers nor
 * the table registers, TR, LDTR and the debug registers.
 */
export function parseRegisters(text: string): State {
  const state: Record<string, number> = {};
  for (const [name, pattern] of PATTERNS) [state[name]] = find(text, pattern, name);
  for (const [name, pattern] of SEGMENT_PATTERNS) {
    const [selector, base, limit, high] = find(text, pattern, name);
    state[name] = selector;
    state[`${name}.base`] = base;
    state[`${name}.limit`] = limit;
    state[`${name}.attributes`] = (high >>> 8) & ATTRIBUTES;
  }
  for (const [name, pattern] of TABLE_PATTERNS) [state[`${name}.base`], state[`${name}.limit`]] = find(text, pattern, name);
  return state;
}
