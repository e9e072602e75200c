import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where distributions put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium's program: the one that the environment names, the one that Playwright installed, or the system's; undefined if there is none. */
export function findChromium(): string | undefined {
  const named = process.env['RINGZERO_CHROMIUM'];
  return [...(named === undefined ? [] : [named]), chromium.executablePath(), ...PLACES].find((path) => path !== '' && existsSync(path));
}

/** Starts it without a window. Its own sandbox does not work for root, and does not matter for pages of ours. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
