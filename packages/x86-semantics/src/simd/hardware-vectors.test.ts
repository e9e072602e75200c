/**
 * Replays what a real CPU did (tooling/oracle/simd/generate.c): registers, MXCSR, flags and exceptions of every MMX, SSE and
 * SSE2 instruction between registers. SIMD_VECTORS names another stream, for longer runs.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { lane32 } from '@ringzero/x86';
import { expect, test } from 'vitest';
import { readArithmeticFlags } from '../flags/flags.ts';
import { createSseMachine, createSseTable } from '../semantics/sse-fixture.ts';

const COUNT = 1;
const SINGLE = 2;
const DOUBLE = 3;
const OUTCOME_BYTES = 36;

let state = 1;
function next(): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

// The same tables and draws as generate.c.
// prettier-ignore
const SINGLES = [
  0, 0x3f800000, 0x7f800000, 0x7fc00000, 0x7f800001, 0x7fffffff, 1, 0x007fffff, 0x00800000, 0x00800001, 0x7f7fffff, 0x7f000000,
  0x4f000000, 0x4effffff, 0x3f000000, 0x3fc00000, 0x40200000, 0x34000000, 0x33800000, 0x5f000000, 0x3f7fffff, 0x00ffffff,
];
// prettier-ignore
const DOUBLES = [
  0, 0x3ff00000, 0x7ff00000, 0x7ff80000, 0x7ff40000, 0x7fffffff, 0x000fffff, 0x00100000, 0x7fefffff, 0x7fe00000, 0x41dfffff,
  0x41e00000, 0x3fe00000, 0x3ff80000, 0x40040000, 0x3cb00000, 0x3ca00000, 0x47efffff, 0x38100000, 0x380fffff, 0x36a00000, 0x43e00000,
];

function single(): number {
  const kind = next() & 15;
  const r = next();
  const m = next();
  const sign = m & 0x80000000;
  if (kind < 3) return sign | SINGLES[r % SINGLES.length]!;
  if (kind === 3) return sign | ((m & 0x7fffff) >> (r % 23));
  if (kind === 4) return m;
  if (kind === 5) return sign | ((1 + (r % 30)) << 23) | (m & 0x7fffff);
  if (kind === 6) return sign | ((254 - (r % 30)) << 23) | (m & 0x7fffff);
  if (kind < 10) return sign | ((120 + (r % 12)) << 23) | (m & 0x7fffff & (-1 << ((r >>> 8) % 24)));
  return sign | ((110 + (r % 50)) << 23) | (m & 0x7fffff);
}

function real(to: Uint32Array, at: number): void {
  const kind = next() & 15;
  const r = next();
  const m = next();
  let low = next();
  const sign = m & 0x80000000;
  let high = m & 0xfffff;
  if (kind < 3) {
    high = DOUBLES[r % DOUBLES.length]!;
    low = (r & 0x1000) !== 0 ? low : (r & 0x2000) !== 0 ? 0xffffffff : 0;
  } else if (kind === 3) high = (r & 0x100) !== 0 ? 0 : high >> (r % 20);
  else if (kind === 4) high = m & 0x7fffffff;
  else if (kind === 5) high |= (1 + (r % 60)) << 20;
  else if (kind === 6) high |= (2046 - (r % 60)) << 20;
  else if (kind < 10) {
    high |= (1016 + (r % 12)) << 20;
    low = (r & 0x100) !== 0 ? 0 : low & (-1 << ((r >>> 9) % 32));
  } else if (kind < 12) high |= (874 + (r % 280)) << 20;
  else high |= (1000 + (r % 60)) << 20;
  to[at] = low;
  to[at + 1] = sign | high;
}

function integer(): number {
  const kind = next() & 7;
  const v = next();
  if (kind === 0) return 0;
  if (kind === 1) return 0x80008000 ^ (v & 0x00ff00ff);
  if (kind === 2) return 0x7f80ff01;
  if (kind === 3) return (v | 0) >> (v & 31);
  return v;
}

function draw(words: number, domain: number, isSource: boolean): Uint8Array {
  const to = new Uint32Array(words);
  for (let i = 0; i < words; i++) {
    if (domain === SINGLE) to[i] = single();
    else if (domain === DOUBLE) real(to, i++);
    else to[i] = integer();
  }
  if (domain === COUNT && isSource && (next() & 7) !== 0) {
    to[0] = next() & 0x4f;
    to[1] = 0;
  }
  return new Uint8Array(to.buffer);
}

function fnv(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 | 0;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function readStream(): Buffer {
  const path = process.env['SIMD_VECTORS'] ?? fileURLToPath(new URL('hardware-vectors.bin.gz', import.meta.url));
  const file = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(file) : file;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

test('every instruction does what the hardware did', () => {
  const stream = readStream();
  const machine = createSseMachine(createSseTable());
  const { R } = machine;
  const outcome = new Uint8Array(OUTCOME_BYTES);
  const view = new DataView(outcome.buffer);
  state = stream.readUInt32LE(4) | 0;
  const isFull = stream.readUInt32LE(8) !== 0;
  const forms = stream.readUInt32LE(12);
  const failures: string[] = [];
  let at = 16;
  let total = 0;
  for (let f = 0; f < forms; f++) {
    const form = stream.toString('latin1', at, at + 32).replace(/\0.*$/, '');
    const domain = stream[at + 32]!;
    const hasImmediate = stream[at + 33] !== 0;
    const isRm = stream[at + 34] !== 0;
    const count = stream.readUInt32LE(at + 36);
    at += 40;
    let wrong = 0;
    for (let c = 0; c < count; c++, total++) {
      const xmm0 = draw(4, domain, false);
      let xmm1 = draw(4, domain, true);
      const mm0 = draw(2, domain, false);
      const mm1 = draw(2, domain, true);
      const eax = integer();
      const ecx = integer();
      const r = next();
      const masks = next();
      const immediate = next() & 0xff;
      if ((r & 0x70000) === 0) xmm1 = xmm0;
      let mxcsr = (r & 3) !== 0 ? (r & 0x6000) | ((r & 0x30) !== 0 ? 0 : 0x40) | ((r & 0xc0) !== 0 ? 0 : 0x8000) : 0;
      mxcsr |= (r & 0x300) !== 0 ? 0x1f80 : masks & 0x1f80;
      mxcsr |= (r & 0x400) !== 0 ? 0 : (r & 0x800) !== 0 ? 0x20 : masks & 0x3f;
      machine.xmm(0).set(xmm0);
      machine.xmm(1).set(xmm1);
      machine.mmx(0).set(mm0);
      machine.mmx(1).set(mm1);
      R[0] = eax;
      R[2] = ecx;
      R[lane32('mxcsr')] = mxcsr;
      R[lane32('flagKind')] = 0;
      R[lane32('flagB')] = 0;
      const result = isRm ? machine.run(form, 1, 0, -1, hasImmediate ? immediate : 0) : machine.run(form, 0, 1, -1, hasImmediate ? immediate : 0);
      outcome.set(machine.xmm(0));
      outcome.set(machine.mmx(0), 16);
      view.setInt32(24, R[0]!, true);
      view.setInt32(28, R[lane32('mxcsr')]!, true);
      view.setUint16(32, readArithmeticFlags(R) & 0x8d5, true);
      view.setUint16(34, result === 'fault' ? 1 : 0, true);
      const isRight = isFull ? Buffer.compare(outcome, stream.subarray(at, at + OUTCOME_BYTES)) === 0 : fnv(outcome) === stream.readUInt32LE(at);
      if (!isRight && wrong++ < 2) {
        const expected = isFull ? hex(stream.subarray(at, at + OUTCOME_BYTES)) : stream.readUInt32LE(at).toString(16);
        failures.push(`${form} #${c} imm ${immediate.toString(16)} mxcsr ${mxcsr.toString(16)} xmm ${hex(xmm0)} ${hex(xmm1)} mm ${hex(mm0)} ${hex(mm1)}\n      got ${hex(outcome)}\n expected ${expected}`);
      }
      at += isFull ? OUTCOME_BYTES : 4;
    }
    if (wrong > 0) failures.push(`${form}: ${wrong} of ${count} wrong`);
  }
  expect(failures.slice(0, 40).join('\n')).toBe('');
  expect(at).toBe(stream.length);
  expect(total).toBeGreaterThan(10_000);
}, 120_000);
