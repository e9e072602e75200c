/** Mandatory prefixes: none asked for; NP (none may be there); 66, F3, F2. */
export const PREFIX_ANY = 0;
export const PREFIX_NONE = 1;
export const PREFIX_66 = 2;
export const PREFIX_F3 = 3;
export const PREFIX_F2 = 4;

/** What ModRM.mod must be. */
export const MOD_ANY = 0;
export const MOD_MEMORY = 1;
export const MOD_REGISTER = 2;

/** An opcode in the manual's notation, taken apart. */
export interface Opcode {
  readonly prefix: number;
  /** REX.W is part of the opcode. */
  readonly rexW: boolean;
  /** 0 one byte, 1 0F, 2 0F 38, 3 0F 3A. */
  readonly map: number;
  readonly byte: number;
  /** `+r`: the low three bits name a register. */
  readonly plus: boolean;
  readonly hasModrm: boolean;
  /** ModRM.reg that is part of the opcode, −1 if any. */
  readonly digit: number;
  /** ModRM.rm that is part of the opcode, −1 if any. */
  readonly rm: number;
  readonly mod: number;
}

const PREFIXES: Readonly<Record<string, number>> = { NP: PREFIX_NONE, '66': PREFIX_66, F3: PREFIX_F3, F2: PREFIX_F2 };
const BYTE = /^[0-9A-F]{2}$/;

/**
 * Parses `[NP|66|F2|F3] [REX.W] [0F [38|3A]] bb[+r] [/r|/digit|mm[+i]] [mem|reg]`. A prefix counts as mandatory before 0F, and before
 * 90 (PAUSE). `mm` is a whole ModRM byte; with `+i` its rm is free. Throws for anything else.
 */
export function parseOpcode(text: string): Opcode {
  const fail = (): never => {
    throw new SyntaxError(`opcode "${text}" is not in the manual's notation`);
  };
  const tokens = text.split(' ');
  const first = tokens[0]!;
  let prefix = PREFIX_ANY;
  if (PREFIXES[first] !== undefined && (tokens[1] === '0F' || tokens[1] === 'REX.W' || first === 'NP' || tokens[1] === '90')) {
    prefix = PREFIXES[first];
    tokens.shift();
  }
  const rexW = tokens[0] === 'REX.W';
  if (rexW) tokens.shift();
  let map = 0;
  if (tokens[0] === '0F' && tokens.length > 1) {
    tokens.shift();
    map = 1;
    const escape: string | undefined = tokens[0];
    if ((escape === '38' || escape === '3A') && tokens.length > 1) {
      tokens.shift();
      map = escape === '38' ? 2 : 3;
    }
  }
  const opcode = tokens.shift() ?? fail();
  const plus = opcode.endsWith('+r');
  const digits = plus ? opcode.slice(0, 2) : opcode;
  if (!BYTE.test(digits)) fail();
  let hasModrm = false;
  let digit = -1;
  let rm = -1;
  let mod = MOD_ANY;
  const spec = tokens.shift();
  if (spec !== undefined) {
    hasModrm = true;
    const isFree = spec.endsWith('+i');
    const whole = isFree ? spec.slice(0, 2) : spec;
    if (/^\/[0-7]$/.test(spec)) digit = Number(spec[1]);
    else if (BYTE.test(whole)) {
      const value = Number.parseInt(whole, 16);
      if (value < 0xc0) fail();
      mod = MOD_REGISTER;
      digit = (value >> 3) & 7;
      if (!isFree) rm = value & 7;
    } else if (spec !== '/r') fail();
  }
  const restriction = tokens.shift();
  if (restriction === 'mem') mod = MOD_MEMORY;
  else if (restriction === 'reg') mod = MOD_REGISTER;
  else if (restriction !== undefined) fail();
  if (tokens.length > 0) fail();
  return { prefix, rexW, map, byte: Number.parseInt(digits, 16), plus, hasModrm, digit, rm, mod };
}
