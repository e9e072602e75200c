import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { backendName, loadBackend } from '../backends.ts';
import { loadConfig } from '../config/config-file.ts';
import { EXIT_FAILURE, EXIT_OK } from '../exit-status.ts';
import { readFileOrFail } from '../read-file.ts';
import { readMoo } from '../single-step/moo.ts';
import { RECORDED_ON } from '../single-step/recorded-on.ts';
import { SingleStepMachine } from '../single-step/single-step-machine.ts';
import { parseNumber } from '../config/parse.ts';
import { UsageError } from '../usage-error.ts';

/** Options of `ringzero single-step`. */
export interface SingleStepOptions {
  readonly backend?: string;
  readonly cpu?: string;
  readonly show: string;
  readonly revoked?: string;
  readonly config?: string;
}

const GZIP = 0x1f8b;
const DEFAULT_CPU = '486';

/** Runs files of SingleStepTests (80386 or 80286, real mode): a line per file, then differences, which make the status 1. */
export async function singleStep(files: readonly string[], options: SingleStepOptions): Promise<number> {
  const settings = await loadConfig(options.config);
  const show = parseNumber('number of differences to show', options.show, 1_000_000);
  const revoked = await readRevoked(options.revoked);
  const machine = new SingleStepMachine(await loadBackend(backendName(options.backend, settings), settings.backendOptions), options.cpu ?? DEFAULT_CPU);
  let [total, failed, failedFiles] = [0, 0, 0];
  const skipped = new Map<string, number>();
  for (const file of files) {
    const { cpu, tests } = readMoo(file, await readMaybeGzipped(file));
    const recordedOn = RECORDED_ON[cpu];
    if (recordedOn === undefined) throw new UsageError(`${file}: tests of a ${cpu}: only those of an 80386 (386E) or an 80286 (C286) can be run`);
    let [count, different] = [0, 0];
    const shown: string[] = [];
    for (const test of tests) {
      const reason = revoked.has(test.hash) ? 'revoked' : recordedOn.incomparable(test);
      if (reason !== undefined) {
        skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
        continue;
      }
      count++;
      const differences = await machine.run(test, recordedOn);
      if (differences.length === 0) continue;
      if (different++ < show) shown.push(`  ${test.index} ${test.name}: ${differences.join('; ')}`);
    }
    process.stdout.write(`${file}: ${cpu}, ${count} tests, ${different} differ\n${shown.map((line) => `${line}\n`).join('')}`);
    total += count;
    failed += different;
    if (different > 0) failedFiles++;
  }
  const skips = [...skipped].map(([reason, count]) => `${count} ${reason}`).join(', ');
  process.stdout.write(`${total} tests in ${files.length} files, ${failed} differ${failed === 0 ? '' : ` in ${failedFiles} files`}${skips === '' ? '' : `; skipped: ${skips}`}\n`);
  return failed === 0 ? EXIT_OK : EXIT_FAILURE;
}

async function readMaybeGzipped(file: string): Promise<Uint8Array> {
  const raw = new Uint8Array(await readFileOrFail('file', file));
  return ((raw[0] ?? 0) << 8) + (raw[1] ?? 0) === GZIP ? new Uint8Array(await promisify(gunzip)(raw)) : raw;
}

/** Hashes of a suite's revocation list: one per line, among comments. */
async function readRevoked(file: string | undefined): Promise<ReadonlySet<string>> {
  if (file === undefined) return new Set();
  const lines = (await readFileOrFail('list of revoked tests', file)).toString('latin1').split('\n');
  return new Set(lines.map((line) => line.trim().toLowerCase()).filter((line) => /^[0-9a-f]{40}$/.test(line)));
}
