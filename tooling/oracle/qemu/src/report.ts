import { KNOWN, type KnownDifference } from './known-differences.ts';
import type { Outcome } from './lockstep/run-program.ts';

/** Sums of a catalogue's run. */
export class Tally {
  #programs = 0;
  #compared = 0;
  failures = 0;
  readonly #known = new Map<KnownDifference, number>();

  add({ compared, failures, known }: Outcome): void {
    this.#programs++;
    this.#compared += compared;
    this.failures += failures.length;
    for (const difference of known) this.#known.set(difference, (this.#known.get(difference) ?? 0) + 1);
  }

  /** Names of known differences that no program met: after a run of all programs, rows that may go. */
  get unmet(): readonly string[] {
    return KNOWN.filter((known) => !this.#known.has(known)).map(({ name }) => name);
  }

  /** What was run, and the known differences that were met. */
  describe(backend: string): string {
    const known = [...this.#known].map(([{ name, right, reason, source }, programs]) => `  ${name} (${programs} programs; ${right === 'both' ? 'either is right' : 'QEMU is wrong'}): ${reason} [${source}]`);
    return [
      ...(known.length === 0 ? [] : ['Known differences:', ...known]),
      `${this.#programs} programs on ${backend} and QEMU, ${this.#compared} instructions compared, ${this.#known.size} known differences, ${this.failures} unexplained`,
    ].join('\n');
  }
}
