import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DemoPage, hasBrowser, launch } from './demo-page.ts';

const hasFirmware = existsSync(fileURLToPath(new URL('../public/guests/seabios.bin', import.meta.url)));

/** Writes h on the screen when that key goes down, and m for each byte of the mouse, the first of which is its answer. */
// prettier-ignore
const CODE = [
  'fa',               //        cli
  'b0 a8 e6 64',      //        mov al, 0xa8; out 0x64, al     the mouse's port is on
  'b0 d4 e6 64',      //        mov al, 0xd4; out 0x64, al     to the mouse:
  'b0 f4 e6 60',      //        mov al, 0xf4; out 0x60, al     report
  'e4 64 a8 01 74 fa', // wait: in al, 0x64; test al, 1; jz wait
  '88 c3 e4 60',      //        mov bl, al; in al, 0x60
  'f6 c3 20 75 08',   //        test bl, 0x20; jnz mouse
  '3c 23 75 ed',      //        cmp al, 0x23; jne wait
  'b0 68 eb 02',      //        mov al, 'h'; jmp print
  'b0 6d',            // mouse: mov al, 'm'
  'b4 0e 31 db cd 10', // print: mov ah, 0x0e; xor bx, bx; int 0x10
  'eb df',            //        jmp wait
].join(' ');

function disk(): Buffer {
  const image = Buffer.alloc(2 ** 20);
  Buffer.from(CODE.replaceAll(' ', ''), 'hex').copy(image);
  image.writeUInt16BE(0x55aa, 510);
  return image;
}

describe.skipIf(!hasBrowser || !hasFirmware)('the screen in Chromium (skipped where there is none, or no SeaBIOS by pnpm demo:guests)', () => {
  let browser: Browser;
  beforeAll(async () => (browser = await launch()));
  afterAll(() => browser.close());

  it('shows what a guest draws, and takes keys, those of the on-screen keyboard too, and the mouse', async () => {
    const demo = await DemoPage.open(await browser.newContext({ viewport: { width: 1440, height: 1200 } }), '?guest=monitor');
    const { page } = demo;
    await demo.waitForOutput('Type help.');
    await page.locator('input[type=file]').setInputFiles({ name: 'echo.img', mimeType: '', buffer: disk() });
    await page.getByRole('tab', { name: 'Screen' }).click();
    const shows = (text: RegExp): Promise<void> => page.locator('[data-testid=screen-text]', { hasText: text }).waitFor({ state: 'attached' });
    await shows(/Booting from Hard Disk\.\.\.\s+m$/m);
    await demo.press('Keyboard');
    await page.getByRole('group', { name: 'On-screen keyboard' }).getByRole('button', { name: 'h', exact: true }).click();
    await shows(/mh$/m);
    const surface = page.locator('.screen-surface');
    await surface.focus();
    await page.keyboard.press('h');
    await page.keyboard.press('x');
    await page.keyboard.press('h');
    await shows(/mhhh$/m);
    // A click takes the pointer; from then on what it moves by goes to the guest, three bytes each time.
    await surface.click();
    await page.mouse.move(400, 400);
    await page.mouse.move(430, 420);
    await shows(/mhhhmmm/);
    await demo.screenshot('screen');
    expect(demo.errors).toEqual([]);
  });
});
