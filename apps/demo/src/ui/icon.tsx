import type { JSX } from 'preact';

/** Outlines on a grid of 16. */
const PATHS = {
  power: 'M8 2v6M4.6 4.2a5 5 0 1 0 6.8 0',
  pause: 'M5.5 3v10M10.5 3v10',
  play: 'M5 3l8 5-8 5z',
  step: 'M4 3l6 5-6 5zM12.5 3v10',
  reset: 'M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5',
  expand: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  light: 'M8 5.2a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8L13 13M13 3l-1.2 1.2M4.2 11.8L3 13',
  dark: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  system: 'M2 3h12v8H2zM6 14h4M8 11v3',
  save: 'M3 2.5h8l2.5 2.5v8.5H3zM5.5 2.5v3.5h4.5V2.5M5 13.5V9h6v4.5',
  download: 'M8 2v8M4.5 6.8L8 10.2l3.5-3.4M3 13.5h10',
  open: 'M8 10V2M4.5 5.2L8 1.8l3.5 3.4M3 13.5h10',
  trash: 'M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  keyboard: 'M1.5 4h13v8h-13zM4 6.5h.01M6.7 6.5h.01M9.3 6.5h.01M12 6.5h.01M4.5 9.5h7',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture beside a text or a label: it says nothing by itself. */
export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
