import { RingzeroError } from '@ringzero/processor';

/**
 * Checks a number of a saved state on which a device's arithmetic relies: an integer from `least` to `most`.
 *
 * @throws RingzeroError `invalid-state` that names it.
 */
export function requireInRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw new RingzeroError('invalid-state', `state of ${name}: ${String(value)}, expected ${least} to ${most}`);
}

/**
 * Checks a text of a saved state that is a number of up to 64 bits in decimal.
 *
 * @throws RingzeroError `invalid-state` that names it.
 */
export function requireDecimal(name: string, text: string): void {
  if (!/^\d{1,20}$/.test(text)) throw new RingzeroError('invalid-state', `state of ${name}: ${String(text).slice(0, 40)}, expected a decimal number of 64 bits`);
}
