import { fork } from 'node:child_process';
import { createDeoptCounter, forkSource, TRACE_DEOPT } from '@ringzero/v8-instruments';
import type { MeasureReply, MeasureRequest, Report, StepResult } from './measurement.ts';

/** In seconds. */
function now(): number {
  return performance.now() / 1000;
}

/**
 * Runs one measurement in a new process, for at most `limit` seconds. With samples it runs from the sources, whose names say
 * where the time goes; else from `bundle`, since what loads sources grows the memory of a WebAssembly module, which makes all
 * that V8 runs slower (JIT.md, trap 4).
 */
export function measureInChild(request: MeasureRequest, bundle: string, limit: number): Promise<MeasureReply> {
  return new Promise((resolve) => {
    const tracesDeopts = request.watch === 'deopts';
    const child = request.watch === 'samples' ? forkSource(new URL('./measure.ts', import.meta.url)) : fork(bundle, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: tracesDeopts ? [TRACE_DEOPT] : [] });
    const steps: StepResult[] = [];
    const counter = createDeoptCounter(now());
    let errors = '';
    const timer = setTimeout(() => finish({ steps, failure: `no result in ${limit} s` }), limit * 1000);
    const finish = (reply: MeasureReply): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(tracesDeopts ? { ...reply, deopts: counter.result(now()) } : reply);
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
