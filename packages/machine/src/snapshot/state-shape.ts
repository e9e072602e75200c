import { MachineError } from '../errors.ts';

/** Words for what a value is. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function fail(at: string, expected: string, found: unknown): never {
  const text = typeof found === 'number' || typeof found === 'boolean' ? String(found) : typeof found === 'string' ? JSON.stringify(found.slice(0, 40)) : kindOf(found);
  throw new MachineError('invalid-state', `state of ${at}: expected ${expected}, found ${text}`);
}

/**
 * Whether a device's state, which may come from anywhere, looks like one that the device itself saved just now: where both have a
 * field it is of the same kind, and all numbers are finite. Fields may come and go with what the device does (a pending request),
 * and so may the entries of lists: what else is wrong shows when the device has been restored, by {@link requireSame}.
 *
 * Throws a `MachineError` that names the field.
 */
export function checkShape(own: unknown, found: unknown, at: string): void {
  if (own === null || own === undefined || found === null || found === undefined) return checkPlain(found, at);
  if (kindOf(own) !== kindOf(found)) fail(at, kindOf(own), found);
  if (typeof found === 'number') return checkNumber(found, at);
  if (typeof found !== 'object' || ArrayBuffer.isView(found)) return;
  if (Array.isArray(found)) return checkList(own as readonly unknown[], found, at);
  for (const [name, value] of Object.entries(found)) checkShape(Object.hasOwn(own, name) ? (own as Record<string, unknown>)[name] : undefined, value, `${at}.${name}`);
}

function checkList(own: readonly unknown[], found: readonly unknown[], at: string): void {
  for (const [i, entry] of found.entries()) {
    if (own.length === found.length) checkShape(own[i], entry, `${at}[${i}]`);
    else if (own.length > 0 && kindOf(own[0]) !== kindOf(entry)) fail(`${at}[${i}]`, kindOf(own[0]), entry);
    else checkPlain(entry, `${at}[${i}]`);
  }
}

/** Numbers beyond 2^53 are no integers any more, and no device has them. */
function checkNumber(value: number, at: string): void {
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) fail(at, 'a number of at most 2^53', value);
}

function checkPlain(value: unknown, at: string): void {
  if (typeof value === 'number') checkNumber(value, at);
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const [name, entry] of Object.entries(value)) checkPlain(entry, `${at}.${name}`);
}

/**
 * Whether a device that was restored says that it is in the very state it was given: it understood all of it, and missed nothing.
 * Throws a `MachineError` that names the first field that differs.
 */
export function requireSame(given: unknown, taken: unknown, at: string): void {
  if (given === taken || (given !== given && taken !== taken)) return;
  if (typeof given !== 'object' || typeof taken !== 'object' || given === null || taken === null || kindOf(given) !== kindOf(taken)) {
    throw new MachineError('invalid-state', `state of ${at}: ${textOf(given)}, of which the device makes ${textOf(taken)}`);
  }
  const [one, other] = [given, taken] as [Record<string, unknown>, Record<string, unknown>];
  for (const name of new Set([...Object.keys(one), ...Object.keys(other)])) {
    const place = `${at}.${name}`;
    // A field that the device has not been given is one of which it has nothing now, not even where that is allowed.
    if (!Object.hasOwn(one, name) && Object.hasOwn(other, name)) throw new MachineError('invalid-state', `state of ${place}: missing`);
    requireSame(one[name], other[name], place);
  }
}

function textOf(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
