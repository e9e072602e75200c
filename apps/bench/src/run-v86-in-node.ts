import { createRequire } from 'node:module';
import { fetchSeabios } from '@ringzero/guests/node';
import type { BootSource } from '@ringzero/guests/node';
import { ownCpuSeconds } from './conversation.ts';
import type { RunDetails, Step, StepResult } from './measurement.ts';
import { runOnV86, toBuffer, type V86Parts } from './run-v86.ts';

/** v86 starts a Linux kernel through a BIOS; a Multiboot program needs none. */
async function firmwareFor({ kind }: BootSource): Promise<Pick<V86Parts, 'firmware'>> {
  if (kind === 'multiboot') return {};
  const { bios, vgaBios } = await fetchSeabios();
  return { firmware: { bios: { buffer: toBuffer(bios) }, vga_bios: { buffer: toBuffer(vgaBios) } } };
}

/** Runs a guest on v86 in this process, which must be ended afterwards. */
export async function runOnV86InNode(source: BootSource, steps: readonly Step[], onStep: (step: StepResult) => void): Promise<RunDetails> {
  const wasmPath = createRequire(import.meta.url).resolve('v86/build/v86.wasm');
  return runOnV86(source, steps, onStep, { wasmPath, cpuSeconds: ownCpuSeconds, onUncaught: (listener) => void process.on('uncaughtException', listener), ...(await firmwareFor(source)) });
}
