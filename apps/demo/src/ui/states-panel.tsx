import type { JSX } from 'preact';
import { useController } from '../page/context.ts';
import type { StoredState } from '../protocol/saved-states.ts';
import { formatBytes } from './format.ts';
import { IconAction } from './icon-action.tsx';
import { Icon } from './icon.tsx';

function StateRow({ state }: { readonly state: StoredState }): JSX.Element {
  const controller = useController();
  const { bytes, date, name } = state;
  const title = name.replace(/ \d{4}-.*$/, '');
  return (
    <li class="state">
      <button type="button" class="state-open" title={`Restore ${name}`} onClick={() => void controller.restoreState({ kind: 'stored', name })}>
        <span class="state-name">{title}</span>
        <span class="state-facts">{new Date(date).toLocaleString(undefined, { dateStyle: 'short', timeStyle: 'medium' })}, {formatBytes(bytes)}</span>
      </button>
      <IconAction icon="download" label={`Download ${name}`} onClick={() => void controller.downloadState(name)} />
      <IconAction icon="trash" label={`Delete ${name}`} onClick={() => void controller.deleteState(name)} />
    </li>
  );
}

/** Saved states: those that the browser keeps, and files. */
export function StatesPanel(): JSX.Element {
  const controller = useController();
  const { phase, states } = controller.store;
  const { kind } = phase.value;
  const hasMachine = kind === 'running' || kind === 'paused' || kind === 'ended';
  return (
    <section class="panel" aria-labelledby="states-title">
      <h2 id="states-title">Saved states</h2>
      <div class="state-buttons">
        <button type="button" class="button button-small" disabled={!hasMachine} onClick={() => void controller.saveState()}><Icon name="save" />Save</button>
        <button type="button" class="button button-small" disabled={!hasMachine} title="Save into a file" onClick={() => void controller.exportState()}><Icon name="download" />Download</button>
      </div>
      {states.value.length === 0 ? <p class="field-hint">A state holds the whole machine, and goes on with any engine, here or in a terminal.</p> : <ul class="states">{states.value.map((state) => <StateRow key={state.name} state={state} />)}</ul>}
    </section>
  );
}
