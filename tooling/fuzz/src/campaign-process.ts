import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '@ringzero/bundling';
import type { Campaign, CampaignResult } from './campaign.ts';

const SOURCE = fileURLToPath(new URL('./worker.ts', import.meta.url));
/** Always the same place, so that a campaign that is interrupted leaves no more behind. */
const WORKER = fileURLToPath(new URL('../node_modules/.cache/worker.mjs', import.meta.url));

type Message = { readonly done: number } | { readonly result: CampaignResult } | { readonly failure: string };

/** Runs a campaign in a process of its own. In a test runner's own process it takes three times as long: there an imported name is a getter's call. */
function runInProcess(campaign: Campaign, onProgress: (done: number) => void): Promise<CampaignResult> {
  return new Promise((resolve, reject) => {
    const child = fork(WORKER, { execArgv: ['--enable-source-maps'] });
    child.on('message', (message: Message) => {
      if ('done' in message) onProgress(message.done);
      else if ('result' in message) resolve(message.result);
      else reject(new Error(message.failure));
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => reject(new Error(`a process of the campaign ended with ${signal ?? code}, before its result`)));
    child.send(campaign);
  });
}

/** Splits a campaign among `processes`; the results are in the order of the seeds. */
export async function runInProcesses(campaign: Campaign, processes: number, onProgress: (done: number) => void = () => undefined): Promise<CampaignResult[]> {
  await bundleForNode(SOURCE, WORKER);
  const share = Math.ceil(campaign.programs / processes);
  const progress = new Array<number>(processes).fill(0);
  return Promise.all(
    progress.map((_, i) => {
      const programs = Math.max(0, Math.min(share, campaign.programs - i * share));
      return runInProcess({ ...campaign, seed: campaign.seed + i * share, programs }, (done) => {
        progress[i] = done;
        onProgress(progress.reduce((a, b) => a + b));
      });
    }),
  );
}
