import { effect } from '@preact/signals';
import type { Store, Theme } from './store.ts';

const KEY = 'ringzero-theme';

function stored(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    // A browser may refuse a page its storage: the system's colours are fine.
    return 'system';
  }
}

/** The stylesheet follows the store, which begins as the user left it. */
export function followTheme({ theme }: Store): void {
  theme.value = stored();
  effect(() => {
    const { value } = theme;
    if (value === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = value;
    try {
      if (value === 'system') localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, value);
    } catch {
      // Not kept, then.
    }
  });
}
