import type { Hypervisor } from '@ringzero/processor';
import type { Case, Code, Outcome } from '../format/cases.ts';
import { EFLAGS, FX_CONTROL, LANE_NAMES, recordedMask, STATE_LANES } from '../format/layout.ts';
import { windowImage } from '../format/window-image.ts';
import { codeArea, startOf } from '../format/start.ts';
import { ReplayMachine } from './replay-machine.ts';

/** A set of vectors: cases with what the processor did. */
export interface Vectors {
  readonly codes: readonly Code[];
  readonly cases: readonly Case[];
  readonly outcomes: readonly Outcome[];
}

/** Something that a backend did otherwise. */
export interface Difference {
  /** A lane's name, `vector`, `error`, `cr2`, or `memory+offset`. */
  readonly what: string;
  readonly expected: number;
  readonly actual: number;
}

/** A case that a backend ended differently. */
export interface Mismatch {
  readonly index: number;
  readonly differences: readonly Difference[];
}

export interface ReplayResult {
  readonly replayed: number;
  readonly mismatches: readonly Mismatch[];
  readonly blocksCompiled: number;
}

/** What to leave out of a comparison: flags that are undefined after a code, in a state. */
export type FlagMask = (code: Code, start: Int32Array) => number;

/** Runs cases, all or those of `selection`, on a backend and compares how they end. */
export async function replay(hypervisor: Hypervisor, vectors: Vectors, undefinedFlags: FlagMask, selection?: readonly number[]): Promise<ReplayResult> {
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
  const count = selection?.length ?? cases.length;
  let next = 0;
  const at = (position: number): number => selection?.[position] ?? position;

  const compare = (index: number): void => {
    const { code, patches } = cases[index];
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
      let mask = recordedMask(lane, expected[FX_CONTROL]);
      if (lane === EFLAGS) mask &= ~undefinedFlags(codes[code], start);
      if ((difference & mask) !== 0) differences.push({ what: LANE_NAMES[lane], expected: expected[lane] & mask, actual: actual[lane] & mask });
    }
    for (const { offset, value } of outcome.memory) expectedWindow[offset >> 2] = value;
    for (let i = 0; i < window.length; i++) {
      if (window[i] === expectedWindow[i]) continue;
      differences.push({ what: `memory+${(4 * i).toString(16)}`, expected: expectedWindow[i], actual: window[i] });
      window[i] = image[i];
    }
    // Back to the image, for the next case.
    for (const { offset } of outcome.memory) window[offset >> 2] = expectedWindow[offset >> 2] = image[offset >> 2];
    for (const { offset, bytes } of patches) {
      for (let i = offset >> 2; i <= (offset + bytes.length - 1) >> 2; i++) window[i] = expectedWindow[i] = image[i];
    }
    if (differences.length > 0) mismatches.push({ index, differences });
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
  return { replayed: count, mismatches, blocksCompiled };
}
