import { listGuests } from '@ringzero/guests/node';
import { BACKENDS, backendName, loadBackend } from '../backends.ts';
import { loadConfig } from '../config/config-file.ts';

function print(rows: readonly { readonly name: string; readonly description: string }[]): number {
  const width = Math.max(0, ...rows.map((row) => row.name.length));
  for (const { name, description } of rows) process.stdout.write(`${name.padEnd(width)}  ${description}\n`);
  return 0;
}

/** Prints the backends. */
export function backends(): number {
  return print(BACKENDS);
}

/** Options of `ringzero cpus`, as commander gives them. */
export interface CpusOptions {
  readonly backend?: string;
  readonly config?: string;
}

/** Prints the CPU models of a backend. */
export async function cpus(options: CpusOptions): Promise<number> {
  const settings = await loadConfig(options.config);
  const { cpuModels } = await loadBackend(backendName(options.backend, settings), settings.backendOptions);
  return print(cpuModels.map(({ name, description, isDefault }) => ({ name, description: isDefault ? `${description} (default)` : description })));
}

/** Prints the guests. */
export function guests(): number {
  return print(listGuests());
}
