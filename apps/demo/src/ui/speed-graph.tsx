import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { effect } from '@preact/signals';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useController } from '../page/context.ts';
import type { Sample } from '../protocol/machine-worker.ts';

const HEIGHT = 150;
/** Seconds shown. */
const SPAN = 60;

/** Columns for the graph: time, and a series for each engine, with a gap where the other one executed. */
function columnsOf(samples: readonly Sample[]): uPlot.AlignedData {
  // An engine's line begins where the other's ends.
  const of = (backend: Sample['backend']) => samples.map((sample, i) => (sample.backend === backend || samples[i + 1]?.backend === backend ? sample.mips : null));
  return [samples.map(({ time }) => time), of('interpreter'), of('jit')];
}

function series(label: string, color: string): uPlot.Series {
  return { label, stroke: color, fill: `color-mix(in srgb, ${color} 16%, transparent)`, width: 2, points: { show: false }, spanGaps: false };
}

function axis(style: CSSStyleDeclaration, values: (value: number) => string, size: number): uPlot.Axis {
  const line = style.getPropertyValue('--line');
  return { stroke: style.getPropertyValue('--text-quiet'), font: '11px system-ui', grid: { stroke: line, width: 1 }, ticks: { stroke: line, size: 4 }, size, values: (_, splits) => splits.map(values) };
}

function draw(place: HTMLElement, samples: readonly Sample[]): uPlot {
  const style = getComputedStyle(document.documentElement);
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { time: false, range: (_, min, max) => [Math.max(min ?? 0, (max ?? 0) - SPAN), Math.max(max ?? 0, 10)] }, y: { range: (_, __, max) => [0, Math.max(10, (max ?? 0) * 1.1)] } },
      axes: [axis(style, (value) => `${value} s`, 26), axis(style, String, 40)],
      series: [{}, series('Interpreter', style.getPropertyValue('--engine-interpreter').trim()), series('JIT', style.getPropertyValue('--engine-jit').trim())],
    },
    columnsOf(samples),
    place,
  );
}

/** Speed over time, in the colours of the engines. The numbers are also there as text. */
export function SpeedGraph(): JSX.Element {
  const { samples, theme } = useController().store;
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current!;
    let graph = draw(element, samples.peek());
    const again = (): void => {
      graph.destroy();
      graph = draw(element, samples.peek());
    };
    const stopData = effect(() => graph.setData(columnsOf(samples.value)));
    const stopTheme = theme.subscribe(() => again());
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', again);
    const observer = new ResizeObserver(() => graph.setSize({ width: element.clientWidth, height: HEIGHT }));
    observer.observe(element);
    return () => {
      stopData();
      stopTheme();
      scheme.removeEventListener('change', again);
      observer.disconnect();
      graph.destroy();
    };
  }, [samples, theme]);
  return (
    <figure class="graph">
      <div ref={place} style={{ height: `${HEIGHT}px` }} role="img" aria-label="Graph of the speed over the last minute, in millions of instructions per second" />
      <figcaption class="graph-legend">
        <span class="engine-name engine-interpreter">Interpreter</span>
        <span class="engine-name engine-jit">JIT</span>
        <span class="graph-unit">MIPS</span>
      </figcaption>
    </figure>
  );
}
