import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useController } from '../page/context.ts';
import { TERMINAL_THEME } from './terminal-theme.ts';

/** All lines, those scrolled off too. */
function textOf(terminal: Terminal): string {
  const buffer = terminal.buffer.active;
  const lines: string[] = [];
  for (let i = 0; i < buffer.length; i++) {
    const line = buffer.getLine(i);
    if (line?.isWrapped === true) lines[lines.length - 1] += line.translateToString(true);
    else lines.push(line?.translateToString(true) ?? '');
  }
  return lines.join('\n').trimEnd();
}

/** The guest's first serial port, in a terminal. */
export function SerialConsole({ isShown }: { readonly isShown: boolean }): JSX.Element {
  const controller = useController();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const terminal = new Terminal({ convertEol: false, cursorBlink: true, fontFamily: getComputedStyle(place.current!).fontFamily, fontSize: 14, lineHeight: 1.15, scrollback: 5000, screenReaderMode: true, theme: TERMINAL_THEME });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(place.current!);
    terminal.textarea?.setAttribute('aria-label', 'Serial console of the guest');
    // Hidden, it has no size.
    const observer = new ResizeObserver(() => place.current!.clientHeight > 0 && fit.fit());
    observer.observe(place.current!);
    const encoder = new TextEncoder();
    terminal.onData((text) => controller.type(encoder.encode(text)));
    const detach = controller.serial.attach((bytes) => new Promise((resolve) => terminal.write(bytes, resolve)));
    // For tests, and for whoever wants it all as text.
    Object.assign(place.current!, { serialText: () => textOf(terminal) });
    if (matchMedia('(pointer: fine)').matches) terminal.focus();
    return () => {
      detach();
      observer.disconnect();
      terminal.dispose();
    };
  }, [controller]);
  return <div class="terminal" hidden={!isShown} ref={place} data-testid="console" />;
}
