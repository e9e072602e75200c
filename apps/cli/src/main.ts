#!/usr/bin/env node
import { GuestError } from '@ringzero/guests/node';
import { RingzeroError } from '@ringzero/processor';
import { CommanderError } from 'commander';
import { collectEarly } from './collect-early.ts';
import { EXIT_FAILURE, EXIT_OK, EXIT_USAGE } from './exit-status.ts';
import { createProgram } from './program.ts';
import { UsageError } from './usage-error.ts';

/** One line for the user, and the exit status. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
  const isExpected = error instanceof UsageError || error instanceof GuestError || RingzeroError.isInstance(error);
  const text = error instanceof Error ? (isExpected ? error.message.split('\n')[0] : (error.stack ?? error.message)) : String(error);
  process.stderr.write(`ringzero: ${text}\n`);
  return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
}

let status: number = EXIT_OK;
collectEarly();
try {
  await createProgram((result) => (status = result)).parseAsync();
} catch (error) {
  status = report(error);
}
// A guest that was fetched through a pipe may leave handles open; everything has been written.
process.exit(status);
