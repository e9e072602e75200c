const BYTE_LEGACY: readonly string[] = ['al', 'cl', 'dl', 'bl', 'ah', 'ch', 'dh', 'bh'];
const NAMES: readonly string[] = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'];

/** Segment registers by encoding. */
export const SEGMENT_NAMES: readonly string[] = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'];

/** Name of a general register. `hasRex`: 8-bit numbers 4 to 7 are SPL, BPL, SIL and DIL. */
export function formatRegister(number: number, bits: number, hasRex: boolean): string {
  if (number >= 8) return `r${number}${bits === 64 ? '' : bits === 32 ? 'd' : bits === 16 ? 'w' : 'b'}`;
  if (bits === 8) return hasRex && number >= 4 ? `${NAMES[number]!}l` : BYTE_LEGACY[number]!;
  return bits === 16 ? NAMES[number]! : `${bits === 32 ? 'e' : 'r'}${NAMES[number]!}`;
}
