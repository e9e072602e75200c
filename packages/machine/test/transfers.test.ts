import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../src/index.ts';
import type { MachineClock } from '../src/clock/machine-clock.ts';
import { RealClock } from '../src/clock/real-clock.ts';
import { MachineTransfers } from '../src/transfers.ts';

interface Bench {
  readonly clock: MachineClock;
  readonly transfers: MachineTransfers;
  readonly held: Promise<void>[];
  wakes: number;
}

function bench(clock: MachineClock): Bench {
  const held: Promise<void>[] = [];
  const made: Bench = { clock, held, wakes: 0, transfers: new MachineTransfers({ clock, hold: (work) => void held.push(work), wake: () => void made.wakes++ }) };
  return made;
}

function after(clock: MachineClock, nanoseconds: number): void {
  clock.setNow(clock.now() + nanoseconds);
  clock.poll();
}

describe('a transfer in virtual time', () => {
  it('ends at a moment that its size decides, however fast the host was', async () => {
    const log: string[] = [];
    const { clock, transfers, held } = bench(new VirtualClock());
    const transfer = transfers.start(() => undefined, 1000, () => void log.push(`sync at ${clock.now()}`));
    transfers.start(() => Promise.resolve(), 1000, () => void log.push(`promise at ${clock.now()}`));
    await Promise.resolve();
    expect(transfer.due).toBe(21_000);
    after(clock, 20_999);
    expect(log).toEqual([]);
    after(clock, 1);
    await Promise.all(held);
    clock.poll();
    expect(log).toEqual(['sync at 21000', 'promise at 21000']);
  });

  it('holds the machine up until a slow host is done', async () => {
    const log: unknown[] = [];
    const { clock, transfers, held } = bench(new VirtualClock());
    let finish: (() => void) | undefined;
    transfers.start(() => new Promise<void>((resolve) => (finish = resolve)), 0, (error) => void log.push(error ?? clock.now()));
    after(clock, 20_000);
    expect([log.length, held.length]).toEqual([0, 1]);
    finish?.();
    await held[0];
    clock.poll();
    expect(log).toEqual([20_000]);
  });

  it('leaves nothing for its end once it is cancelled', () => {
    const { clock, transfers, held } = bench(new VirtualClock());
    transfers.start(() => new Promise(() => undefined), 0, () => undefined).cancel();
    expect(clock.idleMilliseconds()).toBe(Infinity);
    after(clock, 20_000);
    expect(held).toEqual([]);
  });

  it('starts again at its old end', () => {
    const log: number[] = [];
    const { clock, transfers } = bench(new VirtualClock());
    clock.setNow(5_000);
    transfers.start(() => undefined, 4096, () => void log.push(clock.now()), 7_000);
    after(clock, 1_999);
    after(clock, 1);
    expect(log).toEqual([7_000]);
  });
});

describe('a transfer in real time', () => {
  it('ends when the host is done, in a timer’s place, and wakes the machine', async () => {
    let now = 0;
    const log: unknown[] = [];
    const made = bench(new RealClock(() => now));
    made.transfers.start(() => Promise.reject(new Error('bad sector')), 0, (error) => void log.push((error as Error).message));
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect([log, made.wakes, made.held.length]).toEqual([[], 1, 0]);
    now += 1;
    made.clock.poll();
    expect(log).toEqual(['bad sector']);
  });
});

describe.each([['virtual', () => new VirtualClock()], ['real', () => new RealClock(() => 0)]] as const)('a transfer with the %s clock', (_name, create) => {
  it('tells errors, thrown or rejected, and nothing once it is cancelled', async () => {
    const log: string[] = [];
    const { clock, transfers, held } = bench(create());
    const fail = (text: string) => () => {
      throw new Error(text);
    };
    const tell = (error?: unknown): void => void log.push((error as Error | undefined)?.message ?? 'fine');
    transfers.start(fail('thrown'), 0, tell);
    transfers.start(fail('cancelled'), 0, tell).cancel();
    const slow = transfers.start(() => Promise.resolve(), 0, tell);
    slow.cancel();
    after(clock, 1_000_000);
    await Promise.all(held);
    clock.poll();
    expect(log).toEqual(['thrown']);
  });
});
