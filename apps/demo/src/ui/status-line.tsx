import type { JSX } from 'preact';
import { useController } from '../page/context.ts';
import { formatCount, formatSpeed } from './format.ts';

/** What the machine is doing, in a line. */
export function StatusLine(): JSX.Element {
  const { backend, bootedGuest, phase, samples } = useController().store;
  const last = samples.value.at(-1);
  const { value } = phase;
  const text = value.kind === 'ended' ? value.reason : { off: 'Off', loading: 'Loading', running: 'Running', paused: 'Paused' }[value.kind];
  return (
    <p class={`status-line phase-${value.kind}`} data-phase={value.kind}>
      <span class="lamp" aria-hidden="true" />
      <span class="status-text">{text}{value.kind !== 'off' && bootedGuest.value !== undefined ? ` · ${bootedGuest.value}` : ''}</span>
      {last !== undefined && value.kind !== 'off' && (
        <span class="status-numbers">
          <span class={`engine-name engine-${backend.value}`}>{backend.value === 'jit' ? 'JIT' : 'Interpreter'}</span>
          {value.kind === 'running' && <span>{formatSpeed(last.mips)}</span>}
          <span>{formatCount(last.instructions)} instructions</span>
        </span>
      )}
    </p>
  );
}
