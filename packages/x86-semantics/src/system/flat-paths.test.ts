import { describe, expect, it } from 'vitest';
import { CR0, CR2, CR3, CR4, ESP, FAULT, RIP } from '../vp/lanes.ts';
import { deliverException, deliverExternal, EVENT_HARDWARE } from './deliver.ts';
import { Bench, CODE0, CODE3, DATA0, DATA3, FREE, GDT, IDT, STACK0, STACK3, TSS } from './fixture.ts';

// Behind a load of CR3 the paths for flat segments walk page tables themselves. They must fault as the complete paths do, and mark the
// same pages: here the same happens once with walks and once without, where the complete ones take over.

const DIRECTORY = 0x2_0000;
const TABLE = 0x2_1000;
const PAGES = 256;
/** Bytes from 0 that are looked at: tables and stacks are there. */
const SEEN = TABLE + 4096;
const CR4_SMAP = 1 << 21;
const IOPL = 0x3000;

let random = 1;
function below(limit: number): number {
  random = (Math.imul(random, 1_664_525) + 1_013_904_223) | 0;
  return (random >>> 9) % limit;
}

/** The page at `linear` with rights chosen by chance: mostly present, writable and the supervisor's. */
function scramble(bench: Bench, linear: number): void {
  const rights = (below(8) === 0 ? 0 : 1) | (below(5) === 0 ? 0 : 2) | (below(4) === 0 ? 4 : 0);
  bench.write32(TABLE + (linear >>> 12) * 4, (linear & -4096) | rights);
}

/** Segments with a base, of all kinds: most of them data that can be written and was accessed. */
function scrambleDescriptor(bench: Bench, at: number): void {
  const kind = [0x93, 0xf3, 0xd3, 0x93, 0xf3, 0x92, 0xf2, 0x97, 0xf1, 0x9b, 0xff, 0x13, 0x82][below(13)]!;
  bench.write32(at, below(0x1_0000) | (below(0x1_0000) << 16));
  bench.write32(at + 4, below(256) | (kind << 8) | (below(256) << 16) | (below(256) << 24));
}

/** A processor that can be put back to where it began: its TLB is too large to make one for each try. */
interface Prepared {
  readonly bench: Bench;
  readonly memory: Uint8Array;
  readonly state: Uint8Array;
}

function create(): Prepared {
  const bench = Bench.protectedMode();
  return { bench, memory: bench.memory.u8.slice(0, SEEN), state: bench.vp.B.slice() };
}

function prepare({ bench, memory, state }: Prepared, seed: number, level: 0 | 3): void {
  random = seed;
  const { R } = bench.vp;
  bench.memory.u8.set(memory);
  bench.vp.B.set(state);
  bench.vp.flushTlb(false);
  bench.vp.raise(0, 0);
  R[FAULT] = 0;
  bench.write32(DIRECTORY, TABLE | 7);
  for (let page = 0; page < PAGES; page++) bench.write32(TABLE + 4 * page, (page << 12) | 7);
  // Stacks at the start, in the middle and across the end of a page.
  const offset = [0, 8, 16, 0x800][below(4)]!;
  bench.write32(TSS + 4, STACK0 + offset);
  bench.enter(level);
  R[ESP] = (level === 0 ? STACK0 : STACK3) + offset;
  const frame = [0x5550, below(3) === 0 ? CODE0 : CODE3, 0x3202, STACK3 - 8, DATA3];
  frame.forEach((value, i) => bench.write32(R[ESP] + 4 * i, value));
  scrambleDescriptor(bench, GDT + FREE);
  for (const linear of [GDT, IDT, TSS, STACK0, STACK0 - 4096, STACK3, STACK3 - 4096]) scramble(bench, linear);
  R[CR3] = DIRECTORY;
  R[CR0] |= 0x8000_0000 | (below(2) === 0 ? 0x1_0000 : 0);
  if (below(3) === 0) R[CR4] |= CR4_SMAP;
  bench.vp.setFlags(IOPL | (below(3) === 0 ? 0x4_0000 : 0), IOPL | 0x4_0000);
  R[RIP] = 0x1234;
  bench.vp.updateMode();
}

const ACTIONS: Record<string, { readonly level: 0 | 3; readonly run: (bench: Bench) => number }> = {
  'an interrupt from CPL 3': { level: 3, run: ({ vp }) => deliverExternal(vp, EVENT_HARDWARE, 0x20) },
  'an interrupt at CPL 0': { level: 0, run: ({ vp }) => deliverExternal(vp, EVENT_HARDWARE, 0x20) },
  'a page fault from CPL 3': {
    level: 3,
    run({ vp }) {
      vp.raise(14, 7);
      vp.faultCr2 = 0x1_2345;
      return deliverException(vp);
    },
  },
  'INT n': { level: 0, run: (bench) => bench.run('Int_Ib', { immediate: 0x21 }) },
  IRET: { level: 0, run: (bench) => bench.run('Iret') },
  PUSHA: { level: 0, run: (bench) => bench.run('Pusha') },
  'PUSHA at CPL 3': { level: 3, run: (bench) => bench.run('Pusha') },
  POPA: { level: 3, run: (bench) => bench.run('Popa') },
  PUSHF: { level: 0, run: (bench) => bench.run('Pushf') },
  'PUSHF at CPL 3': { level: 3, run: (bench) => bench.run('Pushf') },
  POPF: { level: 0, run: (bench) => bench.run('Popf') },
  'POPF at CPL 3': { level: 3, run: (bench) => bench.run('Popf') },
  'PUSH DS': { level: 0, run: (bench) => bench.run('Push_DS') },
  'POP DS': {
    level: 0,
    run(bench) {
      bench.write32(bench.vp.R[ESP], [DATA0, DATA3, CODE0, 0, 0x50][below(5)]!);
      return bench.run('Pop_DS');
    },
  },
  'MOV ES, AX': {
    level: 3,
    run(bench) {
      bench.vp.R[0] = [DATA0, DATA3, CODE3, 0, 0x50][below(5)]!;
      return bench.run('Mov_Sw_Ew', { regNumber: 0, rm: 0 });
    },
  },
};

for (const [name, form] of [['MOV FS, AX', 'Mov_Sw_Ew'], ['VERW AX', 'Verw_Ew'], ['VERR AX', 'Verr_Ew'], ['LSL EAX, EAX', 'Lsl_Gv_Ew']] as const) {
  for (const level of [0, 3] as const) {
    ACTIONS[`${name} at CPL ${level}`] = {
      level,
      run(bench) {
        bench.vp.R[0] = FREE | below(4);
        return bench.run(form, { regNumber: 4, reg: 0, rm: 0 });
      },
    };
  }
}

/** A number that differs where one of the bytes does, nearly always. */
function digest(bytes: Uint8Array): number {
  let sum = 0;
  for (const word of new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)) sum = (Math.imul(sum ^ word, 0x0100_0193) + 1) | 0;
  return sum;
}

/** What can be seen afterwards. */
function outcome({ vp, memory }: Bench, status: number): Record<string, number | string> {
  const isDone = status === 0 || status === 4;
  const fault = isDone ? '' : `${vp.faultVector} ${vp.faultError} ${vp.faultVector === 14 ? vp.faultCr2 : 0}`;
  vp.R[FAULT] = 0;
  return { status, fault, cr2: vp.R[CR2], esp: vp.R[ESP], ip: vp.R[RIP], cpl: vp.cpl, mode: vp.mode, flags: vp.flags(), state: digest(vp.B), memory: digest(memory.u8.subarray(0, SEEN)) };
}

describe.each(Object.entries(ACTIONS))('%s behind a load of CR3', (_, { level, run }) => {
  it('faults and marks pages as by the complete path', () => {
    const [quick, complete] = [create(), create()];
    const { vp } = quick.bench;
    const { cachePage } = vp;
    let walked = 0;
    vp.cachePage = (...access) => {
      const isThere = cachePage.apply(vp, access);
      if (isThere) walked++;
      return isThere;
    };
    complete.bench.vp.cachePage = () => false;
    const statuses = new Set<unknown>();
    for (let seed = 1; seed <= 1000; seed++) {
      const [one, other] = [quick, complete].map((prepared) => {
        prepare(prepared, seed * 7919, level);
        return outcome(prepared.bench, run(prepared.bench));
      });
      expect(one, `seed ${seed}`).toEqual(other);
      statuses.add(one!.status);
    }
    expect(walked).toBeGreaterThan(50);
    expect(statuses.size).toBeGreaterThan(1);
  });
});
