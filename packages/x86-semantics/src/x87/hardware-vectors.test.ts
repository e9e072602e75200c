/**
 * Replays what a real CPU did (tooling/oracle/x87/generate.c): results, status word, tags and flags.
 * X87_VECTORS names another stream, for longer runs.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { byteOffset, createStateViews, lane32 } from '@ringzero/x86';
import { expect, test } from 'vitest';
import { Fpu } from './fpu.ts';

const [ANY, UNIT, SMALL, ANGLE, SINGLE, DOUBLE, INTEGER, POSITIVE] = [0, 1, 2, 3, 4, 5, 6, 7];
const [F32, F64, F80, I16, I32, I64, BCD] = [1, 2, 3, 4, 5, 6, 7];
const SCRATCH = byteOffset('scratch');
const COMPARES = new Set([2, 3]);

// prettier-ignore
const SPECIAL: readonly (readonly [number, bigint])[] = [
  [0, 0n], [0x3fff, 1n << 63n], [0x7fff, 1n << 63n], [0x7fff, 3n << 62n], [0x7fff, 0xa000000000000000n], [0x7fff, 0x8000000000000001n],
  [0x7fff, 0xffffffffffffffffn], [0x7fff, 0xc000000000000001n], [0, 1n], [0, 0x7fffffffffffffffn], [0, 1n << 63n], [0, 0xffffffffffffffffn],
  [1, 1n << 63n], [0x7ffe, 0xffffffffffffffffn], [0x7ffe, 1n << 63n], [0x7fff, 0n], [0x7fff, 0x4000000000000000n], [0x3fff, 0x4000000000000000n],
  [0x4000, 1n << 63n], [0x3ffe, 1n << 63n], [0x3fff, 0xc000000000000000n], [0x4000, 0xc90fdaa22168c235n], [0x3fff, 0xc90fdaa22168c235n], [1, 0n],
];

let random = 1;
function next(): number {
  random ^= random << 13;
  random ^= random >>> 17;
  random ^= random << 5;
  return random >>> 0;
}
function next64(): bigint {
  const high = next();
  return (BigInt(high) << 32n) | BigInt(next());
}

function nearby(domain: number): number {
  const r = next();
  const wide = next();
  switch (domain) {
    case UNIT:
      return 16382 - (r % ((wide & 3) !== 0 ? 12 : 80));
    case SMALL:
      return 16380 - (r % ((wide & 3) !== 0 ? 12 : 80));
    case ANGLE:
      return 16343 + (r % ((wide & 3) !== 0 ? 50 : 110));
    case SINGLE:
      return 16383 - 160 + (r % 295);
    case DOUBLE:
      return 16383 - 1090 + (r % ((wide & 1) !== 0 ? 80 : 2130));
    case INTEGER:
      return 16380 + (r % 70);
    default:
      return (wide & 3) !== 0 ? 16375 + (r % 16) : 16313 + (r % 140);
  }
}

const TOP = 1n << 63n;

/** An 80-bit operand: ten bytes. Same draws as generate.c. */
function operand(domain: number): Uint8Array {
  const kind = next() & 15;
  let sign = next() & 1;
  let m = next64();
  const r = next();
  let exponent = nearby(domain);
  if (kind < 2) {
    [exponent, m] = SPECIAL[r % SPECIAL.length]!;
  } else if (kind === 2) {
    exponent = 0;
    m = (m >> 1n) >> BigInt(r % 60);
  } else if (kind === 3 || kind === 4) {
    exponent = r & 0x7fff;
    if (kind === 3) m |= TOP;
  } else if (kind < 7) {
    m = TOP | (1n << (m & 63n)) | (1n << BigInt(r & 63));
  } else if (kind === 7) {
    m = BigInt.asUintN(64, ~0n << BigInt(r & 63)) | TOP;
  } else if (kind === 8) {
    m = (m & ~0xffffffffffn) | TOP;
  } else if (kind === 9) {
    m = (m & ~0x7ffn) | TOP;
  } else if (kind === 10) {
    exponent = (r & 0x100) !== 0 ? 1 + (r % 70) : 0x7ffe - (r % 70);
    m |= TOP;
  } else {
    m |= TOP;
  }
  if ((domain === UNIT || domain === SMALL) && exponent >= (domain === UNIT ? 16383 : 16381) && exponent !== 0x7fff) exponent = 16380 - (r % 60);
  if (domain === POSITIVE && (r & 0x3000) !== 0) sign = 0;
  const bytes = new Uint8Array(10);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, m, true);
  view.setUint16(8, exponent | (sign << 15), true);
  return bytes;
}

function memory(kind: number): Uint8Array {
  const k = next() & 7;
  let a = next();
  let b = next();
  const r = next();
  const bytes = new Uint8Array(16).fill(0xcc);
  const view = new DataView(bytes.buffer);
  if (kind === F32) {
    if (k === 0) a &= 0x80000000;
    else if (k === 1) a &= 0x807fffff;
    else if (k === 2) a = (r & 0x100) !== 0 ? (a & 0x80000000) | 0x7f800000 : a | 0x7f800000;
    else if (k < 6) a = (a & 0x807fffff) | ((100 + (r % 56)) << 23);
    view.setInt32(0, a, true);
  } else if (kind === F64) {
    if (k === 0) [a, b] = [a & 0x80000000, 0];
    else if (k === 1) a &= 0x800fffff;
    else if (k === 2) {
      if ((r & 0x100) !== 0) [a, b] = [(a & 0x80000000) | 0x7ff00000, 0];
      else a |= 0x7ff00000;
    } else if (k < 6) a = (a & 0x800fffff) | ((1000 + (r % 56)) << 20);
    view.setInt32(0, b, true);
    view.setInt32(4, a, true);
  } else if (kind === F80) {
    bytes.set(operand(ANY));
  } else if (kind === I16) {
    view.setInt16(0, k === 0 ? 0 : k === 1 ? -0x8000 : ((a << 16) >> 16) >> (r & 15), true);
  } else if (kind === I32) {
    view.setInt32(0, k === 0 ? 0 : k === 1 ? -0x80000000 : (a | 0) >> (r & 31), true);
  } else if (kind === I64) {
    const v = BigInt.asIntN(64, (BigInt(a) << 32n) | BigInt(b));
    view.setBigInt64(0, k === 0 ? 0n : k === 1 ? -(1n << 63n) : v >> BigInt(r & 63), true);
  } else if (kind === BCD) {
    for (let i = 0; i < 9; i++) {
      if (k === 0) {
        bytes[i] = 0;
      } else {
        const high = next() % 10;
        bytes[i] = (high << 4) | next() % 10;
      }
    }
    bytes[9] = r & 0x80;
  }
  return bytes;
}

/** Carries out one instruction; returns OSZAPC (all set before). */
function execute(fpu: Fpu, word: (at: number) => number, b0: number, b1: number, stored: (bytes: number) => void): number {
  const reg = (b1 >>> 3) & 7;
  const i = b1 & 7;
  const isStore = (can: number, bytes: number, pops: boolean): void => {
    if (can !== 0) stored(bytes);
    fpu.commitStore(pops ? 1 : 0);
  };
  if (b1 < 0xc0) {
    const at = SCRATCH;
    switch (b0) {
      case 0xd8:
        if (COMPARES.has(reg)) fpu.compareSingle(at, reg - 2);
        else fpu.operateSingle(word(at), reg);
        break;
      case 0xdc:
        if (COMPARES.has(reg)) fpu.compareDouble(at, reg - 2);
        else fpu.operateDouble(word(at), word(at + 4), reg);
        break;
      case 0xda:
        if (COMPARES.has(reg)) fpu.compareInteger(at, 32, reg - 2);
        else fpu.operateInteger(word(at), reg);
        break;
      case 0xde:
        if (COMPARES.has(reg)) fpu.compareInteger(at, 16, reg - 2);
        else fpu.operateInteger((word(at) << 16) >> 16, reg);
        break;
      case 0xd9:
        if (reg === 0) fpu.loadSingle(word(at));
        else isStore(fpu.prepareStoreSingle(at), 4, reg === 3);
        break;
      case 0xdb:
        if (reg === 0) fpu.loadInteger(word(at));
        else if (reg === 5) fpu.fldExtended(at);
        else if (reg === 7) isStore(fpu.prepareStoreExtended(at), 10, true);
        else isStore(fpu.prepareStoreInteger(at, 32, reg === 1 ? 1 : 0), 4, reg !== 2);
        break;
      case 0xdd:
        if (reg === 0) fpu.loadDouble(word(at), word(at + 4));
        else if (reg === 1) isStore(fpu.prepareStoreInteger(at, 64, 1), 8, true);
        else isStore(fpu.prepareStoreDouble(at), 8, reg === 3);
        break;
      case 0xdf:
        if (reg === 0) fpu.loadInteger((word(at) << 16) >> 16);
        else if (reg === 4) fpu.fbld(at);
        else if (reg === 5) fpu.fildInt64(at);
        else if (reg === 6) isStore(fpu.prepareStoreDecimal(at), 10, true);
        else if (reg === 7) isStore(fpu.prepareStoreInteger(at, 64, 0), 8, true);
        else isStore(fpu.prepareStoreInteger(at, 16, reg === 1 ? 1 : 0), 2, reg !== 2);
        break;
    }
    return -1;
  }
  switch (b0) {
    case 0xd8:
      if (COMPARES.has(reg)) fpu.compareRegister(i, reg - 2, 0);
      else fpu.binaryRegister(reg, 0, i, 0);
      break;
    case 0xdc:
      fpu.binaryRegister(reg < 4 ? reg : reg ^ 1, i, 0, 0);
      break;
    case 0xde:
      if (b1 === 0xd9) fpu.compareRegister(1, 2, 0);
      else fpu.binaryRegister(reg < 4 ? reg : reg ^ 1, i, 0, 1);
      break;
    case 0xda:
      if (b1 === 0xe9) fpu.compareRegister(1, 2, 1);
      else fpu.fcmov(i, 1);
      break;
    case 0xdb:
      if (b1 === 0xe2) fpu.fnclex();
      else if (b1 === 0xe3) fpu.fninit();
      else if (reg === 5) return fpu.fcomi(i, 0, 1);
      else if (reg === 6) return fpu.fcomi(i, 0, 0);
      else fpu.fcmov(i, 0);
      break;
    case 0xdd:
      if (reg === 0) fpu.ffree(i);
      else if (reg < 4) fpu.fstRegister(i, reg === 3 ? 1 : 0);
      else fpu.compareRegister(i, reg - 4, 1);
      break;
    case 0xdf:
      if (reg === 0) fpu.ffreep(i);
      else return fpu.fcomi(i, 1, reg === 5 ? 1 : 0);
      break;
    case 0xd9:
      executeD9(fpu, b1);
      break;
  }
  return -1;
}

function executeD9(fpu: Fpu, b1: number): void {
  if (b1 < 0xc8) return fpu.fldRegister(b1 & 7);
  if (b1 < 0xd0) return fpu.fxch(b1 & 7);
  if (b1 >= 0xe8 && b1 < 0xef) return fpu.fldConstant(b1 & 7);
  switch (b1) {
    case 0xd0:
      return undefined; // FNOP leaves even C1 alone.
    case 0xe0:
      return fpu.fchs();
    case 0xe1:
      return fpu.fabs();
    case 0xe4:
      return fpu.ftst();
    case 0xe5:
      return fpu.fxam();
    case 0xf0:
      return fpu.f2xm1();
    case 0xf1:
      return fpu.fyl2x();
    case 0xf2:
      return fpu.fptan();
    case 0xf3:
      return fpu.fpatan();
    case 0xf4:
      return fpu.fxtract();
    case 0xf5:
      return fpu.fprem(1);
    case 0xf6:
      return fpu.fdecstp();
    case 0xf7:
      return fpu.fincstp();
    case 0xf8:
      return fpu.fprem(0);
    case 0xf9:
      return fpu.fyl2xp1();
    case 0xfa:
      return fpu.fsqrt();
    case 0xfb:
      return fpu.fsincos();
    case 0xfc:
      return fpu.frndint();
    case 0xfd:
      return fpu.fscale();
    case 0xfe:
      return fpu.fsin();
    case 0xff:
      return fpu.fcos();
  }
}

function fnv(h: number, bytes: Uint8Array): number {
  for (const byte of bytes) h = Math.imul(h ^ byte, 16777619);
  return h >>> 0;
}

function hex(bytes: Uint8Array): string {
  return [...bytes].reverse().map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Distance in units of the last place, large when the numbers are of different kinds. */
function distance(a: Uint8Array, b: Uint8Array): bigint {
  const value = (bytes: Uint8Array): bigint => {
    const magnitude = BigInt(`0x${hex(bytes)}`) & ((1n << 79n) - 1n);
    // The integer bit is redundant: without it neighbours across a power of two are one apart.
    const linear = ((magnitude >> 64n) << 63n) | (magnitude & (TOP - 1n));
    return bytes[9]! >= 0x80 ? -linear : linear;
  };
  const d = value(a) - value(b);
  return d < 0n ? -d : d;
}

interface Outcome {
  checked: number;
  mismatches: string[];
}

/** Bits of the status word that an instruction defines. C1 and the inexact flags of transcendentals depend on their method. */
function definedStatus(b0: number, b1: number, transcendental: boolean): number {
  if (transcendental) return 0xffff & ~0x0200;
  return 0xffff;
}

function replay(stream: Uint8Array): Outcome {
  const input = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const outcome: Outcome = { checked: 0, mismatches: [] };
  const views = createStateViews();
  const fpu = new Fpu(views);
  // FNSAVE and FRSTOR images lie in the scratch operand, in the 32-bit protected-mode format.
  const area = views.u8.subarray(SCRATCH, SCRATCH + 108);
  views.i32[lane32('cr0')] = 1;
  const seed = input.getUint32(4, true);
  const instructions = input.getUint32(8, true);
  let at = 12;
  for (let n = 0; n < instructions; n++) {
    const [b0, b1, kind, domain, flags] = stream.subarray(at, at + 5) as unknown as [number, number, number, number, number];
    const count = input.getUint32(at + 8, true);
    at += 12;
    random = seed ^ Math.imul((b0 << 8) | b1, 2654435761);
    if (random === 0) random = 1;
    for (let i = 0; i < count; i++) {
      const mode = next();
      const control = next();
      const status = next();
      const top = (mode >>> 8) & 7;
      const precision = (control & 3) === 1 ? 3 : control & 3;
      const masks = (control & 0x3000) !== 0 ? 0x3f : (control >>> 16) & 0x3f;
      const fcw = 0x40 | masks | (precision << 8) | (((control >>> 4) & 3) << 10);
      const fsw = (top << 11) | (status & 0x4700) | ((status & 0xf0000) !== 0 ? 0 : (status >>> 20) & 0x3f & masks);
      const empty = (mode & 7) < 6 ? 0xf0 : (mode & 7) === 6 ? (mode >>> 16) & 0xff : 0;
      let tags = 0;
      for (let r = 0; r < 8; r++) if (((empty >>> r) & 1) !== 0) tags |= 3 << (((r + top) & 7) * 2);
      const image = new DataView(views.buffer, SCRATCH, 128);
      area.fill(0);
      image.setUint32(0, fcw, true);
      image.setUint32(4, fsw, true);
      image.setUint32(8, tags, true);
      for (let r = 0; r < 8; r++) {
        let e = operand(r < 2 ? domain : ANY);
        if (domain !== ANY && r === 1) e = operand(ANY);
        if (r === 1 && (mode & 0xf0000000) === 0) e = area.slice(28, 38);
        area.set(e, 28 + r * 10);
      }
      const bytes = memory(kind);
      fpu.frstor(1);
      const before = hex(area.subarray(28, 38)) + ' ' + hex(area.subarray(38, 48));
      const operandBytes = bytes.slice();
      views.u8.set(bytes, SCRATCH);
      const eflags = execute(fpu, (at) => views.i32[at >> 2], b0, b1, (size) => bytes.set(views.u8.subarray(SCRATCH, SCRATCH + size)));
      fpu.prepareSave(1);
      const got = {
        fsw: image.getUint16(4, true),
        tags: image.getUint16(8, true),
        eflags: eflags === -1 ? 0x8d5 : eflags,
        st0: hex(area.subarray(28, 38)),
      };
      const wanted = {
        fsw: input.getUint16(at, true),
        tags: input.getUint16(at + 2, true),
        eflags: input.getUint16(at + 4, true),
        st0: hex(stream.subarray(at + 6, at + 16)),
      };
      let good = got.tags === wanted.tags && got.eflags === wanted.eflags;
      const transcendental = (flags & 1) !== 0;
      if (((got.fsw ^ wanted.fsw) & definedStatus(b0, b1, transcendental)) !== 0) good = false;
      let rest = '';
      if (transcendental) {
        const d0 = distance(area.subarray(28, 38), stream.subarray(at + 6, at + 16));
        const d1 = distance(area.subarray(38, 48), stream.subarray(at + 16, at + 26));
        if (d0 > 1n || d1 > 1n) good = false;
        rest = `st1 ${hex(area.subarray(38, 48))} wanted ${hex(stream.subarray(at + 16, at + 26))} ulps ${d0 < 99999n ? d0 : 'many'} ${d1 < 99999n ? d1 : 'many'}`;
        at += 26;
      } else {
        let h = fnv(2166136261, area.subarray(0, 2));
        h = fnv(h, area.subarray(38, 108));
        h = fnv(h, bytes.subarray(0, 10));
        if (got.st0 !== wanted.st0 || h !== input.getUint32(at + 16, true)) good = false;
        if (h !== input.getUint32(at + 16, true)) rest = `others differ; memory now ${hex(bytes.subarray(0, 10))} st1 now ${hex(area.subarray(38, 48))}`;
        at += 20;
      }
      outcome.checked++;
      if (good) continue;
      const show = (x: typeof got): string => `fsw ${x.fsw.toString(16)} tags ${x.tags.toString(16)} eflags ${x.eflags.toString(16)} st0 ${x.st0}`;
      outcome.mismatches.push(
        `${b0.toString(16)} ${b1.toString(16).padStart(2, '0')} #${i}: fcw ${fcw.toString(16)} fsw ${fsw.toString(16)} tags ${tags.toString(16)} st ${before} ` +
          `mem ${hex(operandBytes.subarray(0, 10))}\n   got ${show(got)}\n  want ${show(wanted)} ${rest}`,
      );
    }
  }
  return outcome;
}

test('every instruction does what the hardware did', () => {
  const named = process.env['X87_VECTORS'];
  const file = named ?? fileURLToPath(new URL('./hardware-vectors.bin.gz', import.meta.url));
  const raw = readFileSync(file);
  const { checked, mismatches } = replay(file.endsWith('.gz') ? gunzipSync(raw) : raw);
  expect(checked).toBeGreaterThan(10000);
  expect(mismatches.slice(0, Number(process.env['X87_SHOW'] ?? 20))).toEqual([]);
}, 600000);
