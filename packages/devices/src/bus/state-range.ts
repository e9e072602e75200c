import { RingzeroError } from '@ringzero/processor';

/**
 * Checks a number of a saved state on which a device's arithmetic relies: an integer from `least` to `most`.
 *
 * @throws RingzeroError `invalid-state` that names it.
 */
export function requireInRange(name: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) throw new RingzeroError('invalid-state', `state of ${name}: ${String(value)}, expected ${least} to ${most}`);
}
