import { describe, expect, it } from 'vitest';
import { createEventLoop } from './event-loop.ts';

describe('event loop', () => {
  it('sleeps for a time', async () => {
    const start = performance.now();
    await createEventLoop().sleep(5).done;
    expect(performance.now() - start).toBeGreaterThanOrEqual(4);
  });

  it('sleeps for ever until it is woken', async () => {
    const sleep = createEventLoop().sleep(Infinity);
    let over = false;
    void sleep.done.then(() => (over = true));
    await createEventLoop().turn();
    expect(over).toBe(false);
    sleep.wake();
    sleep.wake();
    await sleep.done;
    expect(over).toBe(true);
  });
});
