import type { JSX } from 'preact';
import { OPTION_NAMES, type OptionName } from '../options/options.ts';
import { useController } from '../page/context.ts';
import { DiskField } from './disk-field.tsx';
import { FileDrop } from './file-drop.tsx';
import { GuestField } from './guest-field.tsx';
import { OptionField } from './option-field.tsx';

/** Fields that are elsewhere, or only for some guests. */
const ELSEWHERE: ReadonlySet<OptionName> = new Set(['guest', 'disk', 'bus', 'backend']);

/** What a newcomer need not see. */
const FURTHER: ReadonlySet<OptionName> = new Set(['processors', 'clock', 'screen', 'append']);

/** The machine's configuration: a field for each option of the table. */
export function MachineForm(): JSX.Element {
  const controller = useController();
  const { bootedGuest, guests, options, phase } = controller.store;
  const guest = guests.value.find(({ name }) => name === options.value.guest);
  const fields = OPTION_NAMES.filter((name) => !ELSEWHERE.has(name) && (name !== 'scale' || guest?.takesScale === true));
  const isOn = phase.value.kind === 'running' || phase.value.kind === 'paused';
  const start = (event: Event): void => {
    event.preventDefault();
    void controller.start();
  };
  return (
    <form class="panel machine-form" onSubmit={start} aria-labelledby="machine-title">
      <h2 id="machine-title">Machine</h2>
      <GuestField />
      <DiskField />
      {fields.filter((name) => !FURTHER.has(name)).map((name) => <OptionField key={name} name={name} />)}
      <details class="further">
        <summary>More options</summary>
        {fields.filter((name) => FURTHER.has(name)).map((name) => <OptionField key={name} name={name} />)}
      </details>
      <button type="submit" class="button button-primary" disabled={phase.value.kind === 'loading'}>
        {isOn ? (bootedGuest.value === options.value.guest ? 'Start again with these' : 'Start this guest') : 'Start'}
      </button>
      <div class="file-drop"><FileDrop /></div>
    </form>
  );
}
