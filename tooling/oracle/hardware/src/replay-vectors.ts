/** `pnpm vectors [--backend NAME] [--family NAME] [--case N] [--corpus FOLDER]`: replays the corpus and prints what differs. Status 1 if anything does. */
import { parseArgs } from 'node:util';
import { CORPUS, readFamily, readManifest } from './corpus/corpus.ts';
import { BACKENDS } from './replay/backends.ts';
import { replay } from './replay/replay.ts';
import { describeExceptions, describeMismatch } from './replay/report.ts';

const MOST_SHOWN = 20;
/** Exit status for arguments that make no sense. */
const STATUS_USAGE = 2;

function refuse(message: string): never {
  console.error(message);
  process.exit(STATUS_USAGE);
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { backend: { type: 'string' }, family: { type: 'string' }, case: { type: 'string' }, corpus: { type: 'string', default: CORPUS } },
});
const manifest = readManifest(values.corpus);
const backends = Object.entries(BACKENDS).filter(([name]) => values.backend === undefined || values.backend === name);
const families = Object.keys(manifest.families).filter((name) => values.family === undefined || values.family === name);
if (backends.length === 0) refuse(`--backend ${values.backend}: expected one of ${Object.keys(BACKENDS).join(', ')}`);
if (families.length === 0) refuse(`--family ${values.family}: expected one of ${Object.keys(manifest.families).join(', ')}`);
if (values.case !== undefined && values.family === undefined) refuse('--case counts within a family: expected --family too');

const { brand, vendor, family, model, stepping } = manifest.cpu;
console.log(`${manifest.cases} cases of ${brand} (${vendor} family ${family} model ${model} stepping ${stepping}), recorded ${manifest.recorded} under ${manifest.kernel}`);
const excused = new Map<string, number>();
let total = 0;
let wrong = 0;
for (const name of families) {
  const vectors = readFamily(name, values.corpus);
  const selection = values.case === undefined ? undefined : [Number(values.case)];
  if (selection !== undefined && vectors.cases[selection[0]] === undefined) refuse(`--case ${values.case}: family ${name} has ${vectors.cases.length}`);
  for (const [backend, create] of backends) {
    const started = performance.now();
    const result = await replay(create(), vectors, selection);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const compiled = backend === 'jit' ? `, ${result.blocksCompiled} blocks compiled` : '';
    console.log(`${name.padEnd(18)} ${backend.padEnd(12)} ${String(result.replayed).padStart(7)} cases, ${result.mismatches.length} mismatches, ${seconds} s${compiled}`);
    for (const mismatch of result.mismatches.slice(0, MOST_SHOWN)) console.log(`  ${describeMismatch(mismatch, vectors)}`);
    if (result.mismatches.length > MOST_SHOWN) console.log(`  and ${result.mismatches.length - MOST_SHOWN} more`);
    for (const [exception, count] of result.excused) excused.set(exception, (excused.get(exception) ?? 0) + count);
    total += result.replayed;
    wrong += result.mismatches.length;
  }
}
console.log(describeExceptions(excused));
console.log(`${total} replays on ${backends.map(([name]) => name).join(' and ')}: ${wrong} mismatches`);
process.exitCode = wrong === 0 ? 0 : 1;
