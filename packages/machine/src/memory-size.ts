import { MachineError } from './errors.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** A memory size in bytes from a text: `256M`, `1G`, `65536K`, or bytes. Throws a `MachineError` for what is none. */
export function parseMemorySize(text: string): number {
  const match = /^(\d+)([kmg]?)i?b?$/i.exec(text);
  if (match === null) throw new MachineError('invalid-config', `memory size "${text}": expected a number with K, M or G, such as 256M`);
  return Number(match[1]) * UNITS[(match[2] ?? '').toLowerCase()]!;
}
