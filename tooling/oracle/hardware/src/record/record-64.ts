import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packStreams, StreamWriter } from '../corpus/streams.ts';
import type { Case, Code } from '../format/cases.ts';
import { codeArea } from '../format/start.ts';
import { buildBatch64, meansTheSame, readResults64, type Outcome64 } from './batch-64.ts';
import type { Executor } from './executor.ts';

const BATCH = 20_000;

/** A 64-bit recording: the cases that mean the same in both modes, and how each ended. */
export interface Recording64 {
  readonly codes: readonly Code[];
  readonly cases: readonly Case[];
  readonly outcomes: readonly Outcome64[];
}

/** Executes as 64-bit code what of the cases can be. */
export function record64(executor: Executor, codes: readonly Code[], cases: readonly Case[]): Recording64 {
  const usable = codes.map(meansTheSame);
  const chosen = cases.filter(({ code, patches }) => usable[code] && patches.length === 0);
  const area = codeArea(codes);
  const outcomes: Outcome64[] = [];
  for (let at = 0; at < chosen.length; at += BATCH) {
    const batch = chosen.slice(at, at + BATCH);
    for (const outcome of readResults64(codes, batch, executor.run(buildBatch64(codes, area, batch)))) outcomes.push(outcome);
  }
  return { codes, cases: chosen, outcomes };
}

/** Writes a recording to a folder, as columns: indices of cases by code and seed, overrides, outcomes. Nothing reads it yet. */
export function writeRecording64(folder: string, { codes, cases, outcomes }: Recording64, about: object, quality: number): number {
  const [places, bytes, starts, ends, values] = Array.from({ length: 5 }, () => new StreamWriter());
  const used = [...new Set(cases.map(({ code }) => code))];
  const numbers = new Map(used.map((code, index) => [code, index]));
  for (const index of used) {
    places.number(codes[index].offset);
    places.number(codes[index].bytes.length);
    bytes.bytes(codes[index].bytes);
  }
  cases.forEach((item, index) => {
    const { vector, errorCode, cr2, words, memory } = outcomes[index];
    starts.number(numbers.get(item.code) ?? 0);
    starts.number(item.seed);
    starts.number(item.overrides.length);
    for (const { lane, value } of item.overrides) {
      starts.number(lane);
      starts.word(value);
    }
    for (const number of [vector, errorCode, cr2, words.length, ...words.map(([word]) => word), memory.length, ...memory.map(([offset]) => offset)]) ends.number(number);
    for (const [, value] of [...words, ...memory]) values.word(value);
  });
  const file = packStreams([places, bytes, starts, ends, values].map((stream) => stream.take()), quality);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'cases-64.vectors'), file);
  const sha256 = createHash('sha256').update(file).digest('hex');
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify({ ...about, cases: cases.length, codes: used.length, bytes: file.length, sha256 }, null, 2)}\n`);
  return file.length;
}
