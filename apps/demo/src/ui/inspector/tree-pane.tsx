import type { InspectResult } from '@ringzero/processor';
import type { JSX } from 'preact';
import { useCallback, useState } from 'preact/hooks';
import { useController } from '../../page/context.ts';
import { usePolled } from './use-polled.ts';

function valueText(result: Extract<InspectResult, { readonly kind: 'value' }>): string {
  const { display, value } = result;
  if (value === undefined) return 'none';
  return display === 'hex' && (typeof value === 'number' || typeof value === 'bigint') ? `${value < 0 ? '-' : ''}0x${(value < 0 ? -value : value).toString(16)}` : String(value);
}

/** A directory's entries; those inside are asked for when they are opened. */
function Directory({ path }: { readonly path: string }): JSX.Element {
  const { worker } = useController();
  const result = usePolled<InspectResult>(useCallback(async () => worker.inspect(path, 1), [worker, path]));
  if (result?.kind !== 'directory') return <p class="empty">…</p>;
  return (
    <ul class="tree">
      {Object.entries(result.entries).map(([name, entry]) => (
        <li key={name}>{entry.kind === 'value' ? <Leaf name={name} value={valueText(entry)} /> : <Branch name={name} path={path === '' ? name : `${path}/${name}`} />}</li>
      ))}
    </ul>
  );
}

function Leaf({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return <span class="tree-leaf"><span class="tree-name">{name}</span><span class="tree-value">{value}</span></span>;
}

function Branch({ name, path }: { readonly name: string; readonly path: string }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{name}</summary>
      {isOpen && <Directory path={path} />}
    </details>
  );
}

/** Everything in the machine, as a tree of names. */
export function TreePane(): JSX.Element {
  const { phase } = useController().store;
  if (phase.value.kind === 'off' || phase.value.kind === 'loading') return <p class="empty">The machine is off.</p>;
  return <Directory path="" />;
}
