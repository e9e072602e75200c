import { RingzeroError } from '@ringzero/processor';
import type { DeviceOptions } from '../bus/slot.ts';

/** A drive of the configuration, with its place. */
export interface DriveOptions {
  readonly channel: 0 | 1;
  readonly unit: 0 | 1;
  readonly kind: 'disk' | 'cd';
  /** Name of its medium; a CD drive may be empty. */
  readonly medium: string | undefined;
  readonly model: string;
  readonly serial: string;
}

const PLACES = [[0, 0], [0, 1], [1, 0], [1, 1]] as const;
const FIELDS = ['channel', 'unit', 'kind', 'medium', 'model', 'serial'];
const MODEL_CHARACTERS = 40;
const SERIAL_CHARACTERS = 20;

function fail(what: string, value: unknown, expected: string): never {
  throw new RingzeroError('device-options', `ide: ${what} ${typeof value === 'string' ? JSON.stringify(value) : String(value)}: expected ${expected}`);
}

function bit(what: string, value: unknown): 0 | 1 | undefined {
  if (value === undefined || value === 0 || value === 1) return value;
  return fail(what, value, '0 or 1');
}

function text(what: string, value: unknown, most: number, otherwise: string): string {
  if (value === undefined) return otherwise;
  if (typeof value === 'string' && /^[ -~]+$/.test(value) && value.length <= most) return value;
  return fail(what, value, `1 to ${most} characters of ASCII`);
}

function mediumOf(what: string, value: unknown, kind: 'disk' | 'cd'): string | undefined {
  if (typeof value === 'string' || (value === undefined && kind === 'cd')) return value;
  return fail(`${what}.medium`, value, 'the name of a medium');
}

interface Wish {
  readonly channel: 0 | 1 | undefined;
  readonly unit: 0 | 1 | undefined;
  readonly drive: Omit<DriveOptions, 'channel' | 'unit'>;
}

function parseDrive(disk: unknown, i: number): Wish {
  const what = `disks[${i}]`;
  if (typeof disk !== 'object' || disk === null) return fail(what, disk, 'an object');
  const fields = disk as Record<string, unknown>;
  for (const key of Object.keys(fields)) if (!FIELDS.includes(key)) fail(`${what}: field`, key, `one of ${FIELDS.join(', ')}`);
  const { kind } = fields;
  if (kind !== 'disk' && kind !== 'cd') return fail(`${what}.kind`, kind, 'disk or cd');
  return {
    channel: bit(`${what}.channel`, fields['channel']),
    unit: bit(`${what}.unit`, fields['unit']),
    drive: {
      kind,
      medium: mediumOf(what, fields['medium'], kind),
      model: text(`${what}.model`, fields['model'], MODEL_CHARACTERS, kind === 'cd' ? 'RINGZERO CD-ROM' : 'RINGZERO DISK'),
      serial: text(`${what}.serial`, fields['serial'], SERIAL_CHARACTERS, `RZ${String(i + 1).padStart(6, '0')}`),
    },
  };
}

/**
 * The drives that the option `disks` describes. Those that name their whole place get it; the others, in their order, the first free one
 * that fits.
 * @throws RingzeroError `device-options`.
 */
export function parseIdeOptions(options: DeviceOptions): readonly DriveOptions[] {
  for (const key of Object.keys(options)) if (key !== 'disks') fail('option', key, 'disks');
  const { disks = [] } = options;
  if (!Array.isArray(disks)) return fail('disks', disks, 'a list');
  const wishes = (disks as unknown[]).map(parseDrive);
  const free = PLACES.map(([channel, unit]) => ({ channel, unit }));
  const placed: DriveOptions[] = [];
  const isWhole = ({ channel, unit }: Wish): boolean => channel !== undefined && unit !== undefined;
  for (const wish of [...wishes.filter(isWhole), ...wishes.filter((one) => !isWhole(one))]) {
    const i = free.findIndex(({ channel, unit }) => (wish.channel ?? channel) === channel && (wish.unit ?? unit) === unit);
    const name = `disks[${wishes.indexOf(wish)}]`;
    if (i < 0) return fail(name, `channel ${wish.channel ?? 'any'}, unit ${wish.unit ?? 'any'}`, 'a free place on channels 0 and 1, units 0 and 1');
    placed.push({ ...free.splice(i, 1)[0]!, ...wish.drive });
  }
  return placed;
}
