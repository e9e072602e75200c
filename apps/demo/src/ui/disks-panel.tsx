import type { JSX } from 'preact';
import { useController } from '../page/context.ts';
import type { KeptDiskInfo } from '../protocol/kept-disks.ts';
import { formatBytes } from './format.ts';
import { IconAction } from './icon-action.tsx';
import { Icon } from './icon.tsx';
import { NewDiskForm } from './new-disk-form.tsx';

function DiskRow({ disk: { bytes, name } }: { readonly disk: KeptDiskInfo }): JSX.Element {
  const { disks } = useController();
  return (
    <li class="state disk">
      <button type="button" class="state-open" title={`Boot from ${name}`} onClick={() => void disks.boot(name)}>
        <span class="state-name">{name}</span>
        <span class="state-facts">{formatBytes(bytes)}</span>
      </button>
      <IconAction icon="download" label={`Download ${name}`} onClick={() => void disks.download(name)} />
      <IconAction icon="trash" label={`Delete ${name}`} onClick={() => void disks.remove(name)} />
    </li>
  );
}

/** An image that the user opened: what the guest writes on it is lost, unless it is kept. */
function DroppedDisk({ image }: { readonly image: File }): JSX.Element {
  const { disks, store } = useController();
  return (
    <div class="dropped-disk">
      <p class="field-hint">What the guest writes on {image.name} is lost with the page.</p>
      <button type="button" class="button button-small" disabled={store.diskCopy.value !== undefined} onClick={() => void disks.keep(image)}><Icon name="save" />Keep in this browser</button>
    </div>
  );
}

function DiskCopy(): JSX.Element | null {
  const { disks, store } = useController();
  const copy = store.diskCopy.value;
  if (copy === undefined) return null;
  return (
    <div class="disk-copy">
      <label for="disk-copy">Copying {copy.name}: {Math.round(copy.fraction * 100)} %</label>
      <progress id="disk-copy" max={1} value={copy.fraction} />
      <button type="button" class="button button-small" onClick={() => disks.cancelCopy()}>Cancel</button>
    </div>
  );
}

/** Disks that the browser keeps. */
export function DisksPanel(): JSX.Element {
  const { droppedDisks, keptDisks } = useController().store;
  return (
    <section class="panel" aria-labelledby="disks-title">
      <h2 id="disks-title">Kept disks</h2>
      {droppedDisks.value.map((image) => <DroppedDisk key={image.name} image={image} />)}
      <DiskCopy />
      {keptDisks.value.length === 0 ? <p class="field-hint">A disk image that you open can be kept in this browser, with what the guest writes on it.</p> : <ul class="states">{keptDisks.value.map((disk) => <DiskRow key={disk.name} disk={disk} />)}</ul>}
      <NewDiskForm />
    </section>
  );
}
