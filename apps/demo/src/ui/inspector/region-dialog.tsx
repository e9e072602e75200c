import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useController } from '../../page/context.ts';
import type { RegionBlock, RegionView } from '../../protocol/inspection.ts';
import { Icon } from '../icon.tsx';

interface RegionDialogProps {
  readonly script: string;
  readonly onClose: () => void;
}

function Block({ block }: { readonly block: RegionBlock }): JSX.Element {
  return (
    <>
      <tr class="block-title"><th colSpan={3} scope="rowgroup">{block.title}</th></tr>
      {block.instructions.map(({ address, ir, text }, i) => (
        <tr key={`${address}-${i}`}>
          <th scope="row">{address}</th>
          <td>{text}</td>
          <td class="ir">{ir.map((line, at) => <div key={at}>{line}</div>)}</td>
        </tr>
      ))}
      <tr class="block-end"><td colSpan={3}>{block.end}</td></tr>
    </>
  );
}

/** Guest code with its IR, and the JavaScript that was made of it, side by side. */
export function RegionDialog({ onClose, script }: RegionDialogProps): JSX.Element {
  const { worker } = useController();
  const dialog = useRef<HTMLDialogElement>(null);
  const [region, setRegion] = useState<RegionView | 'gone'>();
  useEffect(() => {
    dialog.current!.showModal();
    void worker.region(script).then((view) => setRegion(view ?? 'gone'));
  }, [worker, script]);
  return (
    <dialog ref={dialog} class="region-dialog" onClose={onClose} aria-labelledby="region-title">
      <header>
        <h2 id="region-title">{typeof region === 'object' ? `Region at ${region.address}: ${region.instructions} instructions, ${region.blocks} blocks, ${region.exits} exits` : 'Region'}</h2>
        <button type="button" class="button button-plain" aria-label="Close" onClick={() => dialog.current!.close()}><Icon name="close" /></button>
      </header>
      {region === 'gone' && <p class="empty">It has been forgotten meanwhile. Choose another.</p>}
      {typeof region === 'object' && (
        <div class="region-columns">
          <section tabIndex={0} aria-label="Guest code and IR">
            <table class="region-code">
              <thead><tr><th scope="col">address</th><th scope="col">guest code</th><th scope="col">IR, as emitted</th></tr></thead>
              <tbody>{region.code.map((block) => <Block key={block.title} block={block} />)}</tbody>
            </table>
          </section>
          <section tabIndex={0} aria-label="JavaScript">
            <ol class="source">{region.source.split('\n').map((line, i) => <li key={i} class={line.startsWith('// ') ? 'comment' : undefined}>{line}</li>)}</ol>
          </section>
        </div>
      )}
    </dialog>
  );
}
