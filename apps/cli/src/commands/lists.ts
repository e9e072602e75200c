import { listGuests } from '@ringzero/guests/node';
import { BACKENDS } from '../backends.ts';

function print(rows: readonly { readonly name: string; readonly description: string }[]): number {
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const { name, description } of rows) process.stdout.write(`${name.padEnd(width)}  ${description}\n`);
  return 0;
}

/** Prints the backends. */
export function backends(): number {
  return print(BACKENDS);
}

/** Prints the guests. */
export function guests(): number {
  return print(listGuests());
}
