import { validateMachineConfig, type DeviceConfig, type MachineConfig } from '../config.ts';
import { MachineError } from '../errors.ts';
import { MAX_BLOCK_BYTES } from './format.ts';

/** Names one saved state, for increments that build on it. */
export interface StateIdentity {
  /** 32 random hexadecimal digits. */
  readonly id: string;
  /** The file's checksum: eight hexadecimal digits. */
  readonly checksum: string;
}

/**
 * A medium whose changed blocks are in the file, or that keeps what is written by itself (`blocks` 0, `blockBytes` 0). Of an
 * increment the blocks may be those alone that were written since its base, from which the others come.
 */
export interface SavedMedium {
  readonly name: string;
  readonly byteLength: number;
  readonly blockBytes: number;
  readonly blocks: number;
  readonly isIncrement?: boolean;
}

/** A part of the file. Its name is `machine`, `memory`, or `medium:` and a medium's name; its size is before compression. */
export interface StateSection {
  readonly name: string;
  readonly bytes: number;
}

/** What a file says of itself in readable JSON. */
export interface StateHeader {
  readonly format: 'Ringzero saved state';
  readonly version: number;
  /** What wrote it. */
  readonly writer: string;
  readonly id: string;
  /** When, as ISO 8601; left out where nobody asked for it to be noted. */
  readonly date?: string;
  /** The state that this one is an increment of. */
  readonly base?: StateIdentity;
  readonly config: MachineConfig;
  /** The machine's time in nanoseconds. */
  readonly now: number;
  /** The version of each device's state, by the device's name. */
  readonly devices: Readonly<Record<string, number>>;
  readonly media: readonly SavedMedium[];
  /** Pages of memory in the file. */
  readonly pages: number;
  readonly sections: readonly StateSection[];
  /** What an application noted: the guest's name, say. */
  readonly notes?: Readonly<Record<string, unknown>>;
}

/** Size and checksum of a section as it is stored. */
export interface IndexedSection {
  readonly name: string;
  readonly chunks: number;
  readonly bytes: number;
  readonly storedBytes: number;
  /** CRC-32 of the heads of its chunks. */
  readonly checksum: string;
}

/** The end of a file. */
export interface StateIndex {
  /** CRC-32 of all bytes before the first chunk. */
  readonly header: string;
  readonly sections: readonly IndexedSection[];
}

/** Every field of a configuration: a new one does not compile before it is here. */
const CONFIG_FIELDS: Readonly<Record<keyof MachineConfig, (value: unknown) => boolean>> = {
  memoryBytes: isCount,
  clock: isText,
  processors: isCount,
  cpu: isText,
  startDate: (value) => typeof value === 'number',
  debugExitPort: isCount,
  testDevice: (value) => typeof value === 'boolean',
  hpet: (value) => typeof value === 'boolean',
  logPorts: (value) => Array.isArray(value) && value.length <= 0x1_0000 && value.every(isCount),
  onReset: isText,
  haltExit: (value) => typeof value === 'boolean',
  bootOrder: (value) => Array.isArray(value) && value.length <= 16 && value.every(isText),
  bootMenuWait: isCount,
  devices: (value) => Array.isArray(value) && value.length <= 256 && value.every(isRecord),
};
const MOST_MEDIA = 256;

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 1000;
}
function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
function isHex(value: unknown, digits: number): value is string {
  return typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value);
}

function fail(field: string, value: unknown, expected: string): never {
  const text = JSON.stringify(value) ?? 'nothing';
  throw new MachineError('invalid-state', `header of the saved state: ${field} is ${text.length > 80 ? `${text.slice(0, 80)}…` : text}, expected ${expected}`);
}

function parseConfig(json: unknown): MachineConfig {
  if (!isRecord(json)) fail('config', json, 'an object');
  for (const [name, value] of Object.entries(json)) {
    if (!Object.hasOwn(CONFIG_FIELDS, name)) fail(`config.${name}`, value, 'no such field');
    if (!CONFIG_FIELDS[name as keyof MachineConfig](value)) fail(`config.${name}`, value, 'a value of the configuration');
  }
  const config = json as unknown as MachineConfig & { readonly devices?: readonly DeviceConfig[] };
  validateMachineConfig(config);
  return config;
}

function parseMedium(json: unknown): SavedMedium {
  if (!isRecord(json) || !isText(json['name'])) return fail('media', json, 'a name');
  const { name, byteLength, blockBytes, blocks, isIncrement } = json;
  if (!isCount(byteLength)) return fail(`byteLength of medium ${name}`, byteLength, 'a size');
  if (!isCount(blockBytes) || blockBytes > MAX_BLOCK_BYTES) return fail(`blockBytes of medium ${name}`, blockBytes, 'a size of up to 1 MB');
  const most = blockBytes === 0 ? 0 : Math.ceil(byteLength / blockBytes);
  if (!isCount(blocks) || blocks > most) return fail(`blocks of medium ${name}`, blocks, `${most} at most`);
  if (isIncrement !== undefined && typeof isIncrement !== 'boolean') return fail(`isIncrement of medium ${name}`, isIncrement, 'true or false');
  return { name, byteLength, blockBytes, blocks, ...(isIncrement === true ? { isIncrement } : {}) };
}

function parseSection(json: unknown): StateSection {
  if (!isRecord(json) || !isText(json['name']) || !isCount(json['bytes'])) return fail('sections', json, 'a name and a size');
  return { name: json['name'], bytes: json['bytes'] };
}

export function mediumSection(name: string): string {
  return `medium:${name}`;
}

/** The sections of a file, in their order, from what else the header says. */
export function sectionNames(media: readonly SavedMedium[]): string[] {
  return ['machine', 'memory', ...media.filter((medium) => medium.blocks > 0).map((medium) => mediumSection(medium.name))];
}

/** Checks what a file's header says; the version is checked before. Throws a `MachineError` that names the field. */
export function parseHeader(json: unknown): StateHeader {
  if (!isRecord(json)) return fail('all of it', json, 'an object');
  const { format, version, writer, id, date, base, config, now, devices, media, pages, sections, notes } = json;
  if (format !== 'Ringzero saved state') return fail('format', format, '"Ringzero saved state"');
  if (!isCount(version)) return fail('version', version, 'a number');
  if (!isText(writer)) return fail('writer', writer, 'a text');
  if (!isHex(id, 32)) return fail('id', id, '32 hexadecimal digits');
  if (date !== undefined && !isText(date)) return fail('date', date, 'a text');
  if (base !== undefined && !(isRecord(base) && isHex(base['id'], 32) && isHex(base['checksum'], 8))) return fail('base', base, 'an id and a checksum');
  if (typeof now !== 'number' || now < 0 || now > Number.MAX_SAFE_INTEGER) return fail('now', now, 'nanoseconds');
  if (!isRecord(devices) || !Object.values(devices).every(isCount)) return fail('devices', devices, 'a version for each');
  if (!Array.isArray(media) || media.length > MOST_MEDIA) return fail('media', media, `a list of up to ${MOST_MEDIA}`);
  const parsedMedia = media.map(parseMedium);
  const names = parsedMedia.map((medium) => medium.name);
  if (base === undefined && parsedMedia.some((medium) => medium.isIncrement)) return fail('media', names, 'whole ones in a whole state');
  if (new Set(names).size !== names.length) return fail('media', names, 'each name once');
  if (!isCount(pages)) return fail('pages', pages, 'a number');
  if (!Array.isArray(sections)) return fail('sections', sections, 'a list');
  const parsedSections = sections.map(parseSection);
  const expected = sectionNames(parsedMedia);
  if (expected.join() !== parsedSections.map((section) => section.name).join()) return fail('sections', parsedSections.map((section) => section.name), expected.join(', '));
  if (notes !== undefined && !isRecord(notes)) return fail('notes', notes, 'an object');
  return {
    format,
    version,
    writer,
    id,
    config: parseConfig(config),
    now,
    devices: devices as Readonly<Record<string, number>>,
    media: parsedMedia,
    pages,
    sections: parsedSections,
    ...(date === undefined ? {} : { date }),
    ...(base === undefined ? {} : { base: { id: base['id'] as string, checksum: base['checksum'] as string } }),
    ...(notes === undefined ? {} : { notes }),
  };
}

/** Checks the end of a file against what was read of it. */
export function checkIndex(json: unknown, seen: StateIndex): void {
  const same = isRecord(json) && json['header'] === seen.header && JSON.stringify(json['sections']) === JSON.stringify(seen.sections);
  if (!same) throw new MachineError('invalid-state', `index of the saved state: ${JSON.stringify(json)?.slice(0, 200) ?? 'nothing'} is not what the file holds, ${JSON.stringify(seen).slice(0, 200)}`);
}
