import { cpuModel, MAX_CPU_MODEL } from '@ringzero/x86';
import { CALL_GATES } from './call-gates.ts';
import { DEBUG_EXCEPTIONS } from './debug-exceptions.ts';
import { INTERRUPT_GATES } from './interrupt-gates.ts';
import { IRETS } from './iret.ts';
import { MODE_SWITCHES } from './mode-switches.ts';
import { PAGE_FAULTS } from './page-faults.ts';
import { PAGING_STRUCTURES } from './paging-structures.ts';
import { SEGMENT_VIOLATIONS } from './segments.ts';
import { SUPERVISOR_MODE } from './supervisor-mode.ts';
import { FAST_CALLS } from './sysenter.ts';
import { SYSTEM_INSTRUCTIONS } from './system-instructions.ts';
import { TASK_SWITCHES } from './task-switches.ts';
import { VIRTUAL_8086 } from './virtual-8086.ts';
import type { SystemProgram, Topic } from './program.ts';

export const CATALOGUE: readonly Topic[] = [
  MODE_SWITCHES, TASK_SWITCHES, CALL_GATES, INTERRUPT_GATES, VIRTUAL_8086, PAGE_FAULTS, PAGING_STRUCTURES, SUPERVISOR_MODE, SEGMENT_VIOLATIONS, IRETS, FAST_CALLS, DEBUG_EXCEPTIONS,
  SYSTEM_INSTRUCTIONS,
];

/** A program and the title of its topic. */
export interface Selected {
  readonly topic: string;
  readonly program: SystemProgram;
}

/** Programs with this text in their name or their topic's title. */
export function selectPrograms(text: string): Selected[] {
  return CATALOGUE.flatMap(({ title, programs }) => programs.map((program) => ({ topic: title, program }))).filter(({ topic, program }) => `${topic}: ${program.name}`.includes(text));
}

/** Whether our processor model has what a program needs; QEMU's has all of it. */
export function canRun({ needs = [] }: SystemProgram): boolean {
  const features: readonly string[] = cpuModel(MAX_CPU_MODEL)?.features ?? [];
  return needs.every((need) => features.includes(need));
}
