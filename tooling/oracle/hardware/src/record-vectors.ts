/**
 * `pnpm vectors:record [--seed N] [--scale X] [--bits 32|64] [--out FOLDER] [--quality Q]`: generates cases, executes them on this host's
 * processor, and writes the corpus. Needs Linux on x86-64 and gcc with -m32.
 */
import { release } from 'node:os';
import { parseArgs } from 'node:util';
import { CORPUS, CORPUS_64, writeCorpus } from './corpus/corpus.ts';
import { generate } from './generate/generate.ts';
import { Executor, ExecutorError, type Bits } from './record/executor.ts';
import { hostCpu } from './record/host-cpu.ts';
import { record } from './record/record.ts';
import { record64, writeRecording64 } from './record/record-64.ts';
import type { Case, Code } from './format/cases.ts';

const { values } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    seed: { type: 'string', default: '1' },
    scale: { type: 'string', default: '1' },
    bits: { type: 'string', default: '32' },
    out: { type: 'string' },
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
const out = values.out ?? (bits === 64 ? CORPUS_64 : CORPUS);
const executor = build(bits);
if (executor !== undefined) {
  const generator = { seed: Number(values.seed), scale: Number(values.scale) };
  const { codes, cases } = generate(generator);
  console.log(`${codes.length} codes, ${cases.length} cases`);
  const about = { bits, generator, recorded: new Date().toISOString().slice(0, 10), kernel: `Linux ${release()}`, cpu: hostCpu() };
  if (bits === 64) {
    const recording = record64(executor, codes, cases);
    const bytes = writeRecording64(out, recording, about, Number(values.quality));
    console.log(`${out}: ${recording.cases.length} cases of 64-bit code in ${bytes} bytes`);
  } else recordCorpus(executor, codes, cases, about);
  executor.close();
}

function recordCorpus(recorder: Executor, codes: readonly Code[], cases: readonly Case[], about: Parameters<typeof writeCorpus>[2]): void {
  const outcomes = record(recorder, codes, cases);
  const manifest = writeCorpus(out, { codes, cases, outcomes }, about, Number(values.quality));
  const bytes = Object.values(manifest.families).reduce((sum, family) => sum + family.bytes, 0);
  console.log(`${out}: ${manifest.cases} cases in ${bytes} bytes`);
}
