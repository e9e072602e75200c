import type { JSX } from 'preact';
import { SerialConsole } from './serial-console.tsx';
import { StatusLine } from './status-line.tsx';

/** The machine's console, and below what it is doing. */
export function Stage(): JSX.Element {
  return (
    <div class="panel stage-panel">
      <SerialConsole />
      <StatusLine />
    </div>
  );
}
