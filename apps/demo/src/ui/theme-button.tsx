import type { JSX } from 'preact';
import { useController } from '../page/context.ts';
import type { Theme } from '../page/store.ts';
import { Icon, type IconName } from './icon.tsx';

const THEMES: readonly { readonly value: Theme; readonly icon: IconName; readonly label: string }[] = [
  { value: 'system', icon: 'system', label: 'Colours of the system' },
  { value: 'light', icon: 'light', label: 'Light colours' },
  { value: 'dark', icon: 'dark', label: 'Dark colours' },
];

/** Goes through the three ways to colour the page. */
export function ThemeButton(): JSX.Element {
  const { theme } = useController().store;
  const at = THEMES.findIndex(({ value }) => value === theme.value);
  const current = THEMES[at] ?? THEMES[0]!;
  const next = THEMES[(at + 1) % THEMES.length]!;
  return (
    <button type="button" class="button button-plain" aria-label={`${current.label}; change to: ${next.label}`} title={current.label} onClick={() => (theme.value = next.value)}>
      <Icon name={current.icon} />
    </button>
  );
}
