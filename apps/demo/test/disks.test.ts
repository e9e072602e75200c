import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countingDisk, countingGuest } from './counting-guest.ts';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';

const hasFirmware = existsSync(fileURLToPath(new URL('../public/guests/seabios.bin', import.meta.url)));
const MEGABYTE = 2 ** 20;

/** An image that passes for a disk, and begins with a letter. */
function image(letter: string, bytes: number = 64 * 1024): Buffer {
  const disk = Buffer.alloc(bytes);
  disk.write(letter);
  disk.writeUInt16BE(0x55aa, 510);
  return disk;
}

function openFile(demo: DemoPage, name: string, buffer: Buffer): Promise<void> {
  return demo.page.locator('input[type=file]').setInputFiles({ name, mimeType: '', buffer });
}

async function keep(demo: DemoPage, name: string, buffer: Buffer): Promise<void> {
  await openFile(demo, name, buffer);
  await demo.press('Keep in this browser');
  await demo.page.locator('.disk', { hasText: name }).waitFor();
}

describe.skipIf(!hasBrowser)('kept disks in Chromium (skipped where there is none)', () => {
  let browser: Browser;
  let context: BrowserContext;
  beforeAll(async () => (browser = await launch()));
  afterAll(() => browser.close());

  it('have what a guest wrote after a reload, in one tab at a time, and states know when they have changed', async () => {
    context = await browser.newContext({ viewport: { width: 1440, height: 1200 } });
    const demo = await DemoPage.open(context, '?guest=monitor&screen=none');
    await demo.waitForOutput('Type help.');
    await keep(demo, 'count.img', image('A'));
    await demo.page.selectOption('#option-disk', 'count.img');
    await openFile(demo, 'counter.elf', countingGuest());
    await demo.waitForOutput('<A>');
    expect(demo.page.url()).toContain('disk=count.img');
    await demo.press('Save');
    await demo.page.locator('.state:not(.disk)').waitFor();

    const other = await DemoPage.open(context, '?guest=monitor&screen=none&disk=count.img');
    await other.page.getByText('The disk "count.img" is in use, by the machine here or in another tab').waitFor();
    await other.page.close();

    await demo.page.reload();
    await demo.page.getByText('The guest "file" is not here').waitFor();
    // The state brings its disk along, which is as it was.
    await demo.page.locator('.state:not(.disk) .state-open').click();
    await demo.page.locator('[role=status]', { hasText: 'The machine goes on from' }).waitFor({ state: 'attached' });
    await demo.waitForPhase('running');
    expect(await demo.page.getByText('was written to after').count()).toBe(0);
    await openFile(demo, 'counter.elf', countingGuest());
    await demo.waitForOutput('<B>');
    await demo.page.locator('.state:not(.disk) .state-open').click();
    await demo.page.getByText('The disk "count.img" was written to after').waitFor();
    await demo.waitForPhase('paused');
    expect(demo.page.url()).toContain('disk=count.img');
    await demo.press('Reset');
    await demo.waitForOutput('<C>');

    demo.page.on('dialog', (dialog) => void dialog.accept());
    await demo.press('Delete count.img');
    await demo.page.getByText('The disk "count.img" is in use').waitFor();
    await demo.press('Power off');
    await demo.waitForPhase('off');
    await demo.press('Delete count.img');
    await demo.page.locator('.disk').waitFor({ state: 'detached' });
    expect(demo.page.url()).not.toContain('disk=');
    await demo.screenshot('kept-disks');
    expect(demo.errors).toEqual([]);
    await context.close();
  });

  it('are made empty, downloaded, and refused where there is no room; a cancelled copy leaves nothing', async () => {
    context = await browser.newContext();
    const demo = await DemoPage.open(context, '?guest=monitor&screen=none');
    const { page } = demo;
    await demo.waitForOutput('Type help.');
    await page.getByText('New empty disk').click();
    await page.getByLabel('Name').fill('empty.img');
    await page.getByLabel('Size').fill('3Q');
    await demo.press('Make');
    await page.getByText('size "3Q": expected a size such as 64M, from 1M to 64G').waitFor();
    await page.getByLabel('Size').fill('2M');
    await demo.press('Make');
    await page.locator('.disk', { hasText: '2.0 MB' }).waitFor();
    await demo.press('Make');
    await page.getByText('A disk "empty.img" is kept already').waitFor();
    const download = page.waitForEvent('download');
    await demo.press('Download empty.img');
    expect((await download).suggestedFilename()).toBe('empty.img');

    // Far more than the copy has done by the time that someone sees it.
    await page.evaluate((megabyte) => {
      const head = new Uint8Array(512);
      head.set([0x55, 0xaa], 510);
      const files = new DataTransfer();
      files.items.add(new File([head, ...Array.from({ length: 200 }, () => new Uint8Array(megabyte))], 'large.img'));
      dispatchEvent(new DragEvent('drop', { dataTransfer: files }));
    }, MEGABYTE);
    await demo.press('Keep in this browser');
    await page.waitForFunction(() => {
      const bar = document.querySelector<HTMLProgressElement>('#disk-copy');
      if (bar === null || bar.value === 0) return false;
      bar.parentElement!.querySelector('button')!.click();
      return true;
    }, undefined, { polling: 10 });
    await page.getByText('The copy of large.img was cancelled; nothing of it is kept.').waitFor();

    const devtools = await context.newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(page.url()).origin, quotaSize: 8 * MEGABYTE });
    await demo.press('Keep in this browser');
    // Chromium's own estimate leaves such a limit out: the copy itself meets it.
    await page.getByText('large.img: the browser has no more room for this page').waitFor();
    expect(await page.locator('.disk .state-name').allTextContents()).toEqual(['empty.img']);
    const names = await page.evaluate(async () => {
      const folder = (await (await navigator.storage.getDirectory()).getDirectoryHandle('disks')) as unknown as { keys(): AsyncIterable<string> };
      const found: string[] = [];
      for await (const name of folder.keys()) found.push(name);
      return found;
    });
    expect(names).toEqual(['empty.img']);
    expect(demo.errors).toEqual([]);
    await context.close();
  });

  it.skipIf(!hasFirmware).each(['ide', 'virtio'])('boot by SeaBIOS on %s, again after a reload (skipped where pnpm demo:guests has not prepared it)', async (bus) => {
    context = await browser.newContext();
    const demo = await DemoPage.open(context, `?guest=monitor&bus=${bus}`);
    await demo.waitForOutput('Type help.');
    await keep(demo, 'count.img', countingDisk());
    // What was dropped has been booted as well, and its output must not pass for that of the kept disk.
    await demo.page.goto(new URL(`?guest=monitor&bus=${bus}`, demo.page.url()).href);
    await demo.waitForOutput('Type help.');
    await demo.press('count.img 2.0 MB');
    await demo.page.locator('.status-text', { hasText: 'disk' }).waitFor();
    await demo.waitForOutput('<A>');
    await demo.page.reload();
    await demo.waitForOutput('<B>');
    await demo.press('Reset');
    await demo.waitForOutput('<C>');
    expect(demo.errors).toEqual([]);
    await context.close();
  });
});
