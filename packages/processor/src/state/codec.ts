import { StateAccessError } from '../errors.ts';

/**
 * What saved state is made of: plain JSON, so that it survives `JSON.stringify`, can be read by people and compared with
 * ordinary tools. JSON's numbers are exact to 2^53, so wider values are hexadecimal strings.
 */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * Turns a value into JSON and back. `at` names the place in error messages, such as `registers.cs.base`. Both directions
 * check: a backend that produces a value outside its type is found when it saves, not when another one restores.
 */
export interface Codec<T> {
  /** To JSON. */
  encode(value: T, at: string): Json;
  /** From JSON. */
  decode(json: Json, at: string): T;
}

function fail(at: string, expected: string, found: unknown): never {
  const text = typeof found === 'bigint' ? `0x${found.toString(16)}` : typeof found === 'object' && found !== null ? typeof found : String(found);
  throw new StateAccessError(at, `expected ${expected}, found ${text}`);
}

/** An unsigned number of up to 32 bits. */
export function unsigned(bits: 8 | 16 | 32): Codec<number> {
  const limit = 2 ** bits;
  const check = (value: unknown, at: string): number => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value >= limit) fail(at, `an unsigned number of ${bits} bits`, value);
    return value;
  };
  return { encode: check, decode: check };
}

/** An unsigned integer of `bits` bits, in JSON a string such as "0x00000000fee00900". */
export function hexInteger(bits: 64 | 80 | 128): Codec<bigint> {
  const limit = 1n << BigInt(bits);
  return {
    encode(value, at) {
      if (typeof value !== 'bigint' || value < 0n || value >= limit) fail(at, `an unsigned integer of ${bits} bits`, value);
      return `0x${value.toString(16).padStart(bits / 4, '0')}`;
    },
    decode(json, at) {
      if (typeof json !== 'string' || !/^0x[0-9a-f]+$/i.test(json) || json.length > 2 + bits / 4) fail(at, `a hexadecimal string of up to ${bits} bits`, json);
      return BigInt(json);
    },
  };
}

/** True or false. */
export const boolean: Codec<boolean> = {
  encode: (value) => value,
  decode(json, at) {
    if (typeof json !== 'boolean') fail(at, 'true or false', json);
    return json;
  },
};

/** One of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): Codec<Word> {
  const check = (value: unknown, at: string): Word => words.find((word) => word === value) ?? fail(at, words.join(' or '), value);
  return { encode: check, decode: check };
}

/** A value or nothing (`null` in JSON). */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    encode: (value, at) => (value === undefined ? null : codec.encode(value, at)),
    decode: (json, at) => (json === null || json === undefined ? undefined : codec.decode(json, at)),
  };
}

/** Exactly `count` values, or at most `most` of them when there is no fixed count. */
export function list<T>(codec: Codec<T>, count: number | { readonly most: number }): Codec<readonly T[]> {
  const check = (values: unknown, at: string): void => {
    if (!Array.isArray(values)) fail(at, 'a list', values);
    if (typeof count === 'number' ? values.length !== count : values.length > count.most) {
      fail(at, typeof count === 'number' ? `${count} entries` : `at most ${count.most} entries`, values.length);
    }
  };
  return {
    encode(values, at) {
      check(values, at);
      return values.map((value, index) => codec.encode(value, `${at}[${index}]`));
    },
    decode(json, at) {
      check(json, at);
      return (json as readonly Json[]).map((value, index) => codec.decode(value, `${at}[${index}]`));
    },
  };
}

/** An object with exactly these fields. */
export function record<T extends object>(fields: { readonly [Name in keyof T]-?: Codec<T[Name]> }): Codec<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    encode: (value, at) => Object.fromEntries(names.map((name) => [name, fields[name].encode(value[name], `${at}.${name}`)])),
    decode(json, at) {
      if (typeof json !== 'object' || json === null || Array.isArray(json)) fail(at, 'an object', json);
      const source = json as { readonly [name: string]: Json };
      for (const name of Object.keys(source)) if (!Object.hasOwn(fields, name)) fail(`${at}.${name}`, `one of ${names.join(', ')}`, name);
      for (const name of names) if (!Object.hasOwn(source, name)) fail(`${at}.${name}`, 'a value', undefined);
      return Object.fromEntries(names.map((name) => [name, fields[name].decode(source[name] as Json, `${at}.${name}`)])) as T;
    },
  };
}

/** Bytes as one hexadecimal string: exactly `length`, or at most `most`. */
export function bytes(length: number | { readonly most: number }): Codec<Uint8Array> {
  const expected = typeof length === 'number' ? `${length} bytes` : `at most ${length.most} bytes`;
  const fits = (count: number): boolean => (typeof length === 'number' ? count === length : count <= length.most);
  return {
    encode(value, at) {
      if (!(value instanceof Uint8Array) || !fits(value.length)) fail(at, expected, value?.length);
      return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
    },
    decode(json, at) {
      if (typeof json !== 'string' || !/^([0-9a-f]{2})*$/i.test(json) || !fits(json.length / 2)) fail(at, `${expected} as a hexadecimal string`, json);
      return Uint8Array.from({ length: json.length / 2 }, (_, index) => parseInt(json.slice(2 * index, 2 * index + 2), 16));
    },
  };
}
