import type { JSX } from 'preact';
import { useController } from '../page/context.ts';
import { EngineSwitch } from './engine-switch.tsx';
import { Icon, type IconName } from './icon.tsx';
import { ThemeButton } from './theme-button.tsx';

interface ControlProps {
  readonly icon: IconName;
  readonly label: string;
  readonly isDisabled?: boolean;
  readonly onClick: () => void;
}

function Control({ icon, isDisabled = false, label, onClick }: ControlProps): JSX.Element {
  return (
    <button type="button" class="button" disabled={isDisabled} onClick={onClick} title={label}>
      <Icon name={icon} />
      <span class="control-label">{label}</span>
    </button>
  );
}

/** The name, the machine's buttons, and the engine. */
export function ControlBar(): JSX.Element {
  const controller = useController();
  const { kind } = controller.store.phase.value;
  const isOn = kind === 'running' || kind === 'paused';
  const isPaused = kind === 'paused';
  return (
    <header class="control-bar">
      <h1 class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="12" /><circle class="brand-dot" cx="16" cy="16" r="3.5" /></svg>
        Ringzero
      </h1>
      <p class="tagline">A PC in this page. Swap its engine while it runs.</p>
      <div class="controls" role="toolbar" aria-label="Machine">
        <Control icon="power" label={isOn ? 'Power off' : 'Power on'} isDisabled={kind === 'loading'} onClick={() => void controller.power()} />
        <Control icon={isPaused ? 'play' : 'pause'} label={isPaused ? 'Resume' : 'Pause'} isDisabled={!isOn} onClick={() => void controller.pauseOrResume()} />
        <Control icon="step" label="Step" isDisabled={!isPaused} onClick={() => void controller.step()} />
        <Control icon="reset" label="Reset" isDisabled={kind === 'off' || kind === 'loading'} onClick={() => void controller.reset()} />
      </div>
      <EngineSwitch />
      <ThemeButton />
    </header>
  );
}
