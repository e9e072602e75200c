import type { JSX } from 'preact';
import { OPTIONS } from '../options/options.ts';
import { useController } from '../page/context.ts';

/** The engine: one click swaps it, under a running guest too. */
export function EngineSwitch(): JSX.Element {
  const controller = useController();
  const { backend, hasDynamicCode, options, phase } = controller.store;
  const isOn = phase.value.kind === 'running' || phase.value.kind === 'paused';
  const chosen = isOn ? backend.value : options.value.backend;
  return (
    <fieldset class="segmented" disabled={phase.value.kind === 'loading'}>
      <legend class="visually-hidden">Engine</legend>
      {OPTIONS.backend.choices?.map(({ label, value }) => (
        <label key={value} class={`segment engine-${value}`} title={`Execute the guest by the ${label}`}>
          <input type="radio" name="engine" value={value} checked={chosen === value} onChange={() => void controller.switchBackend(value)} />
          <span>{label}</span>
        </label>
      ))}
      {!hasDynamicCode.value && isOn && chosen === 'jit' && <span class="segment-note" role="note">no eval here: interpreting</span>}
    </fieldset>
  );
}
