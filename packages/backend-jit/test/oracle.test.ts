import { Execution } from '@ringzero/backend-interpreter/engine';
import { createSemanticsTable, evaluate, FAULT, flagsWord, FLAG_A, FLAG_B, FLAG_KIND, RIP, STATUS_ALONE, STATUS_OK, type EvaluatedUnits } from '@ringzero/x86-semantics';
import { byteOffset, FORMS, lane32 } from '@ringzero/x86';
import type { Vp } from '@ringzero/x86-semantics';
import { describe, expect, it } from 'vitest';
import { createFlatVp } from '@ringzero/engine-tests';
import { createJitExecution } from './jit-execution.ts';

const CODE = 0x1000;
const DATA = 0x8000;
const DATA_BYTES = 0x2000;
/** JMP to the next instruction. */
const JUMP = Uint8Array.of(0xeb, 0);

let compiled = 0;

/** An execution on which no device answers. */
function createOracleExecution(isJit: boolean): Execution {
  const execution = isJit ? createJitExecution({ threshold: 0 }, { compiled: () => compiled++ }) : new Execution(createFlatVp());
  const { vp } = execution;
  // No device answers: reads give ones.
  vp.io.attach({
    isMmio: () => true,
    acknowledgePicInterrupt: () => undefined,
    handleEoi: () => undefined,
    readMmio: (_vp, _address, size) => 0xffffffff >>> (32 - 8 * size),
    writeMmio: () => undefined,
    readIo: (_vp, _port, size) => 0xffffffff >>> (32 - 8 * size),
    writeIo: () => undefined,
    fatalError: (error) => {
      throw error;
    },
  });
  return execution;
}

/** Mulberry32: a seeded generator of unsigned 32-bit numbers. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

const MXCSR_MASKED = 0x1f80;
const INTERESTING = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, DATA + 8, DATA + 0x100];

/** Small integers, singles and halves of doubles near 1, anything. */
function randomNumber(random: () => number): number {
  const choice = random() % 4;
  const value = random();
  return choice === 0 ? value & 0xff00ff : choice === 1 ? 0x3f800000 ^ (value & 0x80ffffff) : choice === 2 ? 0x3ff00000 ^ (value & 0x803fffff) : value;
}

/** The opcode of a vector instruction, then random bytes. */
function vectorCode(random: () => number): number[] {
  const opcode = VECTOR_OPCODES[random() % VECTOR_OPCODES.length]!;
  const bytes = opcode.split(' ').filter((part) => /^[0-9A-F]{2}$/.test(part)).map((part) => parseInt(part, 16));
  return random() % 8 === 0 ? [0x66, ...bytes] : bytes;
}

/** Random registers and flags; data addresses are likely. */
function randomize(vp: Vp, random: () => number): void {
  for (let register = 0; register < 8; register++) {
    const choice = random() % 3;
    vp.R[2 * register] = choice === 0 ? INTERESTING[random() % INTERESTING.length]! : choice === 1 ? DATA + (random() % 0x1000) : random();
  }
  vp.R[8] = DATA + 0x800 + (random() % 64) * 4;
  vp.setFlags(random() & 0x8d5, 0x8d5);
  for (let register = 0; register < 8; register++) {
    for (let word = 0; word < 4; word++) vp.R[lane32('xmm', register) + word] = randomNumber(random);
    for (let word = 0; word < 2; word++) vp.R[lane32('st', register) + word] = randomNumber(random);
  }
  vp.R[lane32('mxcsr')] = random() % 4 === 0 ? random() & 0xffff : MXCSR_MASKED | (random() & 0x20);
  for (let at = 0; at < DATA_BYTES; at += 4) vp.memory.view.setUint32(DATA + at, random(), true);
}

/** What an instruction may change: registers, flags, RIP, data. */
function outcome(vp: Vp): string {
  const registers = Array.from({ length: 8 }, (_, i) => (vp.R[2 * i]! >>> 0).toString(16));
  const flags = flagsWord(vp.R[FLAG_KIND]!, vp.R[FLAG_A]!, vp.R[FLAG_B]!).toString(16);
  let sum = 0;
  for (let at = 0; at < DATA_BYTES; at += 4) sum = (Math.imul(sum, 31) + vp.memory.view.getInt32(DATA + at, true)) | 0;
  const vectors = [...vp.B.subarray(byteOffset('xmm'), byteOffset('xmm', 8)), ...vp.B.subarray(byteOffset('st'), byteOffset('st', 8))];
  const control = ['mxcsr', 'fsw', 'ftw'].map((name) => vp.R[lane32(name as 'mxcsr')]);
  return `${registers.join(' ')} flags ${flags} ip ${(vp.R[RIP]! >>> 0).toString(16)} data ${sum} vectors ${Buffer.from(vectors).toString('hex')} control ${control.join(' ')}`;
}

function copyState(from: Vp, to: Vp): void {
  to.B.set(from.B);
  to.memory.u8.set(from.memory.u8.subarray(DATA, DATA + DATA_BYTES), DATA);
}

const VECTOR_OPCODES = FORMS.filter((form) => form.mode !== 'long' && /^(NP |66 |F[23] )?0F/.test(form.opcode) && form.operands.some((code) => /^[VWUPQN]/.test(code))).map((form) => form.opcode);
const EXCLUDED = /^(J|Call|Ret|Loop|F|Ldmxcsr|Stmxcsr)/;
const table = createSemanticsTable();

describe('handlers and compiled blocks mean what the evaluator reads', () => {
  for (const isJit of [false, true]) {
    it(isJit ? 'compiled blocks' : 'interpreter handlers', () => {
      const execution = createOracleExecution(isJit);
      const oracle = createOracleExecution(false);
      const random = createRandom(isJit ? 2 : 1);
      const seen = new Set<string>();
      let compared = 0;
      let next = CODE;
      for (let round = 0; round < 12_000; round++) {
        // A random instruction, at an address of its own for a while.
        next = next + 32 > CODE + 0x4000 ? CODE : next + 16;
        const bytes = Uint8Array.from({ length: 16 }, () => random() & 0xff);
        if (random() % 3 === 0) bytes.set(vectorCode(random));
        else if (random() % 3 === 0) bytes[0] = 0x0f;
        else if (random() % 4 === 0) bytes[0] = 0x66;
        for (const { vp } of [execution, oracle]) vp.memory.writeBytes(next, bytes);
        randomize(oracle.vp, random);
        copyState(oracle.vp, execution.vp);
        oracle.vp.R[RIP] = execution.vp.R[RIP] = next;
        const decoded = oracle.transfers.find(next, oracle.vp.mode | 1024);
        if (decoded === undefined) throw new Error('the first page is always there');
        const op = decoded.operations[0]!;
        const form = FORMS[op.form]!;
        const program = op.form === 0 || EXCLUDED.test(form.name) ? undefined : table.build(form, { operandSize: op.operandSize === 16 ? 16 : 32, isMemory: op.isMemory });
        if (program === undefined) continue;
        // The instruction and a jump make a block of two: it runs whole, compiled where that is on.
        for (const { vp } of [execution, oracle]) vp.memory.writeBytes(op.nextIp, JUMP);
        oracle.vp.io.begin();
        const status = evaluate(program, oracle.vp, op, oracle.units as unknown as EvaluatedUnits);
        oracle.vp.io.end(true);
        oracle.vp.R[FAULT] = 0;
        oracle.vp.R[RIP] = status === STATUS_OK ? op.nextIp + JUMP.length : next;
        execution.vp.setBudget(2);
        let actual = execution.run();
        if (actual === STATUS_ALONE) actual = execution.runAlone();
        if (actual === STATUS_OK && execution.vp.R[RIP] === op.nextIp) execution.vp.R[RIP] = op.nextIp + JUMP.length;
        expect(actual, form.name).toBe(status);
        expect(outcome(execution.vp), `${form.name} ${Buffer.from(bytes).toString('hex')} round ${round}`).toBe(outcome(oracle.vp));
        seen.add(form.name);
        compared++;
      }
      expect(compared).toBeGreaterThan(3_000);
      expect(seen.size).toBeGreaterThan(400);
      expect(compiled > compared / 2).toBe(isJit);
    });
  }
});
