// What compiled code remembers of vector registers must hold, whatever numbers a program works on: loops of random instructions on both engines.
import { Execution } from '@ringzero/backend-interpreter/engine';
import { createFlatVp } from '@ringzero/engine-tests';
import { byteOffset, FORMS, lane32 } from '@ringzero/x86';
import { createSemanticsTable, FLAG_A, FLAG_B, FLAG_KIND, flagsWord, RIP, visitExpression, expressionsOf, type Expression, type FloatExpression, type Statement, type Vp } from '@ringzero/x86-semantics';
import { describe, expect, it } from 'vitest';
import { createJitExecution } from './jit-execution.ts';

const CODE = 0x1000;
const FLAGS = 0x7800;
const CONTROL = 0x7f00;
const DATA = 0x8000;
const DATA_BYTES = 0x1000;
const XMM_VALUES = 0x7000;
const XMM_BYTES = 128;
/** Few vector registers, so that instructions meet each other's results. */
const REGISTERS = 4;
const ROUNDS = 60;
const PROGRAMS = 600;
const ENOUGH = 20_000;

function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 8) % below) | 0;
  };
}

type Random = ReturnType<typeof createRandom>;

/** Numbers that are not ordinary: the first are denormal. */
const DENORMALS = 2;
const DOUBLES = [5e-324, -1e-310, 0, -0, 2.2250738585072014e-308, Infinity, -Infinity, NaN, Number.MAX_VALUE, 1e300, 1e-300];
const SINGLES = [1e-45, -1e-40, 0, -0, 1.1754943508222875e-38, Infinity, -Infinity, NaN, 3.4028234663852886e38, 1e38, 1e-38];
/** Words that are parts of NaNs with bits of their own. */
const WORDS = [-1, 0x7ff00001, 0x7f800001, 0xfff80123 | 0, 0, 0x3ff00000];

/** In a hundred, how many numbers are not ordinary, and of how many kinds. */
const MIXTURES = [[0, 1], [3, DOUBLES.length], [50, DOUBLES.length], [8, DENORMALS]] as const;

function writeNumbers(vp: Vp, random: Random, at: number, bytes: number, [odd, kinds]: readonly [number, number]): void {
  const { view } = vp.memory;
  for (let offset = 0; offset < bytes; offset += 8) {
    const place = at + offset;
    const isOdd = random(100) < odd;
    if (random(3) === 0) for (const word of [0, 4]) view.setFloat32(place + word, isOdd ? SINGLES[random(kinds)]! : (random(1000) - 500) / 8, true);
    else view.setFloat64(place, isOdd ? DOUBLES[random(kinds)]! : (random(1000) - 500) / 8, true);
    if (isOdd && kinds !== DENORMALS && random(4) === 0) view.setInt32(place + 4 * random(2), WORDS[random(WORDS.length)]!, true);
  }
}

/** Instructions between vector registers: prefix and opcode. */
const REGISTER: readonly (readonly number[])[] = [
  ...[0x58, 0x59, 0x5c, 0x5e, 0x51].flatMap((opcode) => [[0xf2, 0x0f, opcode], [0x66, 0x0f, opcode], [0xf3, 0x0f, opcode], [0x0f, opcode]]),
  [0x66, 0x0f, 0x58], [0xf2, 0x0f, 0x59],
  [0xf2, 0x0f, 0x10], [0xf3, 0x0f, 0x10], [0x66, 0x0f, 0x28], [0x0f, 0x28], [0x66, 0x0f, 0x6f],
  [0x66, 0x0f, 0x14], [0x66, 0x0f, 0x15], [0x0f, 0x14], [0x0f, 0x12], [0x0f, 0x16],
  [0x66, 0x0f, 0x57], [0x0f, 0x57], [0x66, 0x0f, 0xef], [0x66, 0x0f, 0xfe], [0x66, 0x0f, 0xd4], [0x66, 0x0f, 0x54],
  [0xf3, 0x0f, 0x5a], [0xf2, 0x0f, 0x5a], [0x66, 0x0f, 0x7c],
  ...[0x5d, 0x5f].flatMap((opcode) => [[0xf2, 0x0f, opcode], [0x66, 0x0f, opcode], [0xf3, 0x0f, opcode]]),
];
/** The same with a memory operand, in both directions. */
const MEMORY: readonly (readonly number[])[] = [
  [0xf2, 0x0f, 0x10], [0xf3, 0x0f, 0x10], [0x66, 0x0f, 0x12], [0x66, 0x0f, 0x16], [0x66, 0x0f, 0x10], [0x0f, 0x10],
  [0xf2, 0x0f, 0x11], [0xf3, 0x0f, 0x11], [0x66, 0x0f, 0x13], [0x66, 0x0f, 0x17], [0x66, 0x0f, 0x11], [0x0f, 0x11],
  ...[0x58, 0x59, 0x5c, 0x5e].flatMap((opcode) => [[0xf2, 0x0f, opcode], [0xf3, 0x0f, opcode]]),
  [0xf2, 0x0f, 0x2d], [0xf2, 0x0f, 0x2c], [0xf2, 0x0f, 0x2a],
];
/** JMP to itself. */
const END = [0xeb, 0xfe];
/** COMISD and UCOMISS. */
const ORDER = [[0x66, 0x0f, 0x2f], [0x0f, 0x2e]] as const;
const disp32 = (address: number): number[] => [0, 8, 16, 24].map((shift) => (address >>> shift) & 255);

/** Two loops, one inside the other, of random instructions; now and then a branch that depends on a comparison leaves some out. */
function program(random: Random): number[] {
  const instruction = (): number[] => {
    const reg = random(REGISTERS);
    if (random(3) === 0) {
      const opcode = MEMORY[random(MEMORY.length)]!;
      const isGeneral = opcode[2] === 0x2d || opcode[2] === 0x2c;
      // [disp32 + ecx * 8], into EAX where it is a general register.
      return [...opcode, ((isGeneral ? 0 : reg) << 3) | 4, 0xcd, ...disp32(DATA + 8 * random(64))];
    }
    // AND EDX, imm8 and CVTSI2SD xmm, edx
    if (random(12) === 0) return [0x83, 0xe2, random(128), 0xf2, 0x0f, 0x2a, 0xc2 | (reg << 3)];
    // SHUFPD and CMPPD, or one without an immediate.
    if (random(10) === 0) return [0x66, 0x0f, random(2) === 0 ? 0xc6 : 0xc2, 0xc0 | (reg << 3) | random(REGISTERS), random(8)];
    return [...REGISTER[random(REGISTER.length)]!, 0xc0 | (reg << 3) | random(REGISTERS)];
  };
  const some = (count: number): number[] => Array.from({ length: count }, instruction).flat();
  const part = (): number[] => {
    const left = some(1 + random(4));
    // comisd or ucomiss; jae, jb or jp over some
    return random(3) === 0 ? [...ORDER[random(2)]!, 0xc0 | (random(REGISTERS) << 3) | random(REGISTERS), [0x73, 0x72, 0x7a][random(3)]!, left.length, ...left] : some(2 + random(7));
  };
  // Inner loop: mov ecx, n; body; dec ecx; jnz rel32. Outer: dec ebx; jnz rel32.
  const body = [...part(), ...(random(2) === 0 ? part() : [])];
  const inner = [...body, 0x49, 0x0f, 0x85, ...disp32(-(body.length + 7))];
  // What was raised in each round is kept, and forgotten: stmxcsr [FLAGS + ebx * 4]; ldmxcsr [CONTROL]
  const round = [0x0f, 0xae, 0x1c, 0x9d, ...disp32(FLAGS), 0x0f, 0xae, 0x15, ...disp32(CONTROL)];
  const outer = [...part(), 0xb9, ...disp32(1 + random(12)), ...inner, ...part(), ...round, 0x4b];
  return [0xbb, ...disp32(ROUNDS), ...outer, 0x0f, 0x85, ...disp32(-(outer.length + 6)), ...END];
}

function outcome(vp: Vp): string {
  const registers = Array.from({ length: 8 }, (_, i) => vp.R[2 * i]! >>> 0);
  const data = Buffer.from(vp.memory.u8.subarray(FLAGS, DATA + DATA_BYTES)).toString('hex');
  const vectors = Buffer.from(vp.B.subarray(byteOffset('xmm'), byteOffset('xmm', 8))).toString('hex').replace(/.{32}/g, '$&\n');
  return `${registers.join(' ')} flags ${flagsWord(vp.R[FLAG_KIND]!, vp.R[FLAG_A]!, vp.R[FLAG_B]!)} mxcsr ${vp.R[lane32('mxcsr')]} rip ${vp.R[RIP]}\n${vectors}${data}`;
}

const sources: string[] = [];
const interpreter = new Execution(createFlatVp());
const jit = createJitExecution({ threshold: 40, loopThreshold: 10 }, { compiled: ({ source }) => sources.push(source) });

function run(execution: Execution, code: readonly number[], seed: number): string {
  const random = createRandom(seed);
  const { vp } = execution;
  const mixture = MIXTURES[random(MIXTURES.length)]!;
  writeNumbers(vp, random, DATA, DATA_BYTES, mixture);
  writeNumbers(vp, random, XMM_VALUES, XMM_BYTES, mixture);
  vp.B.set(vp.memory.u8.subarray(XMM_VALUES, XMM_VALUES + XMM_BYTES), byteOffset('xmm'));
  // PE not set yet, set, denormals are zeros, flushed to zero, rounded down.
  const control = [0x1f80, 0x1fa0, 0x1fa0, 0x1fe0, 0x9fa0, 0x3fa0][random(6)]!;
  vp.R[lane32('mxcsr')] = control;
  vp.memory.view.setUint32(CONTROL, control, true);
  return finish(execution, code, random);
}

function finish(execution: Execution, code: readonly number[], random: Random): string {
  const { vp } = execution;
  for (let register = 0; register < 8; register++) vp.R[2 * register] = 0;
  vp.setFlags(0, 0x8d5);
  vp.memory.writeBytes(CODE, Uint8Array.from(code));
  vp.R[RIP] = CODE;
  const end = CODE + code.length - END.length;
  for (let i = 0; i < ENOUGH && vp.R[RIP] !== end; i++) {
    // Not always enough for a whole block: then its instructions run alone.
    vp.setBudget(1 + random(400));
    execution.run();
  }
  expect(vp.R[RIP]).toBe(end);
  return outcome(vp);
}

describe('loops of vector instructions', () => {
  it('end the same on both engines', () => {
    for (let seed = 0; seed < PROGRAMS; seed++) {
      const code = program(createRandom(seed));
      expect(run(jit, code, seed), `seed ${seed}: ${Buffer.from(code).toString('hex')}`).toBe(run(interpreter, code, seed));
    }
    // They did rely on facts, behind tests and around loops.
    expect(sources.filter((source) => source.includes('(vd === 0 ||')).length).toBeGreaterThan(PROGRAMS);
    expect(sources.filter((source) => source.includes('if (vd !== 0) {')).length).toBeGreaterThan(PROGRAMS / 4);
  });
});

/** With [DATA] a denormal and [DATA + 8] 1e300. MOVSD, MULSD and ADDSD xmm0, mem; ADDSD and SHUFPD of xmm0 with itself. */
const MOVE = (at: number): number[] => [0xf2, 0x0f, 0x10, 0x05, ...disp32(at)];
const MULTIPLY = [0xf2, 0x0f, 0x59, 0x05, ...disp32(DATA + 8)];
const DOUBLE = [0xf2, 0x0f, 0x58, 0xc0];
const SWAP = [0x66, 0x0f, 0xc6, 0xc0, 1];
const WAYS: Readonly<Record<string, readonly number[]>> = {
  'change places': [...MOVE(DATA), ...SWAP, ...SWAP, ...MULTIPLY],
  // In every other round, but not in the last one, another that is known to be ordinary: test bl, 1; jnz over it.
  'come by two ways': [...MOVE(DATA), 0xf6, 0xc3, 1, 0x75, MOVE(0).length + DOUBLE.length, ...MOVE(DATA + 8), ...DOUBLE, ...MULTIPLY],
};

describe.each(Object.entries(WAYS))('what is known of doubles that %s is known of each', (_, body) => {
  it.each([0x1fa0, 0x1fe0, 0x9fe0])('MXCSR %i', (control) => {
    // mov ebx, 501; L: body; dec ebx; jnz L
    const code = [0xbb, ...disp32(501), ...body, 0x4b, 0x0f, 0x85, ...disp32(-(body.length + 7)), ...END];
    const [expected, actual] = [interpreter, jit].map((execution) => {
      const { vp } = execution;
      vp.memory.view.setFloat64(DATA, 1e-310, true);
      vp.memory.view.setFloat64(DATA + 8, 1e300, true);
      vp.R[lane32('mxcsr')] = control;
      return finish(execution, code, createRandom(control)).replace(/rip.*/s, '') + vp.R.slice(lane32('xmm'), lane32('xmm') + 4).join(' ');
    });
    expect(actual).toBe(expected);
  });
});

/** Temporaries of floating point in an expression, and whether facts are in it. */
function partsOf(e: Expression): { readonly temps: readonly number[]; readonly hasFact: boolean } {
  const temps: number[] = [];
  let hasFact = false;
  const float = (f: FloatExpression): void => {
    if (f.k === 'floatTemp') temps.push(f.id);
    else if (f.k === 'floatBinary') [f.a, f.b].forEach(float);
    else if (f.k === 'floatUnary') float(f.a);
  };
  visitExpression(e, (each) => {
    if (each.k === 'fact') hasFact = true;
    else if (each.k === 'floatCompare') [each.a, each.b].forEach(float);
    else if (each.k === 'truncate') float(each.a);
  });
  return { temps, hasFact };
}

describe('what instructions do with elements that compiled code may have in locals', () => {
  const table = createSemanticsTable();
  const programs = FORMS.flatMap((form) => [false, true].flatMap((isMemory) => table.build(form, { operandSize: 32, isMemory }) ?? []).map(({ statements }) => ({ name: form.name, statements })));

  /** Conditions that must all hold. */
  const conditionsOf = (e: Expression): readonly Expression[] => (e.k === 'binary' && e.op === 'and' ? [...conditionsOf(e.a), ...conditionsOf(e.b)] : [e]);

  function check(name: string, statements: readonly Statement[], isGuarded: boolean): void {
    for (const s of statements) {
      const found = expressionsOf(s).map(partsOf);
      if (s.k === 'if') {
        const conditions = conditionsOf(s.condition);
        const isTest = conditions.some(({ k }) => k === 'fact');
        // A fact stands for itself.
        for (const condition of conditions) if (condition.k !== 'fact') expect(partsOf(condition).hasFact, name).toBe(false);
        if (found.some(({ temps }) => temps.length > 0)) expect(isTest || isGuarded, name).toBe(true);
        check(name, s.then, isGuarded || isTest);
        // Nor does the other arm use any.
        check(name, s.otherwise, isGuarded && !isTest);
        continue;
      }
      expect(found.some(({ hasFact }) => hasFact), name).toBe(false);
      if (s.k !== 'letFloat' && found.some(({ temps }) => temps.length > 0)) expect(isGuarded, name).toBe(true);
      if ((s.k === 'setDouble' || s.k === 'setSingle') && s.value.k !== 'floatConst' && s.value.k !== 'fromInteger') expect(isGuarded, name).toBe(true);
    }
  }

  it('is behind tests that another arm does without', () => {
    expect(programs.filter(({ statements }) => JSON.stringify(statements).includes('"fact"')).length).toBeGreaterThan(40);
    for (const { name, statements } of programs) check(name, statements, false);
  });
});
