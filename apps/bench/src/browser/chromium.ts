import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where distributions put it. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium's program: the one that the environment names, the one that Playwright installed, or the system's; undefined if there is none. */
export function findChromium(): string | undefined {
  const named = process.env['RINGZERO_CHROMIUM'];
  return [...(named === undefined ? [] : [named]), chromium.executablePath(), ...PLACES].find((path) => path !== '' && existsSync(path));
}

/** Reads the processor time of the browser's pages, all their threads, in seconds. */
export async function createPageTimer(browser: Browser): Promise<() => Promise<number>> {
  const session = await browser.newBrowserCDPSession();
  return async () => {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
}

/** Starts it without a window. Its own sandbox does not work for root, and does not matter for pages of ours. */
export function startChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

export async function chromiumVersion(executablePath: string): Promise<string> {
  const browser = await startChromium(executablePath);
  try {
    return browser.version();
  } finally {
    await browser.close();
  }
}
