/** What a key of the on-screen keyboard says: alone, and with Shift. */
export interface KeyCap {
  readonly code: string;
  readonly plain: string;
  readonly shifted: string;
}

export type LayoutName = 'us' | 'de' | 'fr';

/** The positions of the keys with characters, row by row. */
const POSITIONS: readonly (readonly string[])[] = [
  ['Backquote', 'Digit1', 'Digit2', 'Digit3', 'Digit4', 'Digit5', 'Digit6', 'Digit7', 'Digit8', 'Digit9', 'Digit0', 'Minus', 'Equal'],
  ['KeyQ', 'KeyW', 'KeyE', 'KeyR', 'KeyT', 'KeyY', 'KeyU', 'KeyI', 'KeyO', 'KeyP', 'BracketLeft', 'BracketRight', 'Backslash'],
  ['KeyA', 'KeyS', 'KeyD', 'KeyF', 'KeyG', 'KeyH', 'KeyJ', 'KeyK', 'KeyL', 'Semicolon', 'Quote'],
  ['KeyZ', 'KeyX', 'KeyC', 'KeyV', 'KeyB', 'KeyN', 'KeyM', 'Comma', 'Period', 'Slash'],
];

/** What the keys print, in the same order: a row's keys alone, then with Shift. The guest must have the same layout. */
const CAPS: Readonly<Record<LayoutName, readonly (readonly [plain: string, shifted: string])[]>> = {
  us: [['`1234567890-=', '~!@#$%^&*()_+'], ['qwertyuiop[]\\', 'QWERTYUIOP{}|'], ["asdfghjkl;'", 'ASDFGHJKL:"'], ['zxcvbnm,./', 'ZXCVBNM<>?']],
  de: [['^1234567890ß´', '°!"§$%&/()=?`'], ['qwertzuiopü+#', "QWERTZUIOPÜ*'"], ['asdfghjklöä', 'ASDFGHJKLÖÄ'], ['yxcvbnm,.-', 'YXCVBNM;:_']],
  fr: [['²&é"\'(-è_çà)=', '²1234567890°+'], ['azertyuiop^$*', 'AZERTYUIOP¨£µ'], ['qsdfghjklmù', 'QSDFGHJKLM%'], ['wxcvbn,;:!', 'WXCVBN?./§']],
};

/** The layouts, in the order to offer them. */
export const LAYOUTS: readonly { readonly name: LayoutName; readonly label: string }[] = [
  { name: 'us', label: 'US' },
  { name: 'de', label: 'German' },
  { name: 'fr', label: 'French' },
];

/** The rows of keys with characters. */
export function keyRows(layout: LayoutName): KeyCap[][] {
  return POSITIONS.map((row, r) => {
    const [plain, shifted] = CAPS[layout][r]!;
    return row.map((code, i) => ({ code, plain: plain[i]!, shifted: shifted[i]! }));
  });
}
