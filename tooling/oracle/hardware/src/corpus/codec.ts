import type { Case, Code, MemoryChange, Outcome, Override, Patch, Vectors } from '../format/cases.ts';
import { PROFILES } from '../format/initial-state.ts';
import { EFLAGS, EIP, FX_ST, FX_XMM, SEGMENT_SET_NAMES } from '../format/layout.ts';
import { entryOf } from '../format/start.ts';
import { packStreams, StreamReader, StreamWriter, unpackStreams } from './streams.ts';

/*
 * A family of vectors as columns. Codes: where, what, for what. Cases: code, seed, overrides, patches. Outcomes: vector, error code, CR2,
 * the list of lanes that changed, their values by kind of lane, changed memory. What follows from the rest is left out: EIP behind the
 * INT3 that a code ends with, and EIP unchanged where it faults.
 */
// prettier-ignore
const COLUMNS = [
  'names', 'places', 'bytes', 'kinds', 'caseCodes', 'seeds', 'overrideLanes', 'overrideValues', 'patchPlaces', 'patchBytes',
  'vectors', 'errors', 'addresses', 'lanes', 'flags', 'targets', 'general', 'control', 'st', 'xmm', 'memoryPlaces', 'memoryValues',
] as const;
type Column = (typeof COLUMNS)[number];
const VECTOR_BREAKPOINT = 3;
const VECTOR_PAGE_FAULT = 14;

/** Column for the values of a lane. */
function columnOf(lane: number): Column {
  if (lane === EFLAGS) return 'flags';
  if (lane === EIP) return 'targets';
  return lane < EIP ? 'general' : lane < FX_ST ? 'control' : lane < FX_XMM ? 'st' : 'xmm';
}

/** EIP behind a code's INT3. */
function endOf(code: Code): number {
  return entryOf(code) + code.bytes.length;
}

function writeCodes(columns: Readonly<Record<Column, StreamWriter>>, codes: readonly Code[]): void {
  const names = [...new Set(codes.flatMap(({ forms }) => forms))].sort();
  const ids = new Map(names.map((name, index) => [name, index]));
  columns.names.bytes(Buffer.from(names.join(' ')));
  let previous = 0;
  columns.places.number(codes.length);
  for (const { offset, bytes, forms, profile, segments } of codes) {
    columns.places.signed(offset - previous);
    previous = offset + bytes.length;
    columns.kinds.byte(bytes.length);
    columns.kinds.byte(PROFILES.indexOf(profile) | (SEGMENT_SET_NAMES.indexOf(segments) << 4));
    columns.kinds.byte(forms.length);
    for (const form of forms) columns.kinds.number(ids.get(form) ?? 0);
    columns.bytes.bytes(bytes);
  }
}

function readCodes(columns: Readonly<Record<Column, StreamReader>>, names: readonly string[], family: string): Code[] {
  let previous = 0;
  return Array.from({ length: columns.places.number() }, () => {
    const offset = previous + columns.places.signed();
    const length = columns.kinds.byte();
    const kind = columns.kinds.byte();
    const forms = Array.from({ length: columns.kinds.byte() }, () => names[columns.kinds.number()]);
    previous = offset + length;
    return { offset, bytes: columns.bytes.bytes(length), forms, family, profile: PROFILES[kind & 15], segments: SEGMENT_SET_NAMES[kind >> 4] };
  });
}

function writeCase(columns: Readonly<Record<Column, StreamWriter>>, item: Case): void {
  columns.overrideLanes.byte(item.overrides.length);
  for (const { lane, value } of item.overrides) {
    columns.overrideLanes.byte(lane);
    columns.overrideValues.word(value);
  }
  columns.patchPlaces.number(item.patches.length);
  for (const { offset, bytes } of item.patches) {
    columns.patchPlaces.number(offset);
    columns.patchPlaces.number(bytes.length);
    columns.patchBytes.bytes(bytes);
  }
}

function readOverrides(lanes: StreamReader, values: StreamReader): Override[] {
  return Array.from({ length: lanes.byte() }, () => ({ lane: lanes.byte(), value: values.word() }));
}

function readPatches(places: StreamReader, data: StreamReader): Patch[] {
  return Array.from({ length: places.number() }, () => ({ offset: places.number(), bytes: data.bytes(places.number()) }));
}

function writeOutcome(columns: Readonly<Record<Column, StreamWriter>>, code: Code, { vector, errorCode, cr2, lanes, memory }: Outcome): void {
  columns.vectors.byte(vector);
  columns.errors.number(errorCode);
  if (vector === VECTOR_PAGE_FAULT) columns.addresses.word(cr2);
  const end = endOf(code);
  const listed = lanes.filter(({ lane, value }) => lane !== EIP || vector !== VECTOR_BREAKPOINT || value !== end);
  // A branch to the INT3 before the code ends where it began.
  if (vector === VECTOR_BREAKPOINT && !lanes.some(({ lane }) => lane === EIP)) listed.push({ lane: EIP, value: entryOf(code) });
  columns.lanes.byte(listed.length);
  for (const { lane, value } of listed) {
    columns.lanes.byte(lane);
    const column = columns[columnOf(lane)];
    if (lane === EFLAGS) column.number(value);
    else if (lane === EIP) column.signed(value - end);
    else column.word(value);
  }
  columns.memoryPlaces.number(memory.length);
  let previous = 0;
  for (const { offset, value } of memory) {
    columns.memoryPlaces.number((offset - previous) >> 2);
    previous = offset;
    columns.memoryValues.word(value);
  }
}

function readOutcome(columns: Readonly<Record<Column, StreamReader>>, code: Code): Outcome {
  const vector = columns.vectors.byte();
  const errorCode = columns.errors.number();
  const cr2 = vector === VECTOR_PAGE_FAULT ? columns.addresses.word() : 0;
  const end = endOf(code);
  const lanes: Override[] = [];
  let hasTarget = vector !== VECTOR_BREAKPOINT;
  for (let count = columns.lanes.byte(); count > 0; count--) {
    const lane = columns.lanes.byte();
    const column = columns[columnOf(lane)];
    if (lane === EIP) hasTarget = true;
    lanes.push({ lane, value: lane === EFLAGS ? column.number() : lane === EIP ? (column.signed() + end) | 0 : column.word() });
  }
  if (!hasTarget) lanes.push({ lane: EIP, value: end });
  let offset = 0;
  const memory: MemoryChange[] = [];
  for (let count = columns.memoryPlaces.number(); count > 0; count--) {
    offset += columns.memoryPlaces.number() << 2;
    memory.push({ offset, value: columns.memoryValues.word() });
  }
  return { vector, errorCode, cr2, lanes, memory };
}

/** Encodes a family. `quality` is brotli's, 0 to 11. */
export function encodeVectors({ codes, cases, outcomes }: Vectors, quality: number): Uint8Array {
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, new StreamWriter()])) as Record<Column, StreamWriter>;
  writeCodes(columns, codes);
  let previousCode = 0;
  let previousSeed = 0;
  columns.caseCodes.number(cases.length);
  cases.forEach((item, index) => {
    columns.caseCodes.signed(item.code - previousCode);
    columns.seeds.signed(item.seed - previousSeed);
    previousCode = item.code;
    previousSeed = item.seed;
    writeCase(columns, item);
    writeOutcome(columns, codes[item.code], outcomes[index]);
  });
  return packStreams(COLUMNS.map((name) => columns[name].take()), quality);
}

/** Decodes a family. */
export function decodeVectors(file: Uint8Array, family: string): Vectors {
  const streams = unpackStreams(file);
  if (streams.length !== COLUMNS.length) throw new RangeError(`family ${family} has ${streams.length} columns, expected ${COLUMNS.length}`);
  const columns = Object.fromEntries(COLUMNS.map((name, index) => [name, new StreamReader(streams[index])])) as Record<Column, StreamReader>;
  const codes = readCodes(columns, Buffer.from(streams[0]).toString().split(' '), family);
  const cases: Case[] = [];
  const outcomes: Outcome[] = [];
  let code = 0;
  let seed = 0;
  for (let count = columns.caseCodes.number(); count > 0; count--) {
    code += columns.caseCodes.signed();
    seed += columns.seeds.signed();
    cases.push({ code, seed, overrides: readOverrides(columns.overrideLanes, columns.overrideValues), patches: readPatches(columns.patchPlaces, columns.patchBytes) });
    outcomes.push(readOutcome(columns, codes[code]));
  }
  return { codes, cases, outcomes };
}
