import { MODE_SWITCHES } from './mode-switches.ts';
import type { SystemProgram, Topic } from './program.ts';

export const CATALOGUE: readonly Topic[] = [MODE_SWITCHES];

/** A program and the title of its topic. */
export interface Selected {
  readonly topic: string;
  readonly program: SystemProgram;
}

/** Programs with this text in their name or their topic's title. */
export function selectPrograms(text: string): Selected[] {
  return CATALOGUE.flatMap(({ title, programs }) => programs.map((program) => ({ topic: title, program }))).filter(({ topic, program }) => `${topic}: ${program.name}`.includes(text));
}
