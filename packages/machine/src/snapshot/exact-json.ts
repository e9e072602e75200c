import { MachineError } from '../errors.ts';

/*
 * JSON that loses nothing. Plain JSON values stay as they are; what JSON cannot hold becomes an object with one field whose name
 * begins with a dollar sign, and names that begin with one get another:
 *
 *     1n << 64n               {"$bigint":"0x10000000000000000"}
 *     NaN, ±Infinity, −0      {"$number":"NaN"}
 *     Uint8Array.of(1, 2)     {"$Uint8Array":"0102"}      any typed array, its bytes little-endian in hexadecimal
 *     {"$x": 1}               {"$$x":1}
 */
const ARRAYS = { Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array } as const;
type ArrayName = keyof typeof ARRAYS;
type TypedArray = InstanceType<(typeof ARRAYS)[ArrayName]>;

/** How deep a value may be nested: no device's state is nearly as deep, and readers recurse. */
const DEEPEST = 64;
const NUMBERS: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity, '-0': -0 };

function fail(at: string, problem: string): never {
  throw new MachineError('invalid-state', `saved state, ${at === '' ? 'its top' : at}: ${problem}`);
}

/** Text of a value. Throws for what has no exact text (functions, symbols, other classes' objects, cycles), naming the place. */
export function stringifyExact(value: unknown): string {
  return JSON.stringify(encode(value, '', 0));
}

/** The value of a text that {@link stringifyExact} gave, or that somebody made up: then it throws, naming the place. */
export function parseExact(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new MachineError('invalid-state', `saved state: not JSON (${(error as Error).message})`);
  }
  return decode(json, '', 0);
}

function encode(value: unknown, at: string, depth: number): unknown {
  if (depth > DEEPEST) fail(at, `nested more than ${DEEPEST} deep`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
    case 'bigint':
      return { $bigint: value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}` };
    case 'object':
      return value === null ? null : encodeObject(value, at, depth);
    default:
      return fail(at, `a ${typeof value} cannot be saved`);
  }
}

function encodeObject(value: object, at: string, depth: number): unknown {
  if (Array.isArray(value)) return value.map((entry, i) => encode(entry ?? null, `${at}[${i}]`, depth + 1));
  const name = value.constructor?.name as ArrayName;
  if (ArrayBuffer.isView(value) && Object.hasOwn(ARRAYS, name)) {
    return { [`$${name}`]: Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), (byte) => byte.toString(16).padStart(2, '0')).join('') };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) fail(at, `an object of class ${name} cannot be saved`);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.startsWith('$') ? `$${key}` : key, encode(entry, `${at}.${key}`, depth + 1)]));
}

function decode(json: unknown, at: string, depth: number): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (depth > DEEPEST) fail(at, `nested more than ${DEEPEST} deep`);
  if (Array.isArray(json)) return json.map((entry, i) => decode(entry, `${at}[${i}]`, depth + 1));
  const entries = Object.entries(json);
  const [first] = entries;
  if (first !== undefined && /^\$[^$]/.test(first[0])) {
    if (entries.length > 1) fail(at, `${first[0]} beside other fields`);
    return decodeTagged(first[0].slice(1), first[1], at);
  }
  return Object.fromEntries(entries.map(([key, entry]) => [key.startsWith('$') ? key.slice(1) : key, decode(entry, `${at}.${key}`, depth + 1)]));
}

function decodeTagged(tag: string, text: unknown, at: string): unknown {
  if (typeof text !== 'string') return fail(at, `$${tag} of ${typeof text}: expected a string`);
  if (tag === 'number' && Object.hasOwn(NUMBERS, text)) return NUMBERS[text];
  if (tag === 'bigint' && /^-?0x[0-9a-f]{1,4096}$/.test(text)) return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
  if (Object.hasOwn(ARRAYS, tag) && text.length % 2 === 0 && /^[0-9a-f]*$/.test(text)) return decodeArray(tag as ArrayName, text, at);
  return fail(at, `$${tag} ${JSON.stringify(text.slice(0, 40))}: not a value that this Ringzero knows`);
}

function decodeArray(name: ArrayName, text: string, at: string): TypedArray {
  const bytes = Uint8Array.from({ length: text.length / 2 }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
  const { BYTES_PER_ELEMENT } = ARRAYS[name];
  if (bytes.length % BYTES_PER_ELEMENT !== 0) fail(at, `${bytes.length} bytes of a ${name}: expected a multiple of ${BYTES_PER_ELEMENT}`);
  return new ARRAYS[name](bytes.buffer);
}
