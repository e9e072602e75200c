import type { Hypervisor } from '@ringzero/processor';
import { describe, it } from 'vitest';

/**
 * Parts of the contract that a backend may be without, each with what a backend lacks that is without it:
 *
 * - `instructions`: the instruction set that a real guest needs (without it: a handful of opcodes)
 * - `faults`: guest exceptions
 * - `interrupts`: interrupt delivery, by line and by message
 * - `breakpoints`: execute breakpoints and data watchpoints
 * - `counters`: instruction counters in the inspect tree
 */
export type Ability = 'instructions' | 'faults' | 'interrupts' | 'breakpoints' | 'counters';

/** How a backend differs from a complete one. */
export interface ConformanceOptions {
  /** What the backend does not offer, and why. Tests that need it are reported as skipped with that reason. */
  readonly lacks?: Readonly<Partial<Record<Ability, string>>>;
}

/** What every part of the suite is given. */
export interface SuiteContext {
  /** A new backend for each test, so that none sees another's leftovers. */
  create(): Hypervisor;
  /** Declares a test that needs these abilities. */
  test(name: string, needs: readonly Ability[], body: () => void | Promise<void>): void;
}

/** One part of the suite. */
export type SuitePart = (context: SuiteContext) => void;

/** Declares the parts under one title. */
export function declareSuite(title: string, create: () => Hypervisor, options: ConformanceOptions, parts: Readonly<Record<string, SuitePart>>): void {
  const { lacks = {} } = options;
  const context: SuiteContext = {
    create,
    test(name, needs, body) {
      const missing = needs.find((ability) => lacks[ability] !== undefined);
      if (missing === undefined) it(name, body);
      else it(name, ({ skip }) => skip(`no ${missing}: ${lacks[missing]}`));
    },
  };
  describe(title, () => {
    for (const [name, part] of Object.entries(parts)) describe(name, () => part(context));
  });
}
