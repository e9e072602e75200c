import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';

interface AxeResult {
  readonly violations: readonly { readonly id: string; readonly help: string; readonly nodes: readonly { readonly html: string }[] }[];
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe.skipIf(!hasBrowser)('the page for everyone (skipped without Chromium)', () => {
  let browser: Browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(() => browser.close());

  it.each([
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 1440, height: 900 }],
    ['light', { width: 390, height: 844 }],
  ] as const)('has nothing that axe objects to: %s, %o', async (colorScheme, viewport) => {
    // No transitions: halfway through one, contrast is less than it ends with.
    const context = await browser.newContext({ colorScheme, viewport, reducedMotion: 'reduce', bypassCSP: true });
    const demo = await DemoPage.open(context, '?guest=monitor');
    await demo.waitForOutput('Type help.');
    for (const tab of ['Code', 'Hot code', 'Tree', 'Registers', 'Screen', 'Serial console']) {
      await demo.page.getByRole('tab', { name: tab, exact: true }).click();
      await demo.page.evaluate(AXE);
      const { violations } = await demo.page.evaluate(() => (globalThis as unknown as { axe: { run(context: unknown): Promise<AxeResult> } }).axe.run({ exclude: ['.xterm'] }));
      expect(violations.map(({ help, id, nodes }) => `${tab}: ${id}: ${help}: ${nodes[0]?.html}`)).toEqual([]);
    }
    // Nothing is wider than the window.
    expect(await demo.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    await demo.screenshot(`${colorScheme}-${viewport.width}`);
    await context.close();
  });

  it('can be used with the keyboard alone', async () => {
    const demo = await DemoPage.open(await browser.newContext(), '?guest=monitor');
    await demo.waitForOutput('Type help.');
    await demo.page.getByRole('radio', { name: 'JIT' }).focus();
    await demo.page.keyboard.press('ArrowLeft');
    await demo.page.locator('[role=status]', { hasText: 'executed by the Interpreter' }).waitFor({ state: 'attached' });
    await demo.page.getByRole('tab', { name: 'Registers' }).focus();
    await demo.page.keyboard.press('ArrowRight');
    await demo.page.locator('.code .current').waitFor();
    await demo.page.getByRole('button', { name: 'Pause' }).focus();
    await demo.page.keyboard.press('Enter');
    await demo.waitForPhase('paused');
    const before = await demo.page.locator('.code .current').textContent();
    await demo.page.getByRole('button', { name: 'Step' }).focus();
    await demo.page.keyboard.press('Space');
    await demo.page.waitForFunction((text) => document.querySelector('.code .current')?.textContent !== text, before);
    expect(demo.errors).toEqual([]);
  });
});
