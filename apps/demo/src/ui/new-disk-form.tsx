import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { parseDiskSize } from '../options/disk-size.ts';
import { useController } from '../page/context.ts';

/** Makes an empty disk, to install something on. */
export function NewDiskForm(): JSX.Element {
  const { disks } = useController();
  const [name, setName] = useState('disk.img');
  const [size, setSize] = useState('64M');
  const [problem, setProblem] = useState('');
  const make = async (event: Event): Promise<void> => {
    event.preventDefault();
    try {
      setProblem('');
      await disks.create(name.trim(), parseDiskSize(size));
    } catch (error) {
      setProblem((error as Error).message);
    }
  };
  return (
    <details class="further">
      <summary>New empty disk</summary>
      <form class="new-disk" onSubmit={(event) => void make(event)} aria-label="New empty disk">
        <div class="field">
          <label for="new-disk-name">Name</label>
          <input id="new-disk-name" value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" spellcheck={false} />
        </div>
        <div class="field">
          <label for="new-disk-size">Size</label>
          <input id="new-disk-size" value={size} onInput={(event) => setSize(event.currentTarget.value)} autocomplete="off" spellcheck={false} />
        </div>
        {problem !== '' && <p class="field-hint field-problem" role="alert">{problem}</p>}
        <button type="submit" class="button button-small">Make</button>
      </form>
    </details>
  );
}
