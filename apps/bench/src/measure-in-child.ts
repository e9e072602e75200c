import { fork } from 'node:child_process';
import type { MeasureReply, MeasureRequest } from './measurement.ts';

/** Runs one measurement in a new process with this one's Node options, for at most `limit` seconds. */
export function measureInChild(request: MeasureRequest, limit: number): Promise<MeasureReply> {
  return new Promise((resolve) => {
    const child = fork(new URL('./measure.ts', import.meta.url), { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    let errors = '';
    const timer = setTimeout(() => finish({ failure: `no result in ${limit} s` }), limit * 1000);
    const finish = (reply: MeasureReply): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(reply);
    };
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
    child.once('message', (message) => finish(message as MeasureReply));
    child.once('exit', (code, signal) => finish({ failure: `the process ended with ${signal ?? code}: ${errors.split('\n').find((line) => /Error/.test(line)) ?? errors.trim().slice(0, 200)}` }));
    child.send(request);
  });
}
