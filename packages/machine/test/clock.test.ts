import { describe, expect, it } from 'vitest';
import { NANOSECONDS_PER_INSTRUCTION, RealClock, VirtualClock } from '../src/index.ts';

describe('the virtual clock', () => {
  it('advances with instructions alone, and fires at the first poll at or after a deadline', () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    clock.schedule(95, () => fired.push(clock.now()));
    expect(clock.quantum()).toBe(10);
    clock.advance(9);
    clock.poll();
    expect(fired).toEqual([]);
    expect(clock.quantum()).toBe(1);
    clock.advance(1);
    clock.poll();
    expect(fired).toEqual([10 * NANOSECONDS_PER_INSTRUCTION]);
  });

  it('fires ties in the order of scheduling, and what they schedule in the past', () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.schedule(200, () => fired.push('late'));
    clock.schedule(100, () => {
      fired.push('a');
      clock.schedule(50, () => fired.push('past'));
    });
    clock.schedule(100, () => fired.push('b'));
    const cancelled = clock.schedule(100, () => fired.push('cancelled'));
    clock.schedule(100, () => fired.push('c'));
    cancelled.cancel();
    cancelled.cancel();
    clock.advance(15);
    clock.poll();
    expect(fired).toEqual(['a', 'past', 'b', 'c']);
    clock.advance(5);
    clock.poll();
    expect(fired.at(-1)).toBe('late');
  });

  it('skips to the next deadline when idle, never back, and says when there is none', () => {
    const clock = new VirtualClock();
    expect([clock.skipIdle(), clock.idleMilliseconds()]).toEqual([false, Infinity]);
    clock.schedule(1e6, () => undefined);
    expect([clock.idleMilliseconds(), clock.skipIdle(), clock.now()]).toEqual([0, true, 1e6]);
    clock.advance(5);
    expect([clock.skipIdle(), clock.now()]).toEqual([true, 1e6 + 50]);
  });

  it('has a quantum of at least one and a bound', () => {
    const clock = new VirtualClock();
    const unbounded = clock.quantum();
    expect(unbounded).toBeLessThan(2 ** 31);
    clock.schedule(0, () => undefined);
    clock.advance(100);
    expect(clock.quantum()).toBe(1);
    clock.poll();
    expect(clock.quantum()).toBe(unbounded);
  });

  it('keeps time where it is while its machine looks at the idle processors', () => {
    const clock = new VirtualClock();
    clock.schedule(100, () => undefined);
    clock.onIdle = () => true;
    expect([clock.skipIdle(), clock.now()]).toEqual([false, 0]);
  });
});

describe('the real clock', () => {
  it('is the time of its source since it was made', () => {
    let source = 5_000_000;
    const clock = new RealClock(() => source);
    const fired: number[] = [];
    clock.schedule(2e6, () => fired.push(clock.now()));
    clock.advance(1);
    expect([clock.now(), clock.idleMilliseconds(), clock.skipIdle()]).toEqual([0, 2, false]);
    source += 3e6;
    expect(clock.idleMilliseconds()).toBe(0);
    clock.poll();
    expect([fired, clock.idleMilliseconds()]).toEqual([[3e6], Infinity]);
    clock.setNow(10e6);
    source += 1e6;
    expect(clock.now()).toBe(11e6);
  });
});

describe('the real clock of an idle guest', () => {
  const MS = 1e6;
  let source = 0;
  /** Sleeps as a run loop does, behind `instructions` of a tick every 4 ms: how late it woke, in milliseconds. */
  const tick = (clock: RealClock, instructions: number): number => {
    clock.advance(instructions);
    const deadline = clock.now() + 4 * MS;
    clock.schedule(deadline, () => undefined);
    source += clock.idleMilliseconds() * MS;
    clock.poll();
    return (clock.now() - deadline) / MS;
  };
  const idleFor = (clock: RealClock, milliseconds: number): number => {
    let late = 0;
    for (const end = source + milliseconds * MS; source < end; ) late = tick(clock, 4000);
    return late;
  };

  it('wakes it exactly at first, then late by a part of the time that it did nothing, and never by more than 50 ms', () => {
    const clock = new RealClock(() => source);
    expect(tick(clock, 4000)).toBe(0);
    const afterASecond = idleFor(clock, 1000);
    expect(afterASecond).toBeGreaterThan(20);
    expect(afterASecond).toBeLessThan(1000 / 32 + 2);
    expect(idleFor(clock, 60_000)).toBeCloseTo(50);
  });

  it('is exact again once the guest works', () => {
    const clock = new RealClock(() => source);
    idleFor(clock, 5000);
    expect(tick(clock, 200_000)).toBe(0);
  });

  it('is exact again once something from outside woke it', () => {
    const clock = new RealClock(() => source);
    idleFor(clock, 5000);
    clock.schedule(clock.now() + 4 * MS, () => undefined);
    clock.idleMilliseconds();
    source += 1 * MS;
    clock.poll();
    expect(clock.idleMilliseconds()).toBeCloseTo(3);
    expect(tick(clock, 4000)).toBeLessThan(1);
  });

  it('never waits with a timer overdue, and for ever without one', () => {
    const clock = new RealClock(() => source);
    idleFor(clock, 5000);
    expect(clock.idleMilliseconds()).toBe(Infinity);
    clock.schedule(clock.now(), () => undefined);
    expect(clock.idleMilliseconds()).toBe(0);
  });
});
