import { Execution } from '@ringzero/backend-interpreter/engine';
import { createFlatVp } from '@ringzero/engine-tests';
import { createJitEngine } from '../src/jit.ts';
import type { JitObserver } from '../src/observer.ts';
import type { JitOptions } from '../src/options.ts';

/** An execution in flat protected mode whose blocks are compiled as a partition's are. */
export function createJitExecution(options: JitOptions, observer?: JitObserver): Execution {
  const execution = new Execution(createFlatVp());
  const attachment = createJitEngine(options, observer).attach(execution);
  execution.follow = (head) => attachment.dispatch?.(head);
  return execution;
}
