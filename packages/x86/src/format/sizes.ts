/** Bytes by the letters of an operand code (vol. 2D appendix A.2.2); `v`, `z` and `y` follow the operand size. */
const LETTERS: Readonly<Record<string, number>> = {
  b: 1, w: 2, d: 4, q: 8, dq: 16, t: 10, ss: 4, sd: 8, ps: 16, pd: 16, pi: 8, b32: 1, w32: 2,
};

/** Names of memory operands by bytes. */
export const SIZE_NAMES: Readonly<Record<number, string>> = { 1: 'byte', 2: 'word', 4: 'dword', 6: 'fword', 8: 'qword', 10: 'tbyte', 16: 'xmmword' };

/** Size of an operand in bytes, 0 where it has none (LEA, FXSAVE and their like). */
export function operandBytes(code: string, operandSize: number): number {
  const letters = code.slice(1);
  switch (letters) {
    case '':
      return 0;
    case 's':
      return 6;
    case 'v':
      return operandSize >> 3;
    case 'z':
      return operandSize === 16 ? 2 : 4;
    case 'y':
      return operandSize === 64 ? 8 : 4;
    case 'p':
      return (operandSize >> 3) + 2;
    case 'a':
      return operandSize >> 2;
    default:
      return LETTERS[letters] ?? 0;
  }
}
