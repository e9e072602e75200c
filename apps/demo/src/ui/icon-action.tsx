import type { JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface IconActionProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: () => void;
}

/** A small button without a text, in a row of a list. */
export function IconAction({ icon, label, onClick }: IconActionProps): JSX.Element {
  return <button type="button" class="button button-plain button-small" aria-label={label} title={label} onClick={onClick}><Icon name={icon} /></button>;
}
