import type { ITheme } from '@xterm/xterm';

/** The console is dark in both colour schemes, as a screen that is on. */
export const TERMINAL_THEME: ITheme = {
  background: '#0f1419', foreground: '#d8dee6', cursor: '#7fb4ff', cursorAccent: '#0f1419', selectionBackground: '#2f4a6b',
  black: '#1c232b', red: '#f07178', green: '#8fd18a', yellow: '#f2c26b', blue: '#7fb4ff', magenta: '#d6a2f0', cyan: '#74d3d3', white: '#c9d1d9',
  brightBlack: '#6b7785', brightRed: '#ff9297', brightGreen: '#aae8a5', brightYellow: '#ffd98f', brightBlue: '#a9ccff', brightMagenta: '#e8c4fb', brightCyan: '#9ceaea', brightWhite: '#ffffff',
};
