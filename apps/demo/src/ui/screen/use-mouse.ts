import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { useController } from '../../page/context.ts';

/** Left, right and middle: the browser's bits of held buttons are those of a PS/2 mouse. */
const BUTTONS = 7;

/** The mouse goes to the guest while the element has the pointer. */
export function useMouse(place: RefObject<HTMLElement | null>): void {
  const controller = useController();
  useEffect(() => {
    const element = place.current!;
    const isLocked = (): boolean => document.pointerLockElement === element;
    const report = (event: MouseEvent, wheel: number = 0): void => {
      if (!isLocked()) return;
      event.preventDefault();
      controller.sendMouse({ dx: Math.round(event.movementX), dy: Math.round(event.movementY), wheel, buttons: event.buttons & BUTTONS });
    };
    const press = (event: MouseEvent): void => {
      if (isLocked()) report(event);
      // A browser may refuse it: keys work without.
      else if (controller.store.screen.value !== undefined) void Promise.resolve(element.requestPointerLock()).catch(() => undefined);
    };
    const move = (event: MouseEvent): void => report(event);
    const wheel = (event: WheelEvent): void => report(event, Math.sign(event.deltaY));
    const menu = (event: Event): void => event.preventDefault();
    element.addEventListener('mousedown', press);
    element.addEventListener('mouseup', move);
    element.addEventListener('mousemove', move);
    element.addEventListener('wheel', wheel, { passive: false });
    element.addEventListener('contextmenu', menu);
    return () => {
      element.removeEventListener('mousedown', press);
      element.removeEventListener('mouseup', move);
      element.removeEventListener('mousemove', move);
      element.removeEventListener('wheel', wheel);
      element.removeEventListener('contextmenu', menu);
    };
  }, [controller, place]);
}
