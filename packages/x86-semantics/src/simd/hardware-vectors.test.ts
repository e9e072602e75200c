/**
 * Replays what a real CPU did (tooling/oracle/simd/generate.c): registers, MXCSR, flags and exceptions of the
 * instructions of MMX and SSE to SSE4.2, on registers and memory. SIMD_VECTORS names another stream, for longer runs.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { lane32 } from '@ringzero/x86';
import { expect, test } from 'vitest';
import { readArithmeticFlags } from '../flags/flags.ts';
import { HardwareInputs, type HardwareInput } from './hardware-inputs.ts';
import { createSseMachine, createSseTable } from '../semantics/sse-fixture.ts';

const OUTCOME_BYTES = 72;
/** Outcomes that share a hash. */
const GROUP = 16;
const HASH_START = 0x811c9dc5 | 0;
const OPERAND = 0x1000;
const VECTOR_GP = 13;

function addToHash(start: number, bytes: Uint8Array): number {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash;
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
  const inputs = new HardwareInputs(stream.readUInt32LE(4));
  const isFull = stream.readUInt32LE(8) !== 0;
  const forms = stream.readUInt32LE(12);
  const failures: string[] = [];
  let at = 16;
  let total = 0;

  const execute = (name: string, input: HardwareInput, isRm: boolean, isMemory: boolean, hasImmediate: boolean): void => {
    const [form = '', size = '32'] = name.split('/');
    machine.xmm(0).set(input.xmm0);
    machine.xmm(1).set(input.xmm1);
    machine.mmx(0).set(input.mm0);
    machine.mmx(1).set(input.mm1);
    machine.bytes.set(input.memory, OPERAND);
    R[0] = input.eax;
    R[2] = input.ecx;
    R[4] = input.edx;
    R[14] = OPERAND;
    R[lane32('mxcsr')] = input.mxcsr;
    R[lane32('fsw')] = 3 << 11;
    R[lane32('ftw')] = ~input.tags & 0xff;
    for (let register = 0; register < 8; register++) R[lane32('st', register) + 2] = 0x4001;
    R[lane32('flagKind')] = 0;
    R[lane32('flagB')] = 0;
    machine.vp.raised = -1;
    const [reg, rm] = isRm ? [1, 0] : [0, 1];
    const result = machine.run(form, reg, rm, isMemory ? OPERAND + input.misalignment : -1, hasImmediate ? input.immediate : 0, size === '16' ? 16 : 32);
    outcome.set(machine.xmm(0));
    outcome.set(machine.mmx(0), 16);
    view.setInt32(24, R[0]!, true);
    view.setInt32(28, R[2]!, true);
    view.setInt32(32, R[lane32('mxcsr')]!, true);
    view.setUint16(36, readArithmeticFlags(R) & 0x8d5, true);
    view.setUint16(38, result !== 'fault' ? 0 : machine.vp.raised === VECTOR_GP ? 2 : 1, true);
    outcome.set(machine.bytes.subarray(OPERAND, OPERAND + 24), 40);
    view.setUint16(64, R[lane32('fsw')]!, true);
    view.setUint16(66, ~R[lane32('ftw')]! & 0xff, true);
    // Processors differ here, and the manual (CVTPI2PS) says only that a transition takes place.
    if (/_[PQ]pi/.test(form) && (result === 'fault' || isMemory)) view.setUint32(64, 0, true);
    for (let register = 0; register < 2; register++) view.setUint16(68 + 2 * register, R[lane32('st', register) + 2]!, true);
  };

  for (let f = 0; f < forms; f++) {
    const form = stream.toString('latin1', at, at + 32).replace(/\0.*$/, '');
    const domain = stream[at + 32]!;
    const hasImmediate = stream[at + 33] !== 0;
    const isRm = stream[at + 34] !== 0;
    const place = stream[at + 35]!;
    const count = stream.readUInt32LE(at + 36);
    at += 40;
    let wrong = 0;
    let hash = HASH_START;
    for (let c = 0; c < count; c++, total++) {
      const input = inputs.case(domain);
      const isMemory = place === 2 || (place === 1 && input.wantsMemory);
      execute(form, input, isRm, isMemory, hasImmediate);
      hash = addToHash(hash, outcome);
      const isCompared = isFull || c % GROUP === GROUP - 1 || c === count - 1;
      if (!isCompared) continue;
      const isRight = isFull ? Buffer.compare(outcome, stream.subarray(at, at + OUTCOME_BYTES)) === 0 : hash >>> 0 === stream.readUInt32LE(at);
      if (!isRight && wrong++ < 2) {
        const { immediate, mxcsr, xmm0, xmm1, mm0, mm1, memory, eax, edx, misalignment } = input;
        const expected = isFull ? hex(stream.subarray(at, at + OUTCOME_BYTES)) : 'other hashes; record whole outcomes to see';
        const where = isMemory ? `memory + ${misalignment} ${hex(memory)}` : 'register';
        failures.push(`${form} #${c} imm ${immediate.toString(16)} mxcsr ${mxcsr.toString(16)} eax ${eax} edx ${edx} xmm ${hex(xmm0)} ${hex(xmm1)} mm ${hex(mm0)} ${hex(mm1)} ${where}\n      got ${hex(outcome)}\n expected ${expected}`);
      }
      at += isFull ? OUTCOME_BYTES : 4;
      hash = HASH_START;
    }
    if (wrong > 0) failures.push(`${form}: ${wrong} of ${count} wrong`);
  }
  expect(failures.slice(0, 40).join('\n')).toBe('');
  expect(at).toBe(stream.length);
  expect(total).toBeGreaterThan(10_000);
});
