import type { JSX } from 'preact';
import { useController } from '../page/context.ts';
import { formatCount, formatPercent, formatSpeed } from './format.ts';
import { SpeedGraph } from './speed-graph.tsx';

/** How fast the guest runs, and what the engine does for it. */
export function SpeedPanel(): JSX.Element {
  const { samples } = useController().store;
  const last = samples.value.at(-1);
  // The rates of one second: four samples.
  const recent = samples.value.slice(-4);
  const sum = (of: (sample: NonNullable<typeof last>) => number): number => recent.reduce((total, sample) => total + of(sample), 0);
  const rows: readonly (readonly [label: string, value: string, hint: string])[] = [
    ['Speed', last === undefined ? '–' : formatSpeed(last.mips), 'million guest instructions per second'],
    ['Compiled code', last === undefined ? '–' : formatPercent(last.compiledShare), 'share of the instructions that the JIT’s functions executed; the interpreter does the rest'],
    ['Functions', last === undefined ? '–' : String(last.regionsLive), 'regions of guest code that are compiled now'],
    ['Compiling', last === undefined ? '–' : `${formatCount(sum(({ compilations }) => compilations))}/s`, 'functions made in the last second'],
    ['Exits', last === undefined ? '–' : `${formatCount(sum(({ exits }) => exits))}/s`, 'times that control left a function for code outside of it'],
  ];
  return (
    <section class="panel" aria-labelledby="speed-title">
      <h2 id="speed-title">Speed</h2>
      <SpeedGraph />
      <dl class="figures">
        {rows.map(([label, value, hint]) => (
          <div key={label} title={hint}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
