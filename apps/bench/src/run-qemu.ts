import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BootSource } from '@ringzero/guests/node';
import { createConversation, explainEnd } from './conversation.ts';
import type { RunDetails, Step, StepResult } from './measurement.ts';

const PROGRAM = 'qemu-system-i386';

/** The most memory that a process has had, from /proc; `undefined` where there is none. */
async function readPeakMemory(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmHWM:\s*(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

/** Processor time of all threads, in the 10 ms ticks of /proc (proc_pid_stat(5): fields 14 and 15, after the name in brackets). */
function readCpuSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

async function writeImages(source: BootSource, folder: string): Promise<string[]> {
  await writeFile(join(folder, 'image'), source.image);
  if (source.initrd) await writeFile(join(folder, 'initrd'), source.initrd);
  return ['-kernel', join(folder, 'image'), '-append', source.commandLine, ...(source.initrd ? ['-initrd', join(folder, 'initrd')] : [])];
}

/** Runs a guest on QEMU's dynamic translator until its last step is done. */
export async function runOnQemu(source: BootSource, steps: readonly Step[], onStep: (step: StepResult) => void): Promise<RunDetails> {
  const folder = await mkdtemp(join(tmpdir(), 'ringzero-qemu-'));
  try {
    const machine = ['-accel', 'tcg', '-m', String(source.memoryBytes >> 20), '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot', '-nic', 'none', '-device', 'isa-debug-exit,iobase=0xf4,iosize=4'];
    const child = spawn(PROGRAM, [...machine, ...(await writeImages(source, folder))], { stdio: ['pipe', 'pipe', 'inherit'] });
    const conversation = createConversation(steps, { send: (text) => child.stdin.write(text), onStep, cpuSeconds: () => readCpuSeconds(child.pid) });
    let peak: Promise<number | undefined> | undefined;
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', () => (peak === undefined ? reject(explainEnd('QEMU ended', conversation)) : resolve()));
      child.stdout.on('data', (bytes: Buffer) => {
        for (const byte of bytes) {
          if (peak !== undefined || !conversation.write(byte)) continue;
          peak = readPeakMemory(child.pid).finally(() => child.kill('SIGKILL'));
        }
      });
    });
    const peakMemoryBytes = await peak;
    return { ...(peakMemoryBytes !== undefined && { peakMemoryBytes }) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
