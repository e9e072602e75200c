import type { Measure } from '../benchmark.ts';
import { bundlePage } from '../bundle.ts';
import type { MeasureReply, MeasureRequest } from '../measurement.ts';
import { chromiumVersion, createPageTimer, findChromium, startChromium } from './chromium.ts';
import { servePage } from './serve.ts';

interface MeasuringPage {
  readonly ringzeroMeasure: ((request: MeasureRequest) => Promise<MeasureReply>) | undefined;
}

/** Runs one measurement in a Chromium of its own, for at most `limit` seconds. */
async function measureInBrowser(request: MeasureRequest, executablePath: string, url: string, limit: number): Promise<MeasureReply> {
  const browser = await startChromium(executablePath);
  let timer: NodeJS.Timeout | undefined;
  try {
    const page = await browser.newPage();
    // Two for each step: where its clock starts, and where it stops.
    const marks: Promise<number>[] = [];
    const readTime = await createPageTimer(browser);
    await page.exposeFunction('ringzeroMark', () => void marks.push(readTime()));
    await page.goto(url);
    await page.waitForFunction(() => (globalThis as unknown as MeasuringPage).ringzeroMeasure !== undefined);
    const tooLong = new Promise<MeasureReply>((resolve) => (timer = setTimeout(() => resolve({ steps: [], failure: `no result in ${limit} s` }), limit * 1000)));
    const reply = await Promise.race([page.evaluate((asked) => (globalThis as unknown as Required<MeasuringPage>).ringzeroMeasure!(asked), request), tooLong]);
    const times = await Promise.all(marks);
    return { ...reply, steps: reply.steps.map((step, i) => ({ ...step, cpuSeconds: (times[2 * i + 1] ?? 0) - (times[2 * i] ?? 0) })) };
  } catch (error) {
    return { steps: [], failure: error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error) };
  } finally {
    clearTimeout(timer);
    await browser.close();
  }
}

/** Gives `use` what measures in Chromium. Throws where there is none. */
export async function withBrowser<T>(folder: string, limit: number, use: (measure: Measure, version: string) => Promise<T>): Promise<T> {
  const program = findChromium();
  if (program === undefined) throw new Error('no Chromium: install the package chromium, or `npx playwright-core install chromium`, or name the program in RINGZERO_CHROMIUM');
  const version = await chromiumVersion(program);
  const server = await servePage(await bundlePage(folder));
  try {
    return await use((request) => measureInBrowser(request, program, server.url, limit), version);
  } finally {
    server.close();
  }
}
