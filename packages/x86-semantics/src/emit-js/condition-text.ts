import { KIND_ADD, KIND_DEC, KIND_INC, KIND_LOGIC, KIND_PRODUCT, KIND_RESULT, KIND_SUB, KIND_WORD, OF, PF, SF, ZF } from '../flags/kinds.ts';

type Texts = Readonly<Record<number, string>>;

/** Conditions 0, 2, … 14 (the even codes: O B Z BE S P L LE) as tests of the record's `fa` and `fb`, by kind. Absent ones are computed by `conditionOf`. */
const TEXTS: Readonly<Record<number, Texts>> = {
  [KIND_SUB]: {
    0: '((fa ^ fb) & (fa ^ (fa - fb))) < 0',
    2: 'fa >>> 0 < fb >>> 0',
    4: 'fa === fb',
    6: 'fa >>> 0 <= fb >>> 0',
    8: '(fa - fb | 0) < 0',
    12: 'fa < fb',
    14: 'fa <= fb',
  },
  [KIND_LOGIC]: { 0: 'false', 2: 'false', 4: 'fa === 0', 6: 'fa === 0', 8: 'fa < 0', 12: 'fa < 0', 14: 'fa <= 0' },
  [KIND_ADD]: { 2: '(fa + fb >>> 0) < (fa >>> 0)', 4: '(fa + fb | 0) === 0', 8: '(fa + fb | 0) < 0' },
  [KIND_INC]: { 0: 'fa === -2147483648', 2: 'fb !== 0', 4: 'fa === 0', 6: 'fb !== 0 || fa === 0', 8: 'fa < 0', 12: 'fa < 0 && fa !== -2147483648', 14: 'fa <= 0 && fa !== -2147483648' },
  [KIND_DEC]: { 2: 'fb !== 0', 4: 'fa === 0', 6: 'fb !== 0 || fa === 0', 8: 'fa < 0' },
  [KIND_RESULT]: { 0: `(fb & ${OF}) !== 0`, 2: '(fb & 1) !== 0', 4: 'fa === 0', 6: '(fb & 1 | (fa === 0 ? 1 : 0)) !== 0', 8: 'fa < 0' },
  [KIND_PRODUCT]: { 0: 'isProductWide(fa, fb) !== 0', 2: 'isProductWide(fa, fb) !== 0', 4: 'Math.imul(fa, fb) === 0', 8: 'Math.imul(fa, fb) < 0' },
  [KIND_WORD]: { 0: `(fb & ${OF}) !== 0`, 2: '(fb & 1) !== 0', 4: `(fb & ${ZF}) !== 0`, 6: `(fb & ${ZF | 1}) !== 0`, 8: `(fb & ${SF}) !== 0`, 10: `(fb & ${PF}) !== 0` },
};

/** A boolean expression for condition `code` over the locals `fa` and `fb`; `kind` is undefined where only the text `fk` knows it. */
export function conditionText(code: number, kind: number | undefined, kindText: string): string {
  const text = kind === undefined ? undefined : TEXTS[kind & -4]?.[code & 14];
  if (text === undefined) return `(conditionOf(${code}, ${kindText}, fa, fb) !== 0)`;
  return (code & 1) === 0 ? `(${text})` : `(!(${text}))`;
}
