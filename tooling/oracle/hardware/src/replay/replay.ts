import type { Hypervisor } from '@ringzero/processor';
import type { Vectors } from '../format/cases.ts';
import { EFLAGS, FX, LANE_NAMES, recordedMask, STATE_LANES } from '../format/layout.ts';
import { codeArea, startOf } from '../format/start.ts';
import { windowImage } from '../format/window-image.ts';
import { Context, type Difference } from './context.ts';
import { EXCEPTIONS } from './exceptions.ts';
import { ReplayMachine } from './replay-machine.ts';
import { undefinedFlags } from './undefined-flags.ts';

/** A case that a backend ended differently. */
export interface Mismatch {
  readonly index: number;
  readonly differences: readonly Difference[];
}

export interface ReplayResult {
  readonly replayed: number;
  /** What no exception explains. */
  readonly mismatches: readonly Mismatch[];
  /** How many cases each exception was needed for, by its name. */
  readonly excused: ReadonlyMap<string, number>;
  readonly blocksCompiled: number;
}

/** Names of the exceptions that cover all differences of a case, or undefined. */
function excuse(context: Context): readonly string[] | undefined {
  const relevant = EXCEPTIONS.filter(({ forms }) => context.code.forms.some((name) => forms.test(name)));
  const names = new Set<string>();
  for (const difference of context.differences) {
    const found = relevant.find(({ covers }) => covers(difference, context));
    if (found === undefined) return undefined;
    names.add(found.name);
  }
  return [...names];
}

/** Runs cases, all or those of `selection`, on a backend and compares how they end. */
export async function replay(hypervisor: Hypervisor, vectors: Vectors, selection?: readonly number[]): Promise<ReplayResult> {
  const { codes, cases, outcomes } = vectors;
  const image = windowImage();
  const machine = new ReplayMachine(hypervisor, codeArea(codes), image);
  const { window, windowBytes } = machine;
  const expectedWindow = image.slice(0, window.length);
  const expectedBytes = new Uint8Array(expectedWindow.buffer);
  const start = new Int32Array(STATE_LANES);
  const expected = new Int32Array(STATE_LANES);
  const actual = new Int32Array(STATE_LANES);
  const mismatches: Mismatch[] = [];
  const excused = new Map<string, number>();
  const count = selection?.length ?? cases.length;
  let next = 0;
  const at = (position: number): number => selection?.[position] ?? position;

  const compare = (index: number): void => {
    const code = codes[cases[index].code];
    const outcome = outcomes[index];
    const differences: Difference[] = [];
    const check = (what: string, wanted: number, got: number): void => {
      if (wanted !== got) differences.push({ what, expected: wanted, actual: got });
    };
    check('vector', outcome.vector, machine.vector);
    check('error', outcome.errorCode, machine.errorCode);
    if (outcome.vector === 14) check('cr2', outcome.cr2, machine.cr2);
    expected.set(start);
    for (const { lane, value } of outcome.lanes) expected[lane] = value;
    machine.readState(actual);
    for (let lane = 0; lane < STATE_LANES; lane++) {
      const difference = expected[lane] ^ actual[lane];
      if (difference === 0) continue;
      let mask = recordedMask(lane, expected[FX]);
      if (lane === EFLAGS) mask &= ~undefinedFlags(code, outcome);
      if ((difference & mask) !== 0) differences.push({ what: LANE_NAMES[lane], expected: expected[lane] & mask, actual: actual[lane] & mask });
    }
    for (const { offset, value } of outcome.memory) expectedWindow[offset >> 2] = value;
    for (let i = 0; i < window.length; i++) {
      if (window[i] === expectedWindow[i]) continue;
      differences.push({ what: `memory+${(4 * i).toString(16)}`, expected: expectedWindow[i], actual: window[i] });
      window[i] = image[i];
    }
    restore(index);
    if (differences.length === 0) return;
    const names = excuse(new Context(code, start, outcome, differences));
    if (names === undefined) mismatches.push({ index, differences });
    else for (const name of names) excused.set(name, (excused.get(name) ?? 0) + 1);
  };

  /** Both windows back to the image, for the next case. */
  const restore = (index: number): void => {
    for (const { offset } of outcomes[index].memory) window[offset >> 2] = expectedWindow[offset >> 2] = image[offset >> 2];
    for (const { offset, bytes } of cases[index].patches) {
      for (let i = offset >> 2; i <= (offset + bytes.length - 1) >> 2; i++) window[i] = expectedWindow[i] = image[i];
    }
  };

  await machine.run(() => {
    if (next > 0) compare(at(next - 1));
    if (next === count) return false;
    const item = cases[at(next++)];
    startOf(item, codes[item.code], start);
    for (const { offset, bytes } of item.patches) {
      windowBytes.set(bytes, offset);
      expectedBytes.set(bytes, offset);
    }
    machine.writeState(start);
    return true;
  });
  const blocksCompiled = hypervisor.name === 'jit' ? machine.counter('blocksCompiled') : 0;
  return { replayed: count, mismatches, excused, blocksCompiled };
}
