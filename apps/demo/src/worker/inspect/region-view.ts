import type { BlockReport, InstructionReport, RegionReport } from '@ringzero/backend-jit';
import { Decoder, formatInstruction, Instruction } from '@ringzero/x86';
import { formatStatements } from '@ringzero/x86-semantics';
import type { RegionBlock, RegionInstruction, RegionSummary, RegionView } from '../../protocol/inspection.ts';
import { bytesText } from './code-view.ts';
import { hex } from './hex.ts';
import type { LoggedRegion, RegionLog } from './region-log.ts';

const MOST_LISTED = 60;

/** The regions that were seen most. */
export function summarizeRegions(log: RegionLog): RegionSummary[] {
  return log.list().slice(0, MOST_LISTED).map((region) => summarize(region, log.looks));
}

function summarize({ isLive, looks, report, timesCompiled }: LoggedRegion, allLooks: number): RegionSummary {
  const { blocks, exits, instructions, ip, script } = report;
  return { script, address: hex(ip), instructions, blocks: blocks.length, exits: exits.length, timesCompiled, isLive, share: looks / Math.max(1, allLooks) };
}

/** All about one region; undefined if it is not among those kept any more. */
export function viewRegion(log: RegionLog, script: string): RegionView | undefined {
  const region = log.find(script);
  if (region === undefined) return undefined;
  const { report } = region;
  return { ...summarize(region, log.looks), code: report.blocks.map((block, i) => viewBlock(report, block, i)), source: report.source };
}

function viewBlock({ bits, blocks }: RegionReport, block: BlockReport, index: number): RegionBlock {
  const inside = block.edges.map(({ side, to }) => `${side} → block ${to} (${hex(blocks[to]?.ip ?? 0)})`);
  const notes = [`${Math.round(block.executions).toLocaleString('en')} executions before`, ...(block.isLoopHeader ? ['loop header'] : []), ...(block.depth > 0 ? [`inlined ${block.depth} deep`] : [])];
  return {
    title: `Block ${index} at ${hex(block.ip)}: ${notes.join(', ')}`,
    end: `ends: ${block.end}${inside.length === 0 ? ', leaves the region' : `, ${inside.join(', ')}`}`,
    instructions: block.instructions.map((instruction) => viewInstruction(instruction, bits)),
  };
}

function viewInstruction({ bytes, ip, passes, reg, rm }: InstructionReport, bits: 16 | 32): RegionInstruction {
  const last = passes.at(-1);
  const ir = last === undefined ? ['(the interpreter’s handler)'] : formatStatements(last.statements, last.pass === 'definition' ? undefined : { reg, rm });
  return { address: hex(ip), bytes: bytesText(bytes), text: disassemble(bytes, ip, bits), ir: ir.length === 0 ? ['(nothing left to do)'] : ir };
}

function disassemble(bytes: readonly number[], ip: number, bits: 16 | 32): string {
  if (bytes.length === 0) return '(crosses into the next page)';
  const instruction = new Instruction();
  new Decoder(bits).decode(Uint8Array.from(bytes), 0, bytes.length, instruction);
  return formatInstruction(instruction, ip, bits);
}
