import type { State } from './state.ts';
import { GENERAL, SEGMENTS } from './state.ts';

/** A descriptor's high word has the attributes from bit 8 on; bits 19:16 are the limit's. */
const ATTRIBUTES = 0xf0ff;

function find(text: string, pattern: RegExp, what: string): RegExpExecArray {
  const found = pattern.exec(text);
  if (found === null) throw new RangeError(`QEMU's monitor does not show ${what}: expected ${pattern.source} in "info registers"`);
  return found;
}

/**
 * State from the monitor's `info registers`. The stub's own `g` packet has neither the hidden parts of segment registers nor
 * the table registers, TR, LDTR, debug registers.
 */
export function parseRegisters(text: string): State {
  const state: Record<string, number> = {};
  const number = (name: string, pattern: RegExp): void => {
    state[name] = Number.parseInt(find(text, pattern, name)[1], 16);
  };
  for (const name of [...GENERAL, 'eip', 'cr0', 'cr2', 'cr3', 'cr4', 'dr0', 'dr1', 'dr2', 'dr3', 'dr6', 'dr7', 'efer']) {
    number(name, new RegExp(`\\b${name.toUpperCase()}\\s*=([0-9a-f]+)`));
  }
  number('eflags', /\bEFL=([0-9a-f]+)/);
  number('cpl', /\bCPL=([0-3])/);
  for (const name of [...SEGMENTS, 'ldtr', 'tr']) {
    const label = name === 'ldtr' ? 'LDT' : name.toUpperCase();
    const [, selector, base, limit, high] = find(text, new RegExp(`\\b${label}\\s*=([0-9a-f]{4}) ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{8})`), name);
    state[name] = Number.parseInt(selector, 16);
    state[`${name}.base`] = Number.parseInt(base, 16);
    state[`${name}.limit`] = Number.parseInt(limit, 16);
    state[`${name}.attributes`] = (Number.parseInt(high, 16) >>> 8) & ATTRIBUTES;
  }
  for (const name of ['gdtr', 'idtr']) {
    const [, base, limit] = find(text, new RegExp(`\\b${name.slice(0, 3).toUpperCase()}=\\s+([0-9a-f]{8}) ([0-9a-f]{8})`), name);
    state[`${name}.base`] = Number.parseInt(base, 16);
    state[`${name}.limit`] = Number.parseInt(limit, 16);
  }
  return state;
}
