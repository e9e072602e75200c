import { RingzeroError, type RingzeroErrorOptions } from '@ringzero/processor';

/** A machine cannot be configured or a guest cannot be loaded. The message is one line that names the thing, its value and what was expected. */
export class MachineError extends RingzeroError {
  constructor(code: 'invalid-config' | 'invalid-image' | 'invalid-state' | 'out-of-memory' | 'run-ended', message: string, options: RingzeroErrorOptions = {}) {
    super(code, message, options);
  }
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
