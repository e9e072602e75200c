import { resolveEmbeddedGuest } from '@ringzero/guests';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';

describe.skipIf(!hasBrowser)('engines in Chromium (skipped where there is none)', () => {
  let browser: Browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(() => browser.close());

  it('shows hot code with its IR and JavaScript', async () => {
    const demo = await DemoPage.open(await browser.newContext({ viewport: { width: 1440, height: 900 } }), '?guest=monitor');
    await demo.waitForOutput('Type help.');
    await demo.page.getByRole('tab', { name: 'Hot code' }).click();
    await demo.type('bench');
    await demo.page.locator('.regions .link').first().click();
    await demo.page.locator('.region-code .ir').first().waitFor();
    expect(await demo.page.locator('.source').textContent()).toMatch(/return/);
    await demo.screenshot('hot-code');
    await demo.page.keyboard.press('Escape');
    await demo.page.locator('.region-dialog').waitFor({ state: 'detached' });
    expect(demo.errors).toEqual([]);
  });

  it('interprets where a policy forbids to make functions, and says so', async () => {
    const context = await browser.newContext();
    await context.route('**/assets/*.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': "script-src 'self'" } });
    });
    const demo = await DemoPage.open(context, '?guest=monitor');
    await demo.waitForOutput('Type help.');
    await demo.page.getByText('no eval here: interpreting').waitFor();
    await demo.type('cpuid');
    await demo.waitForOutput('GenuineIntel');
  });

  it('boots a file that the user opens, and says what is wrong with another', async () => {
    const demo = await DemoPage.open(await browser.newContext(), '?guest=nobody&memory=3X');
    await demo.page.getByText('In the address: memory "3X": expected a size such as 64M').waitFor();
    await demo.page.getByText('The guest "nobody" is not here').waitFor();
    const open = (name: string, buffer: Buffer): Promise<void> => demo.page.locator('input[type=file]').setInputFiles({ name, mimeType: '', buffer });
    await open('letter.txt', Buffer.from('hello'));
    await demo.page.getByText('letter.txt is nothing that a machine boots').waitFor();
    await open('state.ringzero', Buffer.from([0x89, ...Buffer.from('RZSTATE'), 1, 0, 0, 0]));
    await demo.page.locator('.notice', { hasText: 'state' }).last().waitFor();
    await open('monitor.elf', Buffer.from(resolveEmbeddedGuest('monitor').image));
    await demo.waitForOutput('Type help.');
    expect(demo.page.url()).toContain('guest=file');
    expect(demo.errors).toEqual([]);
  });
});
