// pnpm bench: every workload on every engine.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { runBenchmarks } from './benchmark.ts';
import type { BenchmarkPlan, Measure, Results } from './benchmark.ts';
import { compareHosts, formatComparison } from './browser/compare.ts';
import { withBrowser } from './browser/measure-in-browser.ts';
import { bundleMeasure } from './bundle.ts';
import { describeHost } from './host.ts';
import { writeHtml } from './html/html.ts';
import { measureInChild } from './measure-in-child.ts';
import { parseOptions } from './options.ts';
import { prepare } from './prepare.ts';
import { formatProfiles, runProfiles } from './profile.ts';
import { createReport, type ReportParts } from './report.ts';
import { formatFailures, formatTable } from './table.ts';

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** pnpm runs this from its package's folder, and says where the user is. */
function userPath(file: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', file);
}

/** What is measured beside the table. */
type Extras = Pick<ReportParts, 'profiles' | 'hosts'> & { readonly results: Results; readonly lines: readonly string[]; readonly failures: readonly string[] };

async function measureHosts(plan: BenchmarkPlan, measure: Measure, { folder, isStopped, timeout }: { folder: string; isStopped: () => boolean; timeout: number }): Promise<Extras> {
  return withBrowser(folder, timeout, async (inChromium, version) => {
    const { chromium, comparison, node } = await compareHosts(plan, measure, inChromium, showProgress, isStopped);
    const lines = ['', `Chromium ${version}`, '', formatTable(chromium.rows, plan.engines), '', formatComparison(comparison)];
    return { results: node, profiles: [], hosts: comparison.ratios, lines, failures: formatFailures(chromium.rows).map((line) => `Chromium: ${line}`) };
  });
}

async function run(folder: string): Promise<void> {
  const options = parseOptions(process.argv);
  const { engines, notes } = await prepare(options, folder, showProgress);
  const { clock, rounds, scale, timeout, workloads } = options;
  const host = describeHost(engines);
  const plan = { workloads, engines, scale, rounds, clock, nativeFolder: folder };
  let stopped = false;
  const isStopped = (): boolean => stopped;
  process.once('SIGINT', () => (stopped = true));
  const bundle = await bundleMeasure(folder);
  const measure: Measure = (request) => measureInChild(request, bundle, timeout);
  const measureHere = async (): Promise<Extras> => {
    const results = await runBenchmarks(plan, measure, showProgress, isStopped);
    const profiles = options.profile && !stopped ? await runProfiles(plan, measure, showProgress) : [];
    return { results, profiles, lines: formatProfiles(profiles), failures: [] };
  };
  const { hosts = [], lines, profiles, results, ...more } = options.browser ? await measureHosts(plan, measure, { folder, isStopped, timeout }) : await measureHere();
  showProgress('');

  const versions = Object.entries(host.versions).map(([name, version]) => `${name} ${version}`).join(', ');
  console.log(`${host.cpu}, ${host.processors} processors, load ${host.loadAverage.toFixed(1)} at the start, ${versions}\nscale ${scale}, median of ${rounds} (least-greatest)${clock === 'cpu' ? ', processor time' : ''}\n\n${formatTable(results.rows, engines)}`);
  for (const line of [...notes, ...lines]) console.log(line);
  const failures = [...formatFailures(results.rows), ...more.failures];
  for (const failure of failures) console.error(failure);
  const report = createReport({ host, plan, notes, profiles, hosts, results });
  if (options.json !== undefined) await writeFile(userPath(options.json), `${JSON.stringify(report, null, 2)}\n`);
  if (options.html !== undefined) await writeFile(userPath(options.html), writeHtml(report));
  if (failures.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'ringzero-bench-'));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  showProgress('');
  // Commander has said what was wrong.
  if (!(error instanceof CommanderError)) console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
});
