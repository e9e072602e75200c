import type { Hypervisor } from '@ringzero/processor';
import { asyncIoPart } from './async-io.ts';
import { branchSteppingPart } from './branch-stepping.ts';
import type { ConformanceOptions } from './context.ts';
import { declareSuite } from './context.ts';
import { contractPart } from './contract.ts';
import { cpuModelsPart } from './cpu-models.ts';
import { debugPart } from './debug.ts';
import { interruptsPart } from './interrupts.ts';
import { monitorPart } from './monitor.ts';
import { pageFaultPart } from './page-faults.ts';
import { programsPart } from './programs.ts';
import { resetPart } from './reset.ts';
import { resumeFlagPart } from './resume-flag.ts';
import { x87ErrorsPart } from './x87-errors.ts';
import { x2apicPart } from './x2apic.ts';
import { stopPart } from './stop-and-yield.ts';

/**
 * Declares, in the test file that calls it, every test that a backend must pass on its own.
 *
 * ```ts
 * describeConformance('interpreter', () => createInterpreterHypervisor());
 * ```
 *
 * `create` is called for each test. A backend that lacks an ability says so, with its reason, in `options.lacks`.
 */
export function describeConformance(name: string, create: () => Hypervisor, options: ConformanceOptions = {}): void {
  declareSuite(`${name} conforms`, create, options, {
    contract: contractPart,
    reset: resetPart,
    'stop and yield': stopPart,
    'asynchronous devices': asyncIoPart,
    debugging: debugPart,
    interrupts: interruptsPart,
    'page faults': pageFaultPart,
    'MONITOR and MWAIT': monitorPart,
    'the resume flag': resumeFlagPart,
    'stepping on branches': branchSteppingPart,
    'x87 errors': x87ErrorsPart,
    x2APIC: x2apicPart,
    'CPU models': cpuModelsPart,
    programs: programsPart,
  });
}
