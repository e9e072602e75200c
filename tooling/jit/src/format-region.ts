import type { BlockReport, RegionReport } from '@ringzero/backend-jit';
import { BYTECODE_CLIFF, type Deopt } from '@ringzero/v8-instruments';
import { Decoder, formatInstruction, Instruction } from '@ringzero/x86';
import { formatStatements } from '@ringzero/x86-semantics';
import type { RegionResult } from './guest-run.ts';

/** `new Function` puts two lines before the body. */
const LINES_BEFORE = 2;
const BYTES_COLUMN = 24;

export function hexadecimal(address: number): string {
  return (address >>> 0).toString(16).padStart(8, '0');
}

/** The instruction in Intel syntax. */
function disassemble(bytes: readonly number[], ip: number, bits: 16 | 32): string {
  if (bytes.length === 0) return '(crosses into the next page)';
  const instruction = new Instruction();
  new Decoder(bits).decode(Uint8Array.from(bytes), 0, bytes.length, instruction);
  return formatInstruction(instruction, ip, bits);
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', title, ...lines.map((line) => (line === '' ? '' : `  ${line}`))];
}

/** How control leaves a block: what the profile saw, and where each side leads in the region. */
function describeEnd({ edges, end, followers }: BlockReport, blocks: readonly BlockReport[]): string {
  const inside = edges.map(({ side, to }) => `${side} → block ${to} (${hexadecimal(blocks[to]?.ip ?? 0)})`);
  const total = followers.reduce((sum, each) => sum + each.count, 0);
  const seen = followers.map((each) => `${hexadecimal(each.ip)} ${count(each.count)} (${Math.round((100 * each.count) / Math.max(1, total))} %)`);
  return `ends: ${end}${inside.length === 0 ? ', leaves the region' : `, ${inside.join(', ')}`}${seen.length === 0 ? '' : `; followed by ${seen.join(', ')}`}`;
}

function guestCode({ bits, blocks }: RegionReport): string[] {
  return blocks.flatMap((block, i) => [
    ...(i === 0 ? [] : ['']),
    `block ${i} at ${hexadecimal(block.ip)}: ${count(block.executions)} executions in tier 0, frequency ${block.frequency.toFixed(2)}${block.isLoopHeader ? ', loop header' : ''}${block.depth === 0 ? '' : `, inlined ${block.depth} deep`}`,
    ...block.instructions.map(({ bytes, ip }) => `  ${hexadecimal(ip)}  ${bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ').padEnd(BYTES_COLUMN)}  ${disassemble(bytes, ip, bits)}`),
    `  ${describeEnd(block, blocks)}`,
  ]);
}

/** Each instruction's IR behind each pass; a pass that changed nothing says so. */
function intermediate({ bits, blocks }: RegionReport): string[] {
  return blocks.flatMap((block, i) =>
    block.instructions.flatMap(({ bytes, ip, passes, reg, rm }) => {
      const lines = [`${hexadecimal(ip)}  ${disassemble(bytes, ip, bits)}${passes.length === 0 ? '   (the interpreter executes it)' : ''}`];
      let last = '';
      for (const { pass, statements } of passes) {
        const text = formatStatements(statements, pass === 'definition' ? undefined : { reg, rm });
        const isSame = text.join('\n') === last;
        last = text.join('\n');
        const shown = isSame ? ['(unchanged)'] : text.length === 0 ? ['(nothing)'] : text;
        lines.push(...shown.map((line, at) => `  ${(at === 0 ? pass : '').padEnd(14)} ${line}`));
      }
      return i === 0 && ip === block.ip ? lines : ['', ...lines];
    }),
  );
}

/** What a line of the source (from 1) belongs to: a guest instruction, by the comment before it, or the ways in and out. */
export function placeOfLine(source: string, line: number): string {
  const lines = source.split('\n');
  if (lines.slice(line - 1).findIndex((text) => text.startsWith('return ops[')) <= 1) return 'on the way out';
  for (const text of lines.slice(0, line).reverse()) {
    const address = /^\/\/ ([0-9a-f]+)$/.exec(text)?.[1];
    if (address !== undefined) return address.padStart(8, '0');
  }
  return 'on the way in';
}

/** A line for each place and reason. */
function deoptLines(deopts: readonly Deopt[], { source }: RegionReport): string[] {
  const counts = new Map<string, number>();
  for (const { kind, line, reason } of deopts) {
    const at = line - LINES_BEFORE;
    const where = line === 0 ? '' : ` at line ${at}, ${placeOfLine(source, at)}`;
    const text = `${kind}${where}: ${reason}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([text, times]) => `${times} × ${text}`);
}

export interface ExplainedRegion extends RegionResult {
  readonly bytecode: number;
  readonly deopts: readonly Deopt[];
}

/** What became of a region: how often compiled, and why dropped. */
function describeLife({ drops, isLive, timesCompiled }: RegionResult): string {
  const reasons = Object.entries(drops).map(([reason, times]) => `${reason} ${times}`);
  return `compiled ${timesCompiled} time${timesCompiled === 1 ? '' : 's'}${reasons.length === 0 ? '' : `, ${reasons.join(', ')}`}; ${isLive ? 'in use' : 'not in use'} at the end`;
}

/** Everything about one region. */
export function formatRegion(explained: ExplainedRegion): string {
  const { bytecode, deopts, region, share } = explained;
  const { bits, blocks, exits, instructions, ip, isFull, script, source } = region;
  const byDeopts = deoptLines(deopts, region);
  return [
    `region at ${hexadecimal(ip)}, ${bits}-bit code, script ${script}`,
    `  ${describeLife(explained)}; ${(share * 100).toFixed(1)} % of the run's time`,
    `  size: ${instructions} instructions in ${blocks.length} blocks, ${exits.length} exits${isFull ? ' (a limit kept blocks out)' : ''}; ${count(source.length)} characters of JavaScript, ${count(bytecode)} bytes of bytecode (${Math.round((100 * bytecode) / BYTECODE_CLIFF)} % of what V8 optimizes)`,
    `  deoptimizations: ${deopts.length}`,
    ...byDeopts.map((line) => `    ${line}`),
    ...section('Guest code and profile', guestCode(region)),
    ...section('IR, pass by pass', intermediate(region)),
    ...section('JavaScript', source.split('\n').map((line, i) => `${`${i + 1}`.padStart(4)}  ${line}`)),
    '',
  ].join('\n');
}

/** One line for each region. */
export function formatList(regions: readonly ExplainedRegion[]): string {
  const head = ['address', 'time', 'instructions', 'blocks', 'exits', 'characters', 'bytecode', 'compiled', 'deopts'];
  const rows = regions.map(({ bytecode, deopts, region: { blocks, exits, instructions, ip, source }, share, timesCompiled }) => [
    hexadecimal(ip), `${(share * 100).toFixed(1)} %`, ...[instructions, blocks.length, exits.length, source.length, bytecode, timesCompiled, deopts.length].map(count),
  ]);
  return [head, ...rows].map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(8) : cell.padStart(head[i]?.length ?? 0))).join('  ')).join('\n');
}
