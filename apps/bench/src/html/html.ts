import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { compared, comparisonCells } from '../browser/compare.ts';
import type { Report } from '../report.ts';
import { formatProfiles } from '../profile.ts';
import { formatFailures, tableCells } from '../table.ts';

const NAMED: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => NAMED[character] ?? character);
}

/** JSON that may stand in a script element: "</script>" and "<!--" cannot occur in it. */
export function escapeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
}

function table(lines: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string): string => `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const [head = [], ...body] = lines;
  return `<table><thead>${row(head, 'th')}</thead><tbody>${body.map((line) => row(line, 'td')).join('\n')}</tbody></table>`;
}

function list(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

/** Chart.js as one script, for pages without a network. */
function chartLibrary(): string {
  const folder = dirname(createRequire(import.meta.url).resolve('chart.js'));
  return readFileSync(join(folder, 'chart.umd.min.js'), 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
}

function ownFile(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8');
}

/** The report as one file that needs nothing else: table, charts, and the figures themselves. */
export function writeHtml(report: Report): string {
  const { clock, date, engines, host, hosts, notes, profiles, rounds, rows, scale } = report;
  const names = engines.map((engine) => engine.name);
  const facts = [
    `${host.cpu}, ${host.processors} processors, ${(host.memoryBytes / 2 ** 30).toFixed(0)} GB, ${host.system}, load ${host.loadAverage.toFixed(1)} at the start`,
    Object.entries(host.versions).map(([name, version]) => `${name} ${version}`).join(', '),
    `${date}; scale ${scale}, ${rounds} interleaved round${rounds === 1 ? '' : 's'}: medians, and the least and the greatest of the rounds' ratios${clock === 'cpu' ? ', by processor time' : ''}`,
    ...engines.map((engine) => `${engine.name}: ${engine.description}${engine.geometricMean === null ? '' : `; geometric mean ${engine.geometricMean.toFixed(2)} times v86`}`),
    ...notes,
  ];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Ringzero benchmarks</title>
<style>${ownFile('report.css')}</style>
<h1>Ringzero benchmarks</h1>
${list(facts)}
<h2>Speed, v86 = 1</h2>
<div class="chart tall"><canvas id="ratios"></canvas></div>
${table(tableCells(rows, names))}
${list(formatFailures(rows))}
<h2>Workloads</h2>
${table([['workload', 'what it does'], ...rows.map((row) => [row.workload, row.description])])}
<h2>Warm-up</h2>
<p>Guest MIPS over each 100 ms from the machine's start. <select id="guest"></select></p>
<div class="chart"><canvas id="warm-up"></canvas></div>
<h2>Peak memory</h2>
<p>Of the whole process, Node and the compiler of its sources included.</p>
<div class="chart"><canvas id="memory"></canvas></div>
<h2>Where the time goes</h2>
${profiles.length === 0 ? '<p>Not asked for (<code>--profile</code>).</p>' : `<div class="chart tall"><canvas id="tiers"></canvas></div>${list(formatProfiles(profiles))}`}
${hosts.length === 0 ? '' : `<h2>In Chromium</h2>\n${table(comparisonCells(compared(hosts)))}`}
<script>${chartLibrary()}</script>
<script>const report = ${escapeJson(report)};</script>
<script>${ownFile('report.client.js')}</script>
</html>
`;
}
