// What a page in a browser runs: one measurement, asked for by `ringzeroMeasure`.
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { engineDefinition } from '../engines.ts';
import type { MeasureReply, MeasureRequest, StepResult } from '../measurement.ts';
import { runOnMachine } from '../run-machine.ts';
import { runOnV86 } from '../run-v86.ts';

/** What of a browser is used: Node's types are the others that are known here. */
interface PageGlobal {
  addEventListener(type: 'error', listener: (event: { readonly error: unknown }) => void): void;
  /** Has whoever drives the page note its processor time: a page cannot. */
  ringzeroMark(): Promise<void>;
  ringzeroMeasure(request: MeasureRequest): Promise<MeasureReply>;
}

const page = globalThis as unknown as PageGlobal;

page.ringzeroMeasure = async ({ engine, guest, scale, steps }) => {
  const done: StepResult[] = [];
  const onStep = (step: StepResult): void => void done.push(step);
  const cpuSeconds = (): number => {
    void page.ringzeroMark();
    return 0;
  };
  const source = resolveEmbeddedGuest(guest, { scale });
  try {
    const isV86 = engineDefinition(engine).kind === 'v86';
    const details = isV86
      ? await runOnV86(source, steps, onStep, { wasmPath: '/v86.wasm', cpuSeconds, onUncaught: (listener) => page.addEventListener('error', ({ error }) => listener(error)) })
      : await runOnMachine({ engine, source, steps, onStep, cpuSeconds });
    return { steps: done, ...details };
  } catch (error) {
    return { steps: done, failure: error instanceof Error ? error.message : String(error) };
  }
};
