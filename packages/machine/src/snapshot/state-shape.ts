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

function namesOf(value: object): string[] {
  return Object.keys(value).filter((name) => (value as Record<string, unknown>)[name] !== undefined);
}

/**
 * Whether a device's state, which may come from anywhere, has the form of one that the device itself saved just now: the same
 * fields with the same kinds of values, and finite numbers. Where there is nothing at present, or in the state, the device's own
 * `restore` judges; and the entries of a list are those of the device's own when they are as many, else of its first one's kind.
 *
 * Throws a `MachineError` that names the field.
 */
export function checkShape(own: unknown, found: unknown, at: string): void {
  if (own === null || own === undefined || found === null || found === undefined) return checkPlain(found, at);
  if (kindOf(own) !== kindOf(found)) fail(at, kindOf(own), found);
  if (typeof found === 'number') return checkNumber(found, at);
  if (typeof found !== 'object' || ArrayBuffer.isView(found)) return;
  if (Array.isArray(found)) return checkList(own as readonly unknown[], found, at);
  const names = namesOf(own);
  for (const name of names) {
    if (!Object.hasOwn(found, name)) fail(at, `a field ${name}`, undefined);
    checkShape((own as Record<string, unknown>)[name], (found as Record<string, unknown>)[name], `${at}.${name}`);
  }
  const unknown = namesOf(found).find((name) => !names.includes(name));
  if (unknown !== undefined) fail(`${at}.${unknown}`, `no such field; the device has ${names.join(', ')}`, (found as Record<string, unknown>)[unknown]);
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
