import type { Difference, Lockstep } from './lockstep.ts';
import type { Program } from './program.ts';

/** NOPs in place of an instruction keep the others where they are. */
function without(program: Program, slot: number, index: number): Program {
  const slots = program.slots.map((instructions, s) => (s === slot ? instructions.map((bytes, i) => (i === index ? bytes.map(() => 0x90) : bytes)) : instructions));
  return { ...program, slots };
}

function isNop(bytes: readonly number[]): boolean {
  return bytes.every((byte) => byte === 0x90);
}

/** Drops instructions, and then chunks, for as long as the engines still differ. */
export async function shrink(difference: Difference, lockstep: Pick<Lockstep, 'run'>): Promise<Difference> {
  let smallest = difference;
  for (let progress = true; progress; ) {
    progress = false;
    for (let slot = 0; slot < smallest.program.slots.length; slot++) {
      for (let index = 0; index < smallest.program.slots[slot]!.length; index++) {
        if (isNop(smallest.program.slots[slot]![index]!)) continue;
        const still = await lockstep.run(without(smallest.program, slot, index));
        if (still === undefined) continue;
        smallest = still;
        progress = true;
      }
    }
    for (let chunk = 0; chunk < smallest.program.chunks.length - 1; chunk++) {
      const chunks = smallest.program.chunks.filter((_, i) => i !== chunk);
      const still = await lockstep.run({ ...smallest.program, chunks });
      if (still === undefined) continue;
      smallest = still;
      progress = true;
    }
  }
  return smallest;
}
