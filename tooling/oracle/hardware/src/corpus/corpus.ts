import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Vectors } from '../format/cases.ts';
import { decodeVectors, encodeVectors } from './codec.ts';

/** Changes with anything that makes old files unreadable, or a seed stand for something else. */
export const FORMAT_VERSION = 1;
/** Where the committed corpus is. */
export const CORPUS: string = fileURLToPath(new URL('../../corpus', import.meta.url));

/** Where a 64-bit recording goes. */
export const CORPUS_64: string = fileURLToPath(new URL('../../corpus-64', import.meta.url));

/** The processor that recorded a corpus. */
export interface HostCpu {
  readonly vendor: string;
  readonly family: number;
  readonly model: number;
  readonly stepping: number;
  readonly brand: string;
}

export interface FamilyEntry {
  readonly file: string;
  readonly codes: number;
  readonly cases: number;
  readonly bytes: number;
  readonly sha256: string;
}

/** What `manifest.json` says. */
export interface Manifest {
  readonly formatVersion: number;
  readonly bits: 32 | 64;
  readonly generator: { readonly seed: number; readonly scale: number };
  readonly recorded: string;
  readonly kernel: string;
  readonly cpu: HostCpu;
  readonly cases: number;
  readonly families: Readonly<Record<string, FamilyEntry>>;
  /** Cases that execute each form. */
  readonly forms: Readonly<Record<string, number>>;
}

/** A corpus that cannot be used. */
export class CorpusError extends Error {
  override readonly name = 'CorpusError';
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Splits vectors by the family of their code. */
export function byFamily({ codes, cases, outcomes }: Vectors): Map<string, Vectors> {
  const families = new Map<string, { codes: Vectors['codes'][number][]; cases: Vectors['cases'][number][]; outcomes: Vectors['outcomes'][number][] }>();
  const places = codes.map((code) => {
    let family = families.get(code.family);
    if (family === undefined) families.set(code.family, (family = { codes: [], cases: [], outcomes: [] }));
    return { family, index: family.codes.push(code) - 1 };
  });
  cases.forEach((item, at) => {
    const { family, index } = places[item.code];
    family.cases.push({ ...item, code: index });
    family.outcomes.push(outcomes[at]);
  });
  return families;
}

function countForms({ codes, cases }: Vectors): Record<string, number> {
  const counts = new Map<string, number>();
  for (const { code } of cases) for (const form of new Set(codes[code].forms)) counts.set(form, (counts.get(form) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Writes a corpus and its manifest to a folder, in place of what is there. */
export function writeCorpus(folder: string, vectors: Vectors, about: Omit<Manifest, 'formatVersion' | 'cases' | 'families' | 'forms'>, quality: number): Manifest {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const families: Record<string, FamilyEntry> = {};
  for (const [name, family] of [...byFamily(vectors)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = encodeVectors(family, quality);
    const file = `${name}.vectors`;
    writeFileSync(join(folder, file), bytes);
    families[name] = { file, codes: family.codes.length, cases: family.cases.length, bytes: bytes.length, sha256: digest(bytes) };
  }
  const manifest: Manifest = { formatVersion: FORMAT_VERSION, ...about, cases: vectors.cases.length, families, forms: countForms(vectors) };
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return manifest;
}

export function readManifest(folder: string = CORPUS): Manifest {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) throw new CorpusError(`${path} is missing: record a corpus with pnpm vectors:record`);
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  if (manifest.formatVersion !== FORMAT_VERSION) throw new CorpusError(`${path}: format version ${manifest.formatVersion}, expected ${FORMAT_VERSION}`);
  return manifest;
}

/** Reads a family after checking its digest. */
export function readFamily(name: string, folder: string = CORPUS): Vectors {
  const { families } = readManifest(folder);
  const entry = families[name];
  if (entry === undefined) throw new CorpusError(`family ${name}: the corpus has ${Object.keys(families).join(', ')}`);
  const bytes = readFileSync(join(folder, entry.file));
  const actual = digest(bytes);
  if (actual !== entry.sha256) throw new CorpusError(`${entry.file}: sha256 ${actual}, expected ${entry.sha256}`);
  return decodeVectors(bytes, name);
}
