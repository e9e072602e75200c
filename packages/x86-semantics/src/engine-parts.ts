import { STRING_HELPERS } from './strings/table.ts';
import { createVectorOperations, type VectorOperations } from './simd/index.ts';
import { segmentCheck } from './system/segments.ts';
import { SYSTEM_HELPERS } from './system/table.ts';
import type { Operation } from './vp/operation.ts';
import type { Vp } from './vp/vp.ts';
import { Fpu } from './x87/fpu.ts';
import type { X87Numbers } from './x87/numbers.ts';
import { MXCSR_MASK, MXCSR_MASK_WITHOUT_DAZ } from './x87/fpu-image.ts';

/** A rare or stateful instruction: returns a `STATUS_*`. */
export type Helper = (vp: Vp, op: Operation) => number;

/** Instructions that are helpers. */
export interface Helpers {
  readonly run: Readonly<Record<string, Helper>>;
  /** Those that REP repeats. */
  readonly repeats: ReadonlySet<string>;
  /** Those after which the next instruction follows as after any other: no control transfer, same mode and translations. */
  readonly continues: ReadonlySet<string>;
}

/** Every helper by form. */
export function createHelpers(): Helpers {
  const run: Record<string, Helper> = { ...STRING_HELPERS };
  for (const [form, { run: helper }] of Object.entries(SYSTEM_HELPERS)) run[form] = helper;
  const strings = Object.keys(STRING_HELPERS);
  const continues = Object.keys(SYSTEM_HELPERS).filter((form) => !SYSTEM_HELPERS[form]!.endsBlock);
  return { run, repeats: new Set(strings), continues: new Set([...strings, ...continues]) };
}

/** The units that IR calls. */
export interface Units {
  readonly fpu: Fpu;
  readonly vector: VectorOperations;
  /** Arithmetic of x87 registers. */
  readonly x87: X87Numbers;
}

/** Units over a VP's state; also gives the VP the exact segment check. */
export function createUnits(vp: Vp): Units {
  vp.segmentCheck = (segment, offset, size, write) => segmentCheck(vp, segment, offset, size, write);
  const fpu = new Fpu(vp.views);
  fpu.mxcsrMask = vp.features.has('sse2') ? MXCSR_MASK : MXCSR_MASK_WITHOUT_DAZ;
  return { fpu, vector: createVectorOperations(vp.views, (vector) => vp.raise(vector, -1)), x87: fpu.numbers };
}
