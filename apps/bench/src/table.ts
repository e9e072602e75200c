import type { Row } from './benchmark.ts';
import type { EngineName } from './measurement.ts';

function formatSpeed(row: Row, engine: EngineName): string {
  const cell = row.cells[engine];
  if (cell === undefined) return '-';
  if ('failure' in cell) return 'failed';
  if (row.instructions === undefined) return `${cell.seconds.toFixed(1)} s`;
  return `${(row.instructions / cell.seconds / 1e6).toFixed(1)} MIPS`;
}

/** Speed relative to v86: above 1 is faster. */
function formatRatio(row: Row, engine: EngineName): string {
  const cell = row.cells[engine];
  const reference = row.cells.v86;
  if (cell === undefined || reference === undefined || 'failure' in cell || 'failure' in reference) return '-';
  return (reference.seconds / cell.seconds).toFixed(2);
}

/** The geometric mean of an engine's ratios, over the guests where there is one. */
function meanRatio(rows: readonly Row[], engine: EngineName): string {
  const ratios = rows.map((row) => Number(formatRatio(row, engine))).filter((ratio) => ratio > 0);
  return ratios.length === 0 ? '-' : Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length).toFixed(2);
}

/** Left-aligned first column, right-aligned others. */
function layOut(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')).join('\n');
}

/** The table: for each guest and engine its speed, and that speed over v86's. */
export function formatTable(rows: readonly Row[], engines: readonly EngineName[]): string {
  const head = ['guest', 'Minstr', ...engines.flatMap((engine) => [engine, 'v86 = 1'])];
  const body = rows.map((row) => [
    row.guest === 'debian' ? 'debian boot' : row.guest,
    row.instructions === undefined ? '' : (row.instructions / 1e6).toFixed(0),
    ...engines.flatMap((engine) => [formatSpeed(row, engine), formatRatio(row, engine)]),
  ]);
  const mean = ['geometric mean', '', ...engines.flatMap((engine) => ['', meanRatio(rows, engine)])];
  return layOut([head, ...body, mean]);
}

/** One line for each failed cell. */
export function formatFailures(rows: readonly Row[]): string[] {
  return rows.flatMap((row) =>
    Object.entries(row.cells).flatMap(([engine, cell]) => ('failure' in cell ? [`${row.guest} on ${engine}: ${cell.failure}`] : [])),
  );
}
