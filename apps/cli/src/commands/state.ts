import { readStateFile } from '@ringzero/machine/node';
import { describeState } from '../saved-states.ts';

/** Options of `ringzero state`. */
export interface StateOptions {
  readonly json?: boolean;
}

/** Verifies a saved state, and prints what it says of itself. */
export async function state(file: string, options: StateOptions): Promise<number> {
  const saved = await readStateFile(file, { keep: false });
  process.stdout.write(options.json === true ? `${JSON.stringify({ ...saved.header, checksum: saved.checksum, fileBytes: saved.fileBytes, index: saved.index }, null, 2)}\n` : describeState(saved));
  return 0;
}
