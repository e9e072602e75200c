import { AF, CF, KIND_ADC, KIND_ADD, KIND_DEC, KIND_INC, KIND_LOGIC, KIND_PRODUCT, KIND_RESULT, KIND_SBB, KIND_SUB, KIND_WORD, OF, OSZAPC } from '../flags/kinds.ts';

/*
 * Flags of a record whose kind is known, as arithmetic on the locals `fa` and `fb` without a branch: V8 then computes them
 * where they are used, which is mostly where compiled code is left, and nowhere else.
 */

const SHIFTS = [24, 16, 0] as const;

/** The result, shifted to the top. */
function resultText(kind: number): string {
  const one = 1 << SHIFTS[(kind & 3) as 0 | 1 | 2];
  switch (kind & -4) {
    case KIND_ADD:
      return '(fa + fb | 0)';
    case KIND_ADC:
      return `(fa + fb + (${one}) | 0)`;
    case KIND_SUB:
      return '(fa - fb | 0)';
    case KIND_SBB:
      return `(fa - fb - (${one}) | 0)`;
    case KIND_PRODUCT:
      return 'Math.imul(fa, fb)';
    default:
      return 'fa';
  }
}

/** CF: 0 or 1. */
export function carryText(kind: number): string {
  const r = resultText(kind);
  switch (kind & -4) {
    case KIND_ADD:
    case KIND_ADC:
      return `((fa & fb | (fa | fb) & ~${r}) >>> 31)`;
    case KIND_SUB:
    case KIND_SBB:
      return `((~fa & fb | ~(fa ^ fb) & ${r}) >>> 31)`;
    case KIND_LOGIC:
      return '0';
    case KIND_INC:
    case KIND_DEC:
      return 'fb';
    case KIND_PRODUCT:
      return 'isProductWide(fa, fb)';
    default:
      return `(fb & ${CF})`;
  }
}

/** CF, AF and OF at their EFLAGS positions. */
function arithmeticText(kind: number): string {
  const shift = SHIFTS[(kind & 3) as 0 | 1 | 2];
  const r = resultText(kind);
  const isZero = (x: string): string => `(~(${x} | -(${x})) >>> 31)`;
  switch (kind & -4) {
    case KIND_ADD:
    case KIND_ADC:
      return `${carryText(kind)} | (fa ^ fb ^ ${r}) >>> ${shift} & ${AF} | ((fa ^ ${r}) & (fb ^ ${r})) >>> 20 & ${OF}`;
    case KIND_SUB:
    case KIND_SBB:
      return `${carryText(kind)} | (fa ^ fb ^ ${r}) >>> ${shift} & ${AF} | ((fa ^ fb) & (fa ^ ${r})) >>> 20 & ${OF}`;
    case KIND_LOGIC:
      return '0';
    case KIND_INC:
      return `fb | ${isZero(`(fa >>> ${shift} & 15)`)} << 4 | ${isZero('(fa ^ -2147483648)')} << 11`;
    case KIND_DEC:
      return `fb | ${isZero(`(fa >>> ${shift} & 15 ^ 15)`)} << 4 | ${isZero(`(fa ^ ${(-0x8000_0000 - (1 << shift)) | 0})`)} << 11`;
    case KIND_PRODUCT:
      return `isProductWide(fa, fb) * ${CF | OF}`;
    default:
      return `fb & ${CF | AF | OF}`;
  }
}

/** OSZAPC at their EFLAGS positions. */
export function flagsText(kind: number): string {
  if ((kind & -4) === KIND_WORD) return `(fb & ${OSZAPC})`;
  const r = resultText(kind);
  const low = `(${r} >>> ${SHIFTS[(kind & 3) as 0 | 1 | 2]})`;
  const parity = `(38505 >>> ((${low} ^ ${low} >>> 4) & 15) & 1) << 2`;
  return `(${arithmeticText(kind)} | ${parity} | (~(${r} | -(${r})) >>> 31) << 6 | ${r} >>> 24 & 128)`;
}

/** Kinds that {@link flagsText} and {@link carryText} know. */
export const TEXT_KINDS: readonly number[] = [KIND_WORD, KIND_ADD, KIND_ADC, KIND_SUB, KIND_SBB, KIND_LOGIC, KIND_INC, KIND_DEC, KIND_RESULT].flatMap((kind) => [kind, kind | 1, kind | 2]).concat(KIND_PRODUCT | 2);
