import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { scanCodes } from '../../keyboard/scan-codes.ts';
import { useController } from '../../page/context.ts';
import { OnScreenKeyboard } from './on-screen-keyboard.tsx';
import { ScreenText } from './screen-text.tsx';
import { useMouse } from './use-mouse.ts';

interface VgaScreenProps {
  readonly isShown: boolean;
}

/** The guest's screen. With the focus on it, keys go to the guest; Ctrl and Alt together give them back. */
export function VgaScreen({ isShown }: VgaScreenProps): JSX.Element {
  const controller = useController();
  const place = useRef<HTMLDivElement>(null);
  const held = useRef(new Set<string>());
  const [hasKeyboard, setKeyboard] = useState(() => matchMedia('(pointer: coarse)').matches);
  const mode = controller.store.screen.value;

  // Made by hand: a canvas is given away once, and lives as long as the page.
  useEffect(() => {
    const element = document.createElement('canvas');
    element.width = 720;
    element.height = 400;
    place.current!.append(element);
    controller.attachScreen(element.transferControlToOffscreen());
  }, [controller]);
  useEffect(() => controller.showScreen(isShown), [controller, isShown]);
  useMouse(place);

  const send = (code: string, isDown: boolean): boolean => {
    const codes = scanCodes(code, isDown);
    if (codes === undefined) return false;
    if (isDown) held.current.add(code);
    else held.current.delete(code);
    controller.sendScancodes(codes);
    return true;
  };
  const releaseAll = (): void => {
    for (const code of [...held.current]) send(code, false);
  };
  const key = (event: KeyboardEvent): void => {
    const isDown = event.type === 'keydown';
    if (isDown && event.ctrlKey && event.altKey && !['Delete', 'Backspace'].includes(event.code) && !/^(Key|Digit|F\d)/.test(event.code)) {
      releaseAll();
      document.exitPointerLock();
      document.getElementById('stage')?.focus();
      event.preventDefault();
      return;
    }
    // Keys that the browser repeats are sent again, as a keyboard does.
    if (send(event.code, isDown)) event.preventDefault();
  };

  const label = mode === undefined ? 'The guest’s screen: there is none' : `The guest’s screen, ${mode.width} by ${mode.height} pixels${mode.isText ? ', text' : ''}`;
  return (
    <div class="screen" hidden={!isShown}>
      <div ref={place} class="screen-surface" tabIndex={0} role="application" aria-label={`${label}. Keys go to the guest; Control and Alt together leave it.`} onKeyDown={key} onKeyUp={key} onBlur={releaseAll} />
      {mode === undefined && <p class="screen-empty">This machine has no screen: set “Screen” to VGA and start again.</p>}
      <div class="screen-bar">
        <span>Click to type and to use the mouse; Ctrl+Alt gives them back.</span>
        <button type="button" class="button button-small" aria-pressed={hasKeyboard} onClick={() => setKeyboard(!hasKeyboard)}>Keyboard</button>
      </div>
      {isShown && mode?.isText === true && <ScreenText />}
      {isShown && hasKeyboard && <OnScreenKeyboard onKey={send} />}
    </div>
  );
}
