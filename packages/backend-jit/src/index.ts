import { createSoftwareHypervisor } from '@ringzero/backend-interpreter/engine';
import type { Hypervisor } from '@ringzero/processor';
import { createJitEngine } from './jit.ts';
import type { JitObserver } from './observer.ts';
import type { JitOptions } from './options.ts';

export type { JitOptions } from './options.ts';
export type { BlockReport, DropReason, InstructionReport, JitObserver, PassReport, RegionReport } from './observer.ts';

/**
 * A hypervisor whose VPs run guest code as JavaScript functions, with the interpreter as tier 0.
 * Where the host refuses `new Function` it runs on the interpreter alone and says so in `counters/dynamicCode`.
 *
 * @param observer hears of every region that is compiled or dropped, for looking at compiled code.
 */
export function createJitHypervisor(options: JitOptions = {}, observer?: JitObserver): Hypervisor {
  return createSoftwareHypervisor(createJitEngine(options, observer));
}

export default createJitHypervisor;
