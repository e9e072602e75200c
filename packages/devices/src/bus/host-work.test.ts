import { describe, expect, it } from 'vitest';
import { HostWork } from './host-work.ts';

/** Work that a test ends. */
class Piece {
  end!: (error?: Error) => void;
  readonly name: string;
  readonly #log: string[];

  constructor(log: string[], name: string) {
    this.#log = log;
    this.name = name;
  }

  readonly work = (): Promise<void> => {
    this.#log.push(this.name);
    return new Promise((resolve, reject) => (this.end = (error) => (error === undefined ? resolve() : reject(error))));
  };
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

describe('HostWork', () => {
  it('does everything at once, as it comes', () => {
    const log: string[] = [];
    const work = new HostWork();
    void work.run(new Piece(log, 'a').work);
    void work.run(new Piece(log, 'b').work);
    expect(work.run(() => void log.push('c'))).toBeUndefined();
    expect(log).toEqual(['a', 'b', 'c']);
    expect(() => work.run(() => { throw new Error('no disk'); })).toThrow('no disk');
  });

  it('waits for all that was cancelled, though it failed, and goes on in order', async () => {
    const log: string[] = [];
    const work = new HostWork();
    const [a, b] = [new Piece(log, 'a'), new Piece(log, 'b')];
    const first = Promise.resolve(work.run(a.work)).catch((error: unknown) => void log.push((error as Error).message));
    void work.run(b.work);
    work.cancel();
    const next = [work.run(() => void log.push('c')), work.run(() => { throw new Error('bad'); }), work.run(() => void log.push('d'))];
    const ends = Promise.allSettled(next);
    a.end(new Error('a failed'));
    await first;
    await settle();
    expect(log).toEqual(['a', 'b', 'a failed']);
    b.end();
    expect((await ends).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a', 'b', 'a failed', 'c', 'd']);
    expect(work.run(() => undefined)).toBeUndefined();
  });

  it('forgets what waited when it is cancelled again', async () => {
    const log: string[] = [];
    const work = new HostWork();
    const a = new Piece(log, 'a');
    void work.run(a.work);
    for (let round = 0; round < 20; round++) {
      work.cancel();
      void work.run(new Piece(log, `round ${round}`).work);
    }
    a.end();
    await settle();
    expect(log).toEqual(['a', 'round 19']);
  });
});
