import { describe, expect, it } from 'vitest';
import { NeedsYield } from './yield.ts';
import { isVpStopped, StopVpSource } from './stop.ts';

const never = new Promise<number>(() => {});

describe('StopVpSource', () => {
  it('says nothing until asked, then says so for good', () => {
    const source = new StopVpSource();
    const stop = source.checker();
    expect(stop.check()).toBeUndefined();
    expect(source.isStopping).toBe(false);
    source.stop();
    source.stop();
    expect(source.isStopping).toBe(true);
    expect(isVpStopped(stop.check())).toBe(true);
    expect(stop.check()).toBe(source.checker().check());
  });

  it('lets a promise through', async () => {
    const stop = new StopVpSource().checker();
    expect(await stop.untilStop(Promise.resolve(5))).toBe(5);
    await expect(stop.untilStop(Promise.reject(new Error('gone')))).rejects.toThrow('gone');
  });

  it('ends every wait at once', async () => {
    const source = new StopVpSource();
    const first = source.checker().untilStop(never);
    const second = source.checker().untilStop(never);
    source.stop();
    expect(isVpStopped(await first)).toBe(true);
    expect(isVpStopped(await second)).toBe(true);
    expect(isVpStopped(await source.checker().untilStop(never))).toBe(true);
  });

  it('leaves no rejection unobserved after a stop', async () => {
    const source = new StopVpSource();
    source.stop();
    expect(isVpStopped(await source.checker().untilStop(Promise.reject(new Error('late'))))).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1));
  });
});

describe('NeedsYield', () => {
  it('yields once per request, however often it was asked', async () => {
    let turns = 0;
    const needs = new NeedsYield(async () => void turns++);
    await needs.maybeYield();
    expect(turns).toBe(0);
    expect(needs.requestYield()).toBe(true);
    expect(needs.requestYield()).toBe(false);
    expect(needs.isRequested).toBe(true);
    await needs.maybeYield();
    await needs.maybeYield();
    expect(turns).toBe(1);
  });

  it('takes a request made during the yield as another one', async () => {
    let turns = 0;
    const needs: NeedsYield = new NeedsYield(async () => {
      if (turns++ === 0) expect(needs.requestYield()).toBe(true);
    });
    needs.requestYield();
    await needs.maybeYield();
    expect(needs.isRequested).toBe(true);
    await needs.maybeYield();
    expect(turns).toBe(2);
  });

  it('lets timers of the host run', async () => {
    let ran = false;
    setImmediate(() => (ran = true));
    const needs = new NeedsYield();
    needs.requestYield();
    await needs.maybeYield();
    expect(ran).toBe(true);
  });
});
