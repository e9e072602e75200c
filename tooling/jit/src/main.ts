// pnpm jit:explain: what the JIT made of a piece of guest code.
import { CommanderError } from 'commander';
import { explain } from './explain.ts';
import { parseOptions } from './options.ts';

// Whoever reads may have seen enough (`| head`).
process.stdout.on('error', () => process.exit(1));
try {
  process.stdout.write(await explain(parseOptions(process.argv)));
} catch (error) {
  // Commander has said what was wrong.
  if (!(error instanceof CommanderError)) console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof CommanderError ? error.exitCode : 1;
}
