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
    clock.advance();
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
