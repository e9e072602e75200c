import type { JSX } from 'preact';
import { OPTIONS } from '../options/options.ts';
import { useController } from '../page/context.ts';

/** What to boot. */
export function GuestField(): JSX.Element {
  const controller = useController();
  const { guests, options } = controller.store;
  const groups = [...new Set(guests.value.map(({ group }) => group))];
  const chosen = guests.value.find(({ name }) => name === options.value.guest);
  return (
    <div class="field">
      <label for="option-guest">{OPTIONS.guest.label}</label>
      <select id="option-guest" value={options.value.guest} onChange={(event) => controller.setOption('guest', event.currentTarget.value)} aria-describedby="guest-description">
        {chosen === undefined && <option value={options.value.guest}>{options.value.guest} (not here)</option>}
        {groups.map((group) => (
          <optgroup key={group} label={group}>
            {guests.value.filter((guest) => guest.group === group).map(({ name }) => <option key={name} value={name}>{name}</option>)}
          </optgroup>
        ))}
      </select>
      <p id="guest-description" class="field-hint">{chosen?.description ?? 'choose another, or drop a file on the page'}</p>
    </div>
  );
}
