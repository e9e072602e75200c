import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';

describe.skipIf(!hasBrowser)('the monitor in Chromium (skipped where there is none)', () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => {
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  });
  afterAll(() => browser.close());

  it('boots by itself, answers commands, and goes on across engines, a pause and a reset', async () => {
    const demo = await DemoPage.open(context);
    await demo.waitForOutput('Type help.');
    await demo.type('cpuid');
    await demo.waitForOutput('brand Ringzero Virtual CPU (Nehalem)');
    await demo.chooseEngine('Interpreter');
    await demo.type('fault de');
    await demo.waitForOutput(/#DE, error code 0000[^]*survived/);
    await demo.chooseEngine('JIT');
    await demo.press('Pause');
    await demo.waitForPhase('paused');
    await demo.type('tasks');
    await demo.press('Resume');
    await demo.waitForOutput(/clock/);
    await demo.screenshot('monitor');
    await demo.press('Reset');
    await demo.waitForOutput(/Type help\.[^]*Type help\./);
    await demo.type('poweroff');
    await demo.waitForPhase('ended');
    expect(await demo.page.locator('.status-line').textContent()).toContain('The guest turned the machine off.');
    expect(demo.errors).toEqual([]);
  });
});
