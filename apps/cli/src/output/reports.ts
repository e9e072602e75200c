import type { Machine } from '@ringzero/machine';
import { inspectPath, saveAll, type InspectResult } from '@ringzero/processor';

/** Every state element of every processor as JSON. */
export function stateReport(machine: Machine): string {
  const processors = machine.processors.map((processor) => saveAll(processor.accessState(0)));
  return `${JSON.stringify({ virtualNanoseconds: machine.clock.now(), processors }, null, 2)}\n`;
}

function toJson(result: InspectResult): unknown {
  if (result.kind === 'directory') return Object.fromEntries(Object.entries(result.entries).map(([name, entry]) => [name, toJson(entry)]));
  if (result.kind === 'unevaluated') return null;
  return typeof result.value === 'bigint' ? `0x${result.value.toString(16)}` : result.value;
}

/** Instructions retired, wall time, blocks compiled, exits by reason; the processors' counters beside them. */
export function statsReport(machine: Machine, wallSeconds: number): string {
  const counters = machine.processors.map((processor) => toJson(inspectPath(processor.inspect(), 'counters')) as Record<string, unknown>);
  const sum = (name: string): number => counters.reduce((total, entry) => total + Number(entry[name] ?? 0), 0);
  const exits: Record<string, number> = {};
  for (const entry of counters) {
    for (const [reason, count] of Object.entries((entry['exits'] ?? {}) as Record<string, number>)) exits[reason] = (exits[reason] ?? 0) + count;
  }
  const report = {
    instructionsRetired: sum('instructionsRetired'),
    wallSeconds,
    virtualSeconds: machine.clock.now() / 1e9,
    blocksCompiled: sum('blocksCompiled'),
    exits,
    processors: counters,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
