import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { keyRows, LAYOUTS, type LayoutName } from '../../keyboard/layouts.ts';

interface OnScreenKeyboardProps {
  readonly onKey: (code: string, isDown: boolean) => void;
}

/** Keys that stay down until another key has been pressed. */
const MODIFIERS = { ShiftLeft: 'Shift', ControlLeft: 'Ctrl', AltLeft: 'Alt' } as const;
type Modifier = keyof typeof MODIFIERS;

const TOP = [['Escape', 'Esc'], ['Tab', 'Tab'], ['F1', 'F1'], ['F2', 'F2'], ['F10', 'F10'], ['F12', 'F12'], ['Delete', 'Del'], ['Backspace', '⌫']] as const;
const BOTTOM = [['Space', 'Space'], ['ArrowLeft', '←'], ['ArrowUp', '↑'], ['ArrowDown', '↓'], ['ArrowRight', '→'], ['Enter', 'Enter']] as const;
const NAMES: Readonly<Record<string, string>> = { Backspace: 'Backspace', ArrowLeft: 'Left', ArrowUp: 'Up', ArrowDown: 'Down', ArrowRight: 'Right' };

/** A keyboard for those who have none. Its layout is to be the guest's: keys are sent by their place. */
export function OnScreenKeyboard({ onKey }: OnScreenKeyboardProps): JSX.Element {
  const [layout, setLayout] = useState<LayoutName>('us');
  const [held, setHeld] = useState<readonly Modifier[]>([]);
  const press = (code: string): void => {
    for (const modifier of held) onKey(modifier, true);
    onKey(code, true);
    onKey(code, false);
    for (const modifier of held) onKey(modifier, false);
    setHeld([]);
  };
  const toggle = (modifier: Modifier): void => setHeld(held.includes(modifier) ? held.filter((each) => each !== modifier) : [...held, modifier]);
  const key = (code: string, label: string, className: string = ''): JSX.Element => (
    <button key={code} type="button" class={`key ${className}`} aria-label={NAMES[code] ?? label} onPointerDown={(event) => event.preventDefault()} onClick={() => press(code)}>{label}</button>
  );
  const isShifted = held.includes('ShiftLeft');
  return (
    <div class="keyboard" role="group" aria-label="On-screen keyboard">
      <div class="key-row">{TOP.map(([code, label]) => key(code, label, 'key-wide'))}</div>
      {keyRows(layout).map((row) => <div key={row[0]!.code} class="key-row">{row.map(({ code, plain, shifted }) => key(code, isShifted ? shifted : plain))}</div>)}
      <div class="key-row">
        {(Object.keys(MODIFIERS) as Modifier[]).map((modifier) => (
          <button key={modifier} type="button" class="key key-wide" aria-pressed={held.includes(modifier)} onPointerDown={(event) => event.preventDefault()} onClick={() => toggle(modifier)}>{MODIFIERS[modifier]}</button>
        ))}
        {BOTTOM.map(([code, label]) => key(code, label, code === 'Space' ? 'key-space' : 'key-wide'))}
      </div>
      <label class="key-layout">Layout{' '}
        <select value={layout} onChange={(event) => setLayout(event.currentTarget.value as LayoutName)}>
          {LAYOUTS.map(({ label, name }) => <option key={name} value={name}>{label}</option>)}
        </select>
      </label>
    </div>
  );
}
