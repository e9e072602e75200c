// pnpm bench: every workload on every engine.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { runBenchmarks } from './benchmark.ts';
import { describeHost } from './host.ts';
import { writeHtml } from './html/html.ts';
import { measureInChild } from './measure-in-child.ts';
import { parseOptions } from './options.ts';
import { prepare } from './prepare.ts';
import { formatProfiles, runProfiles } from './profile.ts';
import { createReport } from './report.ts';
import { formatFailures, formatTable } from './table.ts';

function showProgress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

/** pnpm runs this from its package's folder, and says where the user is. */
function userPath(file: string): string {
  return resolve(process.env['INIT_CWD'] ?? '.', file);
}

async function run(nativeFolder: string): Promise<void> {
  const options = parseOptions(process.argv);
  const { engines, notes } = await prepare(options, nativeFolder, showProgress);
  const { clock, rounds, scale, workloads } = options;
  const host = describeHost(engines);
  const plan = { workloads, engines, scale, rounds, clock, nativeFolder };
  let isStopped = false;
  process.once('SIGINT', () => (isStopped = true));
  const results = await runBenchmarks(plan, (request) => measureInChild(request, options.timeout), showProgress, () => isStopped);
  const profiles = options.profile && !isStopped ? await runProfiles(plan, (request, traceDeopts) => measureInChild(request, options.timeout, traceDeopts), showProgress) : [];
  showProgress('');

  const versions = Object.entries(host.versions).map(([name, version]) => `${name} ${version}`).join(', ');
  console.log(`${host.cpu}, ${host.processors} processors, load ${host.loadAverage.toFixed(1)} at the start, ${versions}\nscale ${scale}, median of ${rounds} (least-greatest)${clock === 'cpu' ? ', processor time' : ''}\n\n${formatTable(results.rows, engines)}`);
  for (const line of [...notes, ...formatProfiles(profiles)]) console.log(line);
  const failures = formatFailures(results.rows);
  for (const failure of failures) console.error(failure);
  const report = createReport({ host, plan, notes, profiles, results });
  if (options.json !== undefined) await writeFile(userPath(options.json), `${JSON.stringify(report, null, 2)}\n`);
  if (options.html !== undefined) await writeFile(userPath(options.html), writeHtml(report));
  if (failures.length > 0) process.exitCode = 1;
}

async function main(): Promise<void> {
  const nativeFolder = await mkdtemp(join(tmpdir(), 'ringzero-bench-'));
  try {
    await run(nativeFolder);
  } finally {
    await rm(nativeFolder, { recursive: true, force: true });
  }
}

await main().catch((error: unknown) => {
  showProgress('');
  // Commander has said what was wrong.
  if (!(error instanceof CommanderError)) console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
});
