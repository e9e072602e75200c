import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { LINUX_BENCHMARKS, linuxBenchmarkScript } from './linux-benchmarks.ts';

describe('linuxBenchmarkScript', () => {
  it('is one that a shell can read, with a case for each benchmark', () => {
    const script = linuxBenchmarkScript();
    execFileSync('sh', ['-n'], { input: script });
    for (const { name } of LINUX_BENCHMARKS) expect(script).toContain(`\n${name}) `);
  });
});

describe('expected outputs', () => {
  const expected = (name: string, scale: number): string | undefined => LINUX_BENCHMARKS.find((benchmark) => benchmark.name === name)?.expected?.(scale);

  it('are what the program prints', () => {
    let sum = 0;
    for (let i = 0; i < 240; i++) sum += i & 63;
    expect(expected('linux-fork', 4)).toBe(`fork 240 ${sum}`);
    expect(expected('linux-mmap', 1)).toBe('mmap 30 60480');
  });
});
