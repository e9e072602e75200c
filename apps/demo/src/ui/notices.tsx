import type { JSX } from 'preact';
import { useController } from '../page/context.ts';
import { Icon } from './icon.tsx';

/** What went wrong, and what a device had to say, until it is dismissed. */
export function Notices(): JSX.Element {
  const controller = useController();
  return (
    <div class="notices" role="alert">
      {controller.store.notices.value.map(({ id, isError, text }) => (
        <div key={id} class={isError ? 'notice notice-error' : 'notice'}>
          <p>{text}</p>
          <button type="button" class="button button-plain" aria-label="Dismiss this message" onClick={() => controller.dismiss(id)}><Icon name="close" /></button>
        </div>
      ))}
    </div>
  );
}
