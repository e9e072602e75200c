// Operands of a region that are in one page: which of them look at the TLB, and that what a guest sees does not depend on it.
import { createInterpreterHypervisor } from '@ringzero/backend-interpreter';
import { FlatMachine } from '@ringzero/engine-tests';
import { describe, expect, it } from 'vitest';
import { createJitHypervisor, type JitOptions, type RegionReport } from '../src/index.ts';

const EAGER: JitOptions = { threshold: 60, loopThreshold: 30 };
const ROUNDS = 2000;
/** Loops made by chance. */
const PROGRAMS = Array.from({ length: 80 }, (_, i) => i + 1);
const little = (value: number): number[] => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255);
const [EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI] = [0, 1, 2, 3, 4, 5, 6, 7];

/** mov r, value */
const set = (register: number, value: number): number[] => [0xb8 + register, ...little(value)];
/** An opcode with [base + displacement] and a register. */
const memory = (opcode: readonly number[], register: number, base: number, displacement: number): number[] => [
  ...opcode,
  0x80 | (register << 3) | base,
  ...(base === ESP ? [0x24] : []),
  ...little(displacement),
];
const load = (register: number, base: number, displacement: number): number[] => memory([0x8b], register, base, displacement);
const store = (register: number, base: number, displacement: number): number[] => memory([0x89], register, base, displacement);

/** mov ecx, rounds; L: body; dec ecx; jnz L; out F4h, eax; hlt */
function loop(start: readonly number[], body: readonly number[], rounds: number = ROUNDS): number[] {
  return [...start, ...set(ECX, rounds), ...body, 0x49, 0x0f, 0x85, ...little(-(body.length + 7)), 0xe7, 0xf4, 0xf4];
}

interface Outcome {
  readonly machine: FlatMachine;
  readonly regions: readonly RegionReport[];
}

async function run(code: readonly number[], options: JitOptions = EAGER, quantum: number = 10_000): Promise<Outcome> {
  const regions: RegionReport[] = [];
  const machine = new FlatMachine(createJitHypervisor(options, { compiled: (region) => regions.push(region) }), code);
  machine.quantum = quantum;
  await machine.run(1);
  return { machine, regions };
}

const DIRECTORY = 0x2_0000;
const TABLE = 0x2_1000;
/** Turns paging on: pages of data lie in other frames than their neighbours, all others where they are. */
function pageData(machine: FlatMachine): void {
  const page = (linear: number, frame: number): void => machine.memory.writeBytes(TABLE + 4 * (linear >>> 12), Uint8Array.from(little(frame | 0x67)));
  for (let linear = 0; linear < machine.memory.ramBytes; linear += 4096) page(linear, linear);
  for (const [i, linear] of [0x7000, 0x8000, 0x9000, 0xa000].entries()) page(linear, 0x3_0000 + 4096 * ((3 * i + 2) % 4));
  machine.memory.writeBytes(DIRECTORY, Uint8Array.from(little(TABLE | 0x67)));
  const state = machine.processor.accessState(0);
  state.set('registers', { ...state.get('registers'), cr0: 0x8001_0011n, cr3: BigInt(DIRECTORY) });
  state.commit();
}

const looks = (text: string): number => text.split(/= T[RW]\[/).length - 1;
/** Looks at the TLB before and in the loop of the region that was formed last. */
function looksOf({ regions }: Outcome): readonly [before: number, inside: number] {
  const [before, inside] = regions[regions.length - 1]!.source.split('for (;;)');
  return [looks(before!), looks(inside!)];
}

describe('operands near each other', () => {
  it('are looked up once: fields behind a pointer that the loop has loaded', async () => {
    const body = [...load(EBX, ESI, 0), ...load(EAX, EBX, 4), ...store(EAX, EBX, 8), ...load(EDX, EBX, 12)];
    const outcome = await run(loop([...set(ESI, 0x8000), ...set(EDI, 0x9000), ...store(EDI, ESI, 0)], body));
    // One for the pointer, before the loop, and one for what it points to.
    expect(looksOf(outcome)).toEqual([1, 1]);
  });

  it('are looked up before the loop where its registers come round unchanged: a frame, a call, a push and a pop', async () => {
    // F: add [esp + 8], edx; ret
    const callee = [...memory([0x01], EDX, ESP, 8), 0xc3];
    const body = [0x50, 0xe8, 2, 0, 0, 0, 0xeb, callee.length, ...callee, 0x58, ...store(EAX, EBP, -8), ...load(EDX, EBP, -12)];
    const outcome = await run(loop([...set(ESP, 0x8800), ...set(EBP, 0x8780)], body));
    expect(looksOf(outcome)).toEqual([2, 0]);
    expect(outcome.regions).toHaveLength(1);
  });

  it('are looked up anew behind a helper', async () => {
    // A PUSHF and a POPF by the interpreter's handlers between two loads.
    const body = [...load(EAX, ESI, 0), 0x9c, 0x9d, ...load(EDX, ESI, 4)];
    const outcome = await run(loop([...set(ESI, 0x8000), ...set(ESP, 0x9000)], body));
    const [before, inside] = looksOf(outcome);
    expect([before, inside]).toEqual([0, 2]);
  });

  it('are looked up when they come to another page, where the loop goes through memory', async () => {
    const body = [...load(EDX, ESI, 0), 0x01, 0xd0, 0x83, 0xc6, 0x04];
    const outcome = await run(loop([...set(EAX, 0), ...set(ESI, 0x8000), ...set(EDX, 7), ...store(EDX, ESI, 0x1ffc)], body, 0x800));
    expect(outcome.machine.written).toEqual([7]);
    expect(outcome.regions[0]!.source).toMatch(/if \(\(q0 & -4093\) !== p0\)/);
  });
});

describe('operands that turn out to be in two pages', () => {
  const values = (one: number, other: number): number[] => [...set(EAX, 0x1111), ...store(EAX, ESI, one), ...set(EAX, 0x2222), ...store(EAX, ESI, other)];

  it('have the region formed anew, with the one that is elsewhere looked up by itself', async () => {
    const body = [...load(EAX, ESI, 0), ...load(EDX, ESI, 4), 0x01, 0xd0];
    const outcome = await run(loop([...set(ESI, 0x8ffc), ...values(0, 4)], body, 20_000));
    expect(outcome.machine.written).toEqual([0x3333]);
    expect(outcome.regions.map((region) => looksOf({ ...outcome, regions: [region] }))).toEqual([[1, 0], [1, 1]]);
  });

  it('are executed by regions all the same, where a pointer leads there now and then', async () => {
    // EBX is at 8FFCh every other time.
    const body = [0x81, 0xf3, ...little(0xfc), ...load(EAX, EBX, 0), ...load(EDX, EBX, 4), 0x01, 0xd0];
    const { machine } = await run(loop([...set(ESI, 0x8ffc), ...values(0, 4), ...set(EBX, 0x8f00)], body, 60_000), { ...EAGER, countTiers: true });
    expect(machine.written).toEqual([0]);
    const value = (name: string): number => Number(Reflect.get(machine.counter(name), 'value'));
    expect(value('tiers/regions')).toBeGreaterThan(value('tiers/interpreter'));
  });
});

it('what only one way to a block has looked up is looked up there, though that way is taken most', async () => {
  // L: mov ebx, ecx; shl ebx, 2; add ebx, 8000h; test cl, 3; jz B; mov edx, [ebx]; jmp M; B: inc edi; M: add eax, [ebx + 4]
  const body = [0x89, 0xcb, 0xc1, 0xe3, 2, 0x81, 0xc3, ...little(0x8000), 0xf6, 0xc1, 3, 0x74, 8, ...load(EDX, EBX, 0), 0xeb, 1, 0x47, ...memory([0x03], EAX, EBX, 4)];
  const machine = new FlatMachine(createJitHypervisor(EAGER), loop(set(EAX, 0), body));
  const values = Uint32Array.from({ length: ROUNDS + 2 }, (_, i) => i * i);
  machine.memory.writeBytes(0x8000, new Uint8Array(values.buffer));
  await machine.run(1);
  expect(machine.written).toEqual([values.slice(2).reduce((sum, value) => (sum + value) >>> 0, 0) >>> 0]);
});

it('a page that gets code is written to through the interpreter, though it was checked before', async () => {
  // L: mov edi, [esi]; mov [esi + 8], ecx; call esi + 10h, which is `inc eax; ret` in the page that the loop writes to
  const body = [...load(EDI, ESI, 0), ...store(ECX, ESI, 8), 0x8d, 0x5e, 0x10, 0xff, 0xd3];
  const { machine } = await run(loop([...set(ESP, 0xa000), ...set(ESI, 0x8000), ...set(EAX, 0xc340), ...store(EAX, ESI, 0x10), ...set(EAX, 0)], body));
  expect(machine.written).toEqual([ROUNDS]);
});

it('what is read beside what is written is read by the same translation, though the guest has changed it without INVLPG', async () => {
  // mov eax, [esi]; the page's entry leads to another frame; L: mov eax, [esi]; mov [esi + 4], ecx; add ebx, eax
  const start = [...set(ESI, 0x8000), ...set(EBX, 0), ...load(EAX, ESI, 0), 0xc7, 0x05, ...little(TABLE + 4 * 8), ...little(0x4_0067)];
  const code = loop(start, [...load(EAX, ESI, 0), ...store(ECX, ESI, 4), 0x01, 0xc3]);
  const sums = [createInterpreterHypervisor(), createJitHypervisor(EAGER)].map(async (hypervisor) => {
    const machine = new FlatMachine(hypervisor, code);
    pageData(machine);
    machine.memory.writeBytes(0x3_1000, Uint8Array.from(little(1)));
    machine.memory.writeBytes(0x4_0000, Uint8Array.from(little(0x1000)));
    await machine.run(1);
    return Number(machine.processor.accessState(0).get('registers').rbx);
  });
  const [interpreter, jit] = await Promise.all(sums);
  expect(jit).toBe(interpreter);
});

describe('loops made by chance', () => {
  let seed = 1;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) | 0;
    return (seed >>> 8) % limit;
  };
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!;
  const BASES = [EBX, ESI, EDI, EBP, ESP];
  const DATA = [EAX, EDX];
  const near = (): number => pick([0, 4, 8, -4, 12, 1, 2, 60, 120, -64]);

  /** mov base, data; and base, 1FF8h; or base, 8000h */
  const baseFrom = (data: number, to: number): number[] => [0x89, 0xc0 | (data << 3) | to, 0x81, 0xe0 + to, ...little(0x1ff8), 0x81, 0xc8 + to, ...little(0x8000)];

  /** An instruction, or a few that belong together. None of them lets a base go far. */
  function instruction(depth: number): number[] {
    const [base, data] = [pick(BASES), pick(DATA)];
    switch (below(depth === 0 ? 17 : 11)) {
      case 0:
      case 1:
        return load(data, base, near());
      case 2:
        return store(data, base, near());
      case 3:
        return memory([pick([0x01, 0x29, 0x31])], data, base, near());
      case 4:
        return memory([pick([0x88, 0x8a, 0x00])], data, base, near());
      case 5:
        return memory([0x0f, pick([0xb6, 0xb7])], data, base, near());
      case 6:
        return [0x66, ...memory([pick([0x89, 0x8b, 0x01])], data, base, near())];
      case 7: // push, pop
        return [0x50 + pick(DATA), ...(depth === 0 ? instruction(1) : []), 0x58 + pick(DATA)];
      case 8: // add base, imm8, and back somewhere near
        return pick([[0x83, 0xc0 + pick([EBX, ESI, EDI]), pick([4, 252, 1, 64, 192])], [0x42], [0xc1, 0xc0 + data, 5]]);
      case 9:
        return baseFrom(data, pick([EBX, ESI, EDI]));
      case 10: // mov base, base; lea base, [base + disp]
        return pick([[0x89, 0xc0 | (pick([EBX, ESI, EDI]) << 3) | pick([EBX, ESI, EDI])], memory([0x8d], pick([ESI, EDI]), pick([EBX, EBP]), near())]);
      case 11: { // test data, 4; jz over
        const inner = Array.from({ length: 1 + below(3) }, () => instruction(1)).flat();
        return [0xf6, 0xc0 + data, 4, 0x0f, 0x84, ...little(inner.length), ...inner];
      }
      case 12: { // An inner loop: push ecx; mov ecx, 3; L: …; dec ecx; jnz L; pop ecx
        const inner = Array.from({ length: 1 + below(3) }, () => instruction(1)).flat();
        return [0x51, ...set(ECX, 3), ...inner, 0x49, 0x0f, 0x85, ...little(-(inner.length + 7)), 0x59];
      }
      case 13:
      case 14:
      case 15: { // A base from data, which some ways then change or look at, and others do not
        const to = pick([EBX, ESI, EDI]);
        const inner = pick([[0x83, 0xc0 + to, 64], [0x89, 0xc0 | (pick([EBX, ESI, EDI]) << 3) | to], load(pick(DATA), to, near()), store(pick(DATA), to, near())]);
        const arm = [0xf6, 0xc0 + pick(DATA), pick([1, 4, 0x20]), 0x0f, pick([0x84, 0x85]), ...little(inner.length), ...inner];
        return [...baseFrom(data, to), ...(below(2) === 0 ? load(pick(DATA), to, near()) : []), ...arm, ...load(pick(DATA), to, near()), 0xc1, 0xc0 + data, 5];
      }
      default: { // pushf; popf, or a call that is inlined: call F; jmp over; F: …; ret
        const inner = Array.from({ length: 1 + below(2) }, () => instruction(1)).flat();
        return pick([[0x9c, 0x9d], [0xe8, 2, 0, 0, 0, 0xeb, inner.length + 1, ...inner, 0xc3]]);
      }
    }
  }

  function program(): number[] {
    const start = [...set(ESP, pick([0xa000, 0xa008, 0x9ffc])), ...set(EBP, pick([0xa004, 0x8800, 0x8ffd]))];
    for (const base of [EBX, ESI, EDI]) start.push(...set(base, pick([0x8000, 0x8ffc, 0x9008, 0x8ff1, 0x1800])));
    // EBX and the others begin anew each time, so that they stay near.
    const anew = [EBX, ESI, EDI].flatMap((base) => (below(2) === 0 ? set(base, pick([0x8ffc, 0x9004, 0x8f80])) : []));
    // [7000h] counts, since ECX is the inner loops'.
    const body = [...anew, ...Array.from({ length: 3 + below(9) }, () => instruction(0)).flat(), 0xff, 0x0d, ...little(0x7000)];
    return [0xc7, 0x05, ...little(0x7000), ...little(400), ...start, ...set(EAX, 0x1234_5678), ...set(EDX, 0x9abc_def0), ...body, 0x0f, 0x85, ...little(-(body.length + 6)), 0xe7, 0xf4, 0xf4];
  }

  /** Behind so many instructions they are stopped, wherever that is: some write over what counts. */
  const MOST = 200_000;

  async function finalState(machine: FlatMachine, quantum: number): Promise<unknown> {
    machine.quantum = quantum;
    machine.memory.writeBytes(0x7800, Uint8Array.from({ length: 0x2a00 }, (_, i) => Math.imul(i, i ^ 0x9e37) >>> 7));
    pageData(machine);
    machine.memory.writeBytes(0x3_0000, Uint8Array.from({ length: 0x4000 }, (_, i) => Math.imul(i, i ^ 0x79b9) >>> 5));
    machine.onPoll = () => void (machine.quanta.reduce((sum, each) => sum + each, 0) > MOST && machine.stop());
    await machine.run(1);
    if (machine.written.length === 0) return 'endless';
    const registers = machine.processor.accessState(0).get('registers');
    const { u8 } = machine.memory;
    let hash = 0;
    for (let at = 0; at < 0x4_0000; at++) hash = (Math.imul(hash, 31) + u8[at]!) | 0;
    return { registers, hash };
  }

  it.each(PROGRAMS)('end as they do on the interpreter (%i)', async (number) => {
    seed = Math.imul(number, 0x9e37_79b1);
    const code = program();
    const quantum = number % 2 === 0 ? 10_000 : 1009;
    const expected = await finalState(new FlatMachine(createInterpreterHypervisor(), code), quantum);
    expect(await finalState(new FlatMachine(createJitHypervisor(EAGER), code), quantum)).toEqual(expected);
  });
});
