import type { JSX } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { useController } from '../../page/context.ts';
import type { RegionSummary } from '../../protocol/inspection.ts';
import { formatPercent } from '../format.ts';
import { RegionDialog } from './region-dialog.tsx';
import { usePolled } from './use-polled.ts';

interface RowProps {
  readonly region: RegionSummary;
  readonly onOpen: (script: string) => void;
}

function RegionRow({ onOpen, region }: RowProps): JSX.Element {
  const { address, blocks, exits, instructions, isLive, script, share, timesCompiled } = region;
  return (
    <tr class={isLive ? undefined : 'dropped'}>
      <th scope="row"><button type="button" class="link" onClick={() => onOpen(script)} title="Guest code, IR and JavaScript">{address}</button></th>
      <td>{formatPercent(share)}</td>
      <td>{instructions}</td>
      <td>{blocks}</td>
      <td>{exits}</td>
      <td>{timesCompiled}</td>
    </tr>
  );
}

/** The regions that the JIT compiled, by the time that the processor spends in them. */
export function HotCodePane(): JSX.Element {
  const { store, worker } = useController();
  const [opened, open] = useState<string>();
  useEffect(() => {
    void worker.watchRegions(true);
    return () => void worker.watchRegions(false);
  }, [worker]);
  const regions = usePolled(useCallback(() => worker.regions(), [worker]));
  if (store.backend.value !== 'jit') return <p class="empty">The interpreter executes the guest: nothing is compiled. Choose the JIT to see what it makes of the guest’s code.</p>;
  if (regions === undefined || regions.length === 0) return <p class="empty">Nothing is hot: the guest waits. Have it work: <kbd>bench</kbd> in the monitor, or a benchmark as the guest.</p>;
  return (
    <>
      <p class="mode">Time by looks at the processor. Choose an address for guest code, IR and JavaScript.</p>
      <table class="regions">
        <caption class="visually-hidden">Compiled regions</caption>
        <thead><tr><th scope="col">address</th><th scope="col">time</th><th scope="col">instr.</th><th scope="col">blocks</th><th scope="col">exits</th><th scope="col">made</th></tr></thead>
        <tbody>{regions.map((region) => <RegionRow key={region.script} region={region} onOpen={open} />)}</tbody>
      </table>
      {opened !== undefined && <RegionDialog script={opened} onClose={() => open(undefined)} />}
    </>
  );
}
