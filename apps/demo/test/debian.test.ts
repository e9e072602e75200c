import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';
import { traceTasks } from './trace-tasks.ts';

const hasDebian = existsSync(fileURLToPath(new URL('../public/guests/manifest.json', import.meta.url)));

describe.skipIf(!hasBrowser || !hasDebian)('Debian in Chromium (skipped where there is none, or no Debian by pnpm demo:guests)', () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  });
  afterAll(() => browser.close());

  it('boots without a long task of the page, and goes on across engines, a saved state and a reload', async () => {
    const first = await DemoPage.open(context, '?guest=monitor');
    await first.waitForOutput('Type help.');
    const stopTracing = await traceTasks(browser, first.page);
    await first.page.selectOption('#option-guest', 'debian');
    await first.press('Start this guest');
    await first.waitForOutput('shell ready', 300);
    const longest = await stopTracing();
    expect(longest.count).toBeGreaterThan(1000);
    expect(longest.milliseconds, 'longest task of the page, in milliseconds of processor time').toBeLessThan(50);
    await first.type('i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; echo counted $i');
    await first.chooseEngines('Interpreter', 'JIT', 'Interpreter');
    await first.press('Save');
    await first.page.locator('.state').waitFor({ timeout: 60_000 });
    expect(first.errors).toEqual([]);
    await first.page.goto('about:blank');

    const second = await DemoPage.open(context, '?guest=monitor');
    await second.page.locator('.state-open').click();
    await second.waitForOutput('counted 60000', 120);
    await second.page.getByRole('tab', { name: 'Screen' }).click();
    await second.page.locator('[data-testid=screen-text]', { hasText: 'Run /init as init process' }).waitFor({ state: 'attached' });
    await second.screenshot('debian');
    expect(second.errors).toEqual([]);
  }, 600_000);
});
