import type { Row } from './benchmark.ts';
import type { EngineName } from './engines.ts';
import { geometricMean } from './statistics.ts';
import type { Spread } from './statistics.ts';

/** MIPS of the instructions that our engines count, or seconds where none of them did. */
export function formatSpeed(row: Row, engine: EngineName): string {
  const cell = row.cells[engine];
  if (cell === undefined) return '-';
  if ('failure' in cell) return 'failed';
  const { median } = cell.seconds;
  return row.instructions === undefined ? `${median.toFixed(2)} s` : `${(row.instructions / median / 1e6).toFixed(0)} MIPS`;
}

/** A median and, of several rounds, the least and the greatest. */
export function formatSpread({ median, min, max }: Spread, rounds: number): string {
  return rounds < 2 ? median.toFixed(2) : `${median.toFixed(2)} (${min.toFixed(2)}-${max.toFixed(2)})`;
}

function formatRatio(row: Row, engine: EngineName): string {
  const cell = row.cells[engine];
  return cell === undefined || 'failure' in cell || cell.ratio === undefined ? '-' : formatSpread(cell.ratio, cell.rounds.length);
}

/** The geometric mean of an engine's median ratios, over the workloads where there is one. */
export function meanRatio(rows: readonly Row[], engine: EngineName): number | undefined {
  const ratios = rows.flatMap((row) => {
    const cell = row.cells[engine];
    return cell === undefined || 'failure' in cell || cell.ratio === undefined ? [] : [cell.ratio.median];
  });
  return ratios.length === 0 ? undefined : geometricMean(ratios);
}

/** Left-aligned first column, right-aligned others. */
export function layOut(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')).join('\n');
}

/** The cells of the table, line by line: for each workload and engine its speed, and that speed over v86's. */
export function tableCells(rows: readonly Row[], engines: readonly EngineName[]): string[][] {
  const head = ['workload', 'Minstr', ...engines.flatMap((engine) => [engine, 'v86 = 1'])];
  const body = rows.map((row) => [
    row.workload,
    row.instructions === undefined ? '' : (row.instructions / 1e6).toFixed(0),
    ...engines.flatMap((engine) => [formatSpeed(row, engine), formatRatio(row, engine)]),
  ]);
  const mean = ['geometric mean', '', ...engines.flatMap((engine) => ['', meanRatio(rows, engine)?.toFixed(2) ?? '-'])];
  return [head, ...body, mean];
}

export function formatTable(rows: readonly Row[], engines: readonly EngineName[]): string {
  return layOut(tableCells(rows, engines));
}

/** One line for each failed cell. */
export function formatFailures(rows: readonly Row[]): string[] {
  return rows.flatMap((row) =>
    Object.entries(row.cells).flatMap(([engine, cell]) => ('failure' in cell ? [`${row.workload} on ${engine}: ${cell.failure}`] : [])),
  );
}
