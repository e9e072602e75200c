import type { JSX } from 'preact';
import { useController } from '../page/context.ts';

/** Tells a screen reader what changed. */
export function LiveRegion(): JSX.Element {
  const { announcement } = useController().store;
  return <p class="visually-hidden" role="status" aria-live="polite">{announcement.value}</p>;
}
