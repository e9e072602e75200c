import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '@ringzero/bundling';
import type { Campaign, CampaignResult } from './campaign.ts';

type Message = { readonly done: number } | { readonly result: CampaignResult } | { readonly failure: string };

/** Runs a campaign in a process of its own. In a test runner's own process it takes three times as long: there an imported name is a getter's call. */
function runInProcess(worker: string, campaign: Campaign, onProgress: (done: number) => void): Promise<CampaignResult> {
  return new Promise((resolve, reject) => {
    const child = fork(worker, { execArgv: [] });
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
  const folder = await mkdtemp(join(tmpdir(), 'ringzero-fuzz-'));
  try {
    const worker = join(folder, 'worker.mjs');
    await bundleForNode(fileURLToPath(new URL('./worker.ts', import.meta.url)), worker);
    const share = Math.ceil(campaign.programs / processes);
    const progress = new Array<number>(processes).fill(0);
    return await Promise.all(
      progress.map((_, i) => {
        const programs = Math.max(0, Math.min(share, campaign.programs - i * share));
        return runInProcess(worker, { ...campaign, seed: campaign.seed + i * share, programs }, (done) => {
          progress[i] = done;
          onProgress(progress.reduce((a, b) => a + b));
        });
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
