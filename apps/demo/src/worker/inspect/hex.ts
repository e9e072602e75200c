/** Hexadecimal, with as many digits. */
export function hex(value: number | bigint, digits: number = 8): string {
  const number = typeof value === 'bigint' ? BigInt.asUintN(4 * digits, value) : value >>> 0;
  return number.toString(16).padStart(digits, '0');
}
