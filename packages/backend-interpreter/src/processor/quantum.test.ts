import type { VmClock } from '@ringzero/processor';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Quantum } from './quantum.ts';

const GRANT = 20_000;

/** A clock of which only the grant counts. */
function clock(): VmClock {
  return { quantum: () => GRANT } as VmClock;
}

describe('a quantum', () => {
  afterEach(() => void vi.restoreAllMocks());

  it('shrinks where instructions take long, even if the clock granted few, and grows back', () => {
    let time = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => time);
    const quantum = new Quantum(clock());
    const run = (microseconds: number): number => {
      const granted = quantum.begin();
      time += (granted * microseconds) / 1000;
      quantum.end();
      return granted;
    };
    expect(run(1)).toBe(GRANT);
    for (let i = 0; i < 5; i++) run(1);
    expect(run(1)).toBeLessThanOrEqual(3000);
    for (let i = 0; i < 5; i++) run(0.01);
    expect(run(0.01)).toBe(GRANT);
  });

  it('does not leave a loop at the same instruction each time', () => {
    vi.spyOn(performance, 'now').mockImplementation(() => 0);
    const quantum = new Quantum({ quantum: () => Infinity } as VmClock);
    const loop = 8;
    const phases = new Set<number>();
    let retired = 0;
    for (let i = 0; i < 64; i++) {
      retired += quantum.begin();
      phases.add(retired % loop);
    }
    expect(phases.size).toBe(loop);
  });
});
