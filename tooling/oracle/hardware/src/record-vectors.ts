/**
 * `pnpm vectors:record [--seed N] [--scale X] [--bits 32|64] [--out FOLDER] [--quality Q]`: generates cases, executes them on this host's
 * processor, and writes the corpus. Needs Linux on x86-64 and gcc with -m32.
 */
import { release } from 'node:os';
import { parseArgs } from 'node:util';
import { CORPUS, writeCorpus } from './corpus/corpus.ts';
import { generate } from './generate/generate.ts';
import { Executor, ExecutorError, type Bits } from './record/executor.ts';
import { hostCpu } from './record/host-cpu.ts';
import { record } from './record/record.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    bits: { type: 'string', default: '32' },
    out: { type: 'string', default: CORPUS },
    quality: { type: 'string', default: '11' },
  },
});

function build(bits: Bits): Executor | undefined {
  try {
    return Executor.build(bits);
  } catch (error) {
    if (!(error instanceof ExecutorError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    return undefined;
  }
}

const bits: Bits = values.bits === '64' ? 64 : 32;
const executor = build(bits);
if (executor !== undefined) {
  const generator = { seed: Number(values.seed), scale: Number(values.scale) };
  const { codes, cases } = generate(generator);
  console.log(`${codes.length} codes, ${cases.length} cases`);
  const outcomes = record(executor, codes, cases);
  executor.close();
  const about = { bits, generator, recorded: new Date().toISOString().slice(0, 10), kernel: `Linux ${release()}`, cpu: hostCpu() };
  const manifest = writeCorpus(values.out, { codes, cases, outcomes }, about, Number(values.quality));
  const bytes = Object.values(manifest.families).reduce((sum, family) => sum + family.bytes, 0);
  console.log(`${values.out}: ${manifest.cases} cases in ${bytes} bytes`);
}
