import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { inject } from 'vitest';
import { MANIFEST_URL } from '../src/guests/catalogue.ts';
import { findChromium, startChromium } from './chromium.ts';

/** Kept after a run, for people to look at. */
const ARTEFACTS = fileURLToPath(new URL('./artefacts', import.meta.url));

/** Whether there is a page to test, and a browser. */
export const hasBrowser: boolean = inject('demoUrl') !== undefined;

export function launch(): Promise<Browser> {
  return startChromium(findChromium()!);
}

/** A page of the demo, and what a user does with it. */
export class DemoPage {
  readonly page: Page;
  readonly errors: string[] = [];
  /** All that the guest wrote since the page was opened. */
  #output = '';

  constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      // Where nobody has prepared guests there is no manifest, and the browser says so.
      const isExpected = message.location().url.endsWith(`/${MANIFEST_URL}`);
      if (message.type() === 'error' && !isExpected) this.errors.push(message.text());
    });
  }

  /** Opens it, and has the page's long tasks counted from its start. */
  static async open(context: BrowserContext, query: string = ''): Promise<DemoPage> {
    const demo = new DemoPage(await context.newPage());
    demo.page.setDefaultTimeout(60_000);
    await demo.page.addInitScript(() => {
      const tasks: number[] = [];
      Object.assign(globalThis, { longTasks: tasks });
      new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration))).observe({ type: 'longtask', buffered: true });
    });
    await demo.page.goto(new URL(query, inject('demoUrl')).href);
    return demo;
  }

  /** Tasks of the page that took longer than 50 ms, in milliseconds, since this was last asked. */
  longTasks(): Promise<number[]> {
    return this.page.evaluate(() => (globalThis as unknown as { longTasks: number[] }).longTasks.splice(0));
  }

  /** What the console shows, scrolled-off lines among it; nothing while it is not there yet. */
  async output(): Promise<string> {
    this.#output = await this.page.evaluate(() => (document.querySelector('[data-testid=console]') as unknown as { serialText?(): string } | null)?.serialText?.() ?? '');
    return this.#output;
  }

  /** Waits until the console shows the text. */
  async waitForOutput(text: string | RegExp, seconds: number = 90): Promise<void> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
      const output = await this.output();
      if (typeof text === 'string' ? output.includes(text) : text.test(output)) return;
      if (Date.now() > end) throw new Error(`${String(text)} did not appear within ${seconds} s; the console shows:\n${output.slice(-2000)}`);
      await this.page.waitForTimeout(50);
    }
  }

  /** Types a line on the console. */
  async type(line: string): Promise<void> {
    await this.page.locator('.xterm-helper-textarea').focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  async waitForPhase(phase: string): Promise<void> {
    await this.page.locator(`[data-phase=${phase}]`).waitFor();
  }

  press(button: string): Promise<void> {
    return this.page.getByRole('button', { name: button, exact: true }).click();
  }

  async chooseEngine(label: string): Promise<void> {
    await this.page.locator('.segment', { hasText: label }).click();
    await this.page.locator('.status-line .engine-name', { hasText: label }).waitFor();
  }

  /** Clicks one engine after the other, faster than a person can, and waits for the last. */
  async chooseEngines(...labels: readonly string[]): Promise<void> {
    await this.page.evaluate((names) => {
      for (const name of names) [...document.querySelectorAll('.segment')].find((segment) => segment.textContent === name)?.querySelector('input')?.click();
    }, labels);
    await this.page.locator('[role=status]', { hasText: labels.at(-1)! }).waitFor({ state: 'attached' });
  }

  async screenshot(name: string): Promise<void> {
    await mkdir(ARTEFACTS, { recursive: true });
    await this.page.screenshot({ path: `${ARTEFACTS}/${name}.png` });
  }
}
