import type { TimerHandle, VmClock } from '@ringzero/processor';
import { describe, expect, it } from 'vitest';
import { ApicTimer } from './timer.ts';

describe('the local APIC timer', () => {
  it.each([
    [true, 0b0011],
    [false, 0b0011],
    [true, 0b1010],
  ])('goes on exactly from its current count (periodic: %s, divide configuration %i)', (periodic, divide) => {
    let now = 12_340;
    const deadlines: number[] = [];
    const clock = { mode: 'virtual', now: () => now, schedule: (deadline: number): TimerHandle => void deadlines.push(deadline) as unknown as TimerHandle ?? { deadline, cancel: () => undefined } } as unknown as VmClock;
    const create = (): ApicTimer => new ApicTimer(clock, () => now, { expire: () => undefined, isWaiting: () => false });
    const first = create();
    first.start(1000, 1000, divide, periodic);
    // Whatever part of a count has gone by.
    for (now of [12_350, 20_010, 27_770]) create().start(1000, first.current(), divide, periodic);
    expect(deadlines).toHaveLength(4);
    expect(new Set(deadlines).size).toBe(1);
  });
});
