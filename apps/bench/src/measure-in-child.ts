import { fork } from 'node:child_process';
import { createDeoptCounter, TRACE_DEOPT } from '@ringzero/v8-instruments';
import type { MeasureReply, MeasureRequest, Report, StepResult } from './measurement.ts';

/** In seconds. */
function now(): number {
  return performance.now() / 1000;
}

/**
 * Runs one measurement in a new process with this one's Node options, for at most `limit` seconds.
 *
 * @param traceDeopts counts V8's deoptimizations. Slows the run down.
 */
export function measureInChild(request: MeasureRequest, limit: number, traceDeopts = false): Promise<MeasureReply> {
  return new Promise((resolve) => {
    const child = fork(new URL('./measure.ts', import.meta.url), {
      stdio: ['ignore', traceDeopts ? 'pipe' : 'ignore', 'pipe', 'ipc'],
      execArgv: [...process.execArgv, ...(traceDeopts ? [TRACE_DEOPT] : [])],
    });
    const steps: StepResult[] = [];
    const counter = createDeoptCounter(now());
    let errors = '';
    const timer = setTimeout(() => finish({ steps, failure: `no result in ${limit} s` }), limit * 1000);
    const finish = (reply: MeasureReply): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(traceDeopts ? { ...reply, deopts: counter.result(now()) } : reply);
    };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => counter.read(text, now()));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
    child.on('message', (message: Report) => {
      if ('step' in message) steps.push(message.step);
      else if ('done' in message) finish({ steps, ...message.done });
      else finish({ steps, failure: message.failure });
    });
    child.once('exit', (code, signal) => finish({ steps, failure: `the process ended with ${signal ?? code}: ${errors.split('\n').find((line) => /Error/.test(line)) ?? errors.trim().slice(0, 200)}` }));
    child.send(request);
  });
}
