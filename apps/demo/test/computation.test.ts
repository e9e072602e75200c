import { benchmarkChecksum } from '@ringzero/guests';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';

/** So long that it is still under way when a slow host has clicked on everything; natively it computes the same. */
const SCALE = 200;
/** Milliseconds: the computation alone has 150 s. */
const PATIENCE = 300_000;

describe.skipIf(!hasBrowser)('a computation in Chromium (skipped where there is none)', () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  });
  afterAll(() => browser.close());

  it('gives the same result across engines, a saved state, and a reload of the page', { timeout: PATIENCE }, async () => {
    const first = await DemoPage.open(context, `?guest=dhrystone&scale=${SCALE}&backend=interpreter`);
    await first.waitForOutput('READY');
    await first.chooseEngines('JIT', 'Interpreter');
    await first.press('Pause');
    await first.waitForPhase('paused');
    expect(await first.output()).not.toContain('DONE');
    await first.press('Save');
    await first.page.locator('.state').waitFor();
    await first.page.goto('about:blank');
    expect(first.errors).toEqual([]);

    const second = await DemoPage.open(context, '?guest=monitor');
    await second.waitForOutput('Type help.');
    await second.page.locator('.state-open').click();
    await second.waitForOutput('DONE', 150);
    expect(await second.output()).toContain(benchmarkChecksum('dhrystone', SCALE));
    await second.waitForPhase('ended');
    expect(second.page.url()).toContain('guest=dhrystone');
    // What was restored can be started again.
    await second.press('Reset');
    await second.waitForOutput('READY');
    await second.page.getByRole('button', { name: /^Delete / }).click();
    await second.page.locator('.state').waitFor({ state: 'detached' });
    expect(second.errors).toEqual([]);
  });
});
