import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { useController } from '../../page/context.ts';
import { usePolled } from './use-polled.ts';

/** Instructions around RIP. */
export function CodePane(): JSX.Element {
  const { worker } = useController();
  const view = usePolled(useCallback(() => worker.code(0), [worker]));
  if (view === undefined) return <p class="empty">The machine is off.</p>;
  if (view.problem !== undefined) return <p class="empty">{view.problem}</p>;
  return (
    <table class="code">
      <caption class="visually-hidden">Instructions around the instruction pointer</caption>
      <thead class="visually-hidden"><tr><th scope="col">address</th><th scope="col">bytes</th><th scope="col">instruction</th></tr></thead>
      <tbody>
        {view.lines.map(({ address, bytes, isCurrent, text }) => (
          <tr key={address} class={isCurrent ? 'current' : undefined} aria-current={isCurrent ? 'true' : undefined}><th scope="row">{address}</th><td class="bytes">{bytes}</td><td>{text}</td></tr>
        ))}
      </tbody>
    </table>
  );
}
