import type { JSX } from 'preact';
import { OPTIONS } from '../options/options.ts';
import { useController } from '../page/context.ts';
import { OptionField } from './option-field.tsx';

/** Which of the kept disks is in the machine, and what it is attached to; nothing where there is none to choose. */
export function DiskField(): JSX.Element | null {
  const controller = useController();
  const { keptDisks, options } = controller.store;
  const { disk } = options.value;
  const names = keptDisks.value.map(({ name }) => name);
  if (names.length === 0 && disk === '') return null;
  return (
    <>
      <div class="field">
        <label for="option-disk">{OPTIONS.disk.label}</label>
        <select id="option-disk" value={disk} onChange={(event) => controller.setOption('disk', event.currentTarget.value)} aria-describedby="option-disk-hint">
          <option value="">none</option>
          {names.map((name) => <option key={name} value={name}>{name}</option>)}
          {disk !== '' && !names.includes(disk) && <option value={disk}>{disk} (not here)</option>}
        </select>
        <p id="option-disk-hint" class="field-hint">{OPTIONS.disk.hint}</p>
      </div>
      {disk !== '' && <OptionField name="bus" />}
    </>
  );
}
