import { describe, expect, it, vi } from 'vitest';
import { BENCHMARKS, LINUX_BENCHMARKS } from '@ringzero/guests';
import { ENGINES } from './engines.ts';
import { parseOptions } from './options.ts';

const parse = (...words: string[]): ReturnType<typeof parseOptions> => parseOptions(['node', 'bench', ...words]);

describe('parseOptions', () => {
  it('asks for everything by itself', () => {
    expect(parse()).toMatchObject({ engines: ENGINES, rounds: 3, scale: 20, profile: false, clock: 'wall' });
    expect(parse().workloads).toHaveLength(BENCHMARKS.length + 1 + LINUX_BENCHMARKS.length);
  });

  it('leaves Linux out of a quick run unless it is named', () => {
    expect(parse('--quick')).toMatchObject({ rounds: 1, scale: 4, workloads: BENCHMARKS.map((benchmark) => benchmark.name) });
    expect(parse('--quick', '--only', 'debian,integer').workloads).toEqual(['integer', 'debian']);
  });

  it('knows groups, and keeps the order of the table', () => {
    expect(parse('--only', 'linux,smc').workloads).toEqual(['smc', 'debian', ...LINUX_BENCHMARKS.map((benchmark) => benchmark.name)]);
    expect(parse('--engines', 'v86,jit').engines).toEqual(['jit', 'v86']);
  });

  it('takes to a browser what a page can run', () => {
    expect(parse('--browser')).toMatchObject({ browser: true, engines: ['jit', 'v86'], workloads: BENCHMARKS.map((benchmark) => benchmark.name) });
    expect(parse('--browser', '--engines', 'interpreter,jit,v86,qemu').engines).toEqual(['interpreter', 'jit', 'v86']);
  });

  it.each([['--only', 'plan9'], ['--engines', 'bochs'], ['--rounds', '0'], ['--scale', '1.5'], ['--nonsense'], ['--browser', '--only', 'linux-fork'], ['--browser', '--engines', 'jit']])('refuses %s %s', (...words) => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(() => parse(...words)).toThrow();
    write.mockRestore();
  });
});
