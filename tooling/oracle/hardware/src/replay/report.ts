import { Decoder, formatInstruction, Instruction } from '@ringzero/x86';
import type { Case, Code, Outcome, Vectors } from '../format/cases.ts';
import { EFLAGS, LANE_NAMES, SEGMENT_SETS, STATE_LANES } from '../format/layout.ts';
import { entryOf, startOf } from '../format/start.ts';
import { modeOf, type Difference } from './context.ts';
import { EXCEPTIONS, NOT_RECORDED } from './exceptions.ts';
import type { Mismatch } from './replay.ts';

const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [0x800, 'O'], [0x400, 'D'], [0x80, 'S'], [0x40, 'Z'], [0x10, 'A'], [4, 'P'], [1, 'C'], [0x1_0000, 'R'], [0x4_0000, 'K'], [0x4000, 'N'], [0x100, 'T'],
];
const VECTOR_NAMES: Readonly<Record<number, string>> = { 0: '#DE', 1: '#DB', 3: 'end', 4: '#OF', 5: '#BR', 6: '#UD', 11: '#NP', 12: '#SS', 13: '#GP', 14: '#PF', 16: '#MF', 17: '#AC', 19: '#XM' };

function hex(value: number): string {
  return (value >>> 0).toString(16).padStart(8, '0');
}

function flags(value: number): string {
  return `${hex(value)} ${FLAG_LETTERS.filter(([bit]) => (value & bit) !== 0).map(([, letter]) => letter).join('')}`;
}

function show(what: string, value: number): string {
  if (what === 'vector') return VECTOR_NAMES[value] ?? `vector ${value}`;
  return what === 'eflags' ? flags(value) : hex(value);
}

/** A code as text, one instruction a line. */
export function disassemble(code: Code): string[] {
  const mode = modeOf(code);
  const decoder = new Decoder(mode);
  const instruction = new Instruction();
  const padded = Uint8Array.from([...code.bytes, ...new Array<number>(16).fill(0xcc)]);
  const lines: string[] = [];
  for (let at = 0; at < code.bytes.length; ) {
    const length = Math.max(1, decoder.decode(padded, at, padded.length, instruction));
    const ip = entryOf(code) + at;
    lines.push(`${hex(ip)}  ${Buffer.from(padded.subarray(at, at + length)).toString('hex').padEnd(24)} ${formatInstruction(instruction, ip, mode)}`);
    at += length;
  }
  return lines;
}

function initial(item: Case, code: Code): string[] {
  const state = startOf(item, code);
  const used = Array.from({ length: STATE_LANES }, (_, lane) => lane).filter((lane) => lane < EFLAGS || (lane >= 16 && code.profile !== 'integer' && state[lane] !== 0));
  const lines: string[] = [];
  for (let i = 0; i < used.length; i += 8) lines.push(used.slice(i, i + 8).map((lane) => `${LANE_NAMES[lane]}=${hex(state[lane])}`).join(' '));
  const patches = item.patches.map(({ offset, bytes }) => `memory+${offset.toString(16)}: ${Buffer.from(bytes).toString('hex')}`);
  return [`eflags=${flags(state[EFLAGS])} segments=${code.segments} (${SEGMENT_SETS[code.segments].map((selector) => selector.toString(16)).join(' ')})`, ...lines, ...patches];
}

function line({ what, expected, actual }: Difference): string {
  return `${what.padEnd(12)} expected ${show(what, expected)}, got ${show(what, actual)}`;
}

/** What a case is, how it began, and where a backend went another way. */
export function describeMismatch({ index, differences }: Mismatch, { codes, cases, outcomes }: Vectors): string {
  const item = cases[index];
  const code = codes[item.code];
  const outcome: Outcome = outcomes[index];
  const parts = [`case ${index} of ${code.family}, seed ${item.seed}: ${code.forms.join(', ')}; the processor: ${show('vector', outcome.vector)}`];
  return [...parts, ...disassemble(code), ...initial(item, code), ...differences.map(line)].join('\n    ');
}

/** The list of exceptions, with how many cases needed each. */
export function describeExceptions(excused: ReadonlyMap<string, number>): string {
  const left = NOT_RECORDED.map(({ forms, reason }) => `  not recorded: ${forms.source.replace(/[\^$()]/g, '').replaceAll('|', ' ')}: ${reason}`);
  const used = EXCEPTIONS.map(({ name, forms, reason, source }) => `  ${String(excused.get(name) ?? 0).padStart(6)}  ${name} [${forms.source}]: ${reason} (${source})`);
  return ['Exceptions, with the number of replayed cases that needed each:', ...left, ...used].join('\n');
}
