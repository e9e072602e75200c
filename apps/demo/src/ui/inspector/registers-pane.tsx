import type { JSX } from 'preact';
import { useCallback } from 'preact/hooks';
import { useController } from '../../page/context.ts';
import type { NamedValue } from '../../protocol/inspection.ts';
import { usePolled } from './use-polled.ts';

function Values({ values }: { readonly values: readonly NamedValue[] }): JSX.Element {
  return (
    <dl class="registers">
      {values.map(({ name, value }) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

/** The first processor's registers. */
export function RegistersPane(): JSX.Element {
  const { worker } = useController();
  const view = usePolled(useCallback(() => worker.processor(0), [worker]));
  if (view === undefined) return <p class="empty">The machine is off.</p>;
  return (
    <>
      <p class="mode">{view.mode}</p>
      <Values values={view.general} />
      <ul class="flags" aria-label="Flags">
        {view.flags.map(({ isSet, name }) => <li key={name} class={isSet ? 'flag flag-set' : 'flag'}>{name}<span class="visually-hidden">{isSet ? ' set' : ' clear'}</span></li>)}
      </ul>
      <table class="segments">
        <caption class="visually-hidden">Segment registers</caption>
        <thead><tr><th scope="col">segment</th><th scope="col">selector</th><th scope="col">base</th><th scope="col">limit</th></tr></thead>
        <tbody>
          {view.segments.map(({ base, limit, name, selector }) => <tr key={name}><th scope="row">{name}</th><td>{selector}</td><td>{base}</td><td>{limit}</td></tr>)}
        </tbody>
      </table>
      <Values values={view.control} />
    </>
  );
}
