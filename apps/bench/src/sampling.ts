import type { Sample } from './measurement.ts';

const PERIOD = 100;

/** Notes the counter of instructions about every 100 ms, as often as the engine lets the event loop turn. */
export function startSampling(instructions: () => number): { stop(): Sample[] } {
  const start = performance.now();
  const samples: Sample[] = [[0, 0]];
  const take = (): void => {
    samples.push([performance.now() - start, instructions()]);
  };
  const timer = setInterval(take, PERIOD);
  return {
    stop() {
      clearInterval(timer);
      take();
      return samples;
    },
  };
}

/** Million instructions per second between samples: the warm-up curve, as points of seconds and MIPS. */
export function toCurve(samples: readonly Sample[]): [seconds: number, mips: number][] {
  const points: [number, number][] = [];
  let last = samples[0];
  for (const sample of samples.slice(1)) {
    const milliseconds = sample[0] - (last?.[0] ?? 0);
    // The last sample may come right after another.
    if (milliseconds < PERIOD / 4) continue;
    points.push([sample[0] / 1000, (sample[1] - (last?.[1] ?? 0)) / milliseconds / 1000]);
    last = sample;
  }
  return points;
}
