import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { backendName, loadBackend } from '../backends.ts';
import { loadConfig } from '../config/config-file.ts';
import { EXIT_FAILURE, EXIT_OK } from '../exit-status.ts';
import { readFileOrFail } from '../read-file.ts';
import { readMoo } from '../single-step/moo.ts';
import { SingleStepMachine } from '../single-step/single-step-machine.ts';
import { parseNumber } from '../config/parse.ts';

/** Options of `ringzero single-step`. */
export interface SingleStepOptions {
  readonly backend?: string;
  readonly cpu?: string;
  readonly show: string;
  readonly config?: string;
}

const GZIP = 0x1f8b;
const DEFAULT_CPU = '486';

/** Runs files of SingleStepTests (80386, real mode): a line per file, then differences; status 1 if there was any. */
export async function singleStep(files: readonly string[], options: SingleStepOptions): Promise<number> {
  const settings = await loadConfig(options.config);
  const show = parseNumber('number of differences to show', options.show, 1_000_000);
  const machine = new SingleStepMachine(await loadBackend(backendName(options.backend, settings), settings.backendOptions), options.cpu ?? DEFAULT_CPU);
  let [total, failed] = [0, 0];
  for (const file of files) {
    const raw = new Uint8Array(await readFileOrFail('file', file));
    const bytes = ((raw[0] ?? 0) << 8) + (raw[1] ?? 0) === GZIP ? new Uint8Array(await promisify(gunzip)(raw)) : raw;
    const { cpu, tests } = readMoo(file, bytes);
    let [count, different] = [0, 0];
    const shown: string[] = [];
    for (const test of tests) {
      count++;
      const differences = await machine.run(test);
      if (differences.length === 0) continue;
      if (different++ < show) shown.push(`  ${test.index} ${test.name}: ${differences.join('; ')}`);
    }
    process.stdout.write(`${file}: ${cpu}, ${count} tests, ${different} differ\n${shown.map((line) => `${line}\n`).join('')}`);
    total += count;
    failed += different;
  }
  process.stdout.write(`${total} tests in ${files.length} files, ${failed} differ\n`);
  return failed === 0 ? EXIT_OK : EXIT_FAILURE;
}
