import type { JSX } from 'preact';
import { ControlBar } from './control-bar.tsx';
import { Inspector } from './inspector/inspector.tsx';
import { DisksPanel } from './disks-panel.tsx';
import { LiveRegion } from './live-region.tsx';
import { MachineForm } from './machine-form.tsx';
import { Notices } from './notices.tsx';
import { ProgressBar } from './progress-bar.tsx';
import { SpeedPanel } from './speed-panel.tsx';
import { Stage } from './stage.tsx';
import { StatesPanel } from './states-panel.tsx';

/** The whole page. */
export function App(): JSX.Element {
  return (
    <div class="app">
      <a class="skip-link" href="#stage">To the machine’s console</a>
      <ControlBar />
      <ProgressBar />
      <main class="layout">
        <aside class="column machine-column" aria-label="Machine settings">
          <MachineForm />
          <StatesPanel />
          <DisksPanel />
        </aside>
        <section class="stage" id="stage" aria-label="The machine’s screens" tabIndex={-1}>
          <Notices />
          <Stage />
        </section>
        <aside class="column insight-column" aria-label="Inside the machine">
          <SpeedPanel />
          <Inspector />
        </aside>
      </main>
      <LiveRegion />
    </div>
  );
}
