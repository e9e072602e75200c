import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Check, Engine, Step } from './checks.ts';

/** How a check went. `problem` is missing where it passed. */
export interface CheckResult {
  readonly guest: string;
  readonly engine: Engine;
  readonly seconds: number;
  readonly problem?: string;
}

const { resolve: resolveModule } = createRequire(import.meta.url);
/** The command, from source. */
const MAIN = join(dirname(resolveModule('ringzero/package.json')), 'src/main.ts');
const LOADER = pathToFileURL(resolveModule('tsx')).href;
/** What a problem quotes of the guest's last output. */
const TAIL = 300;

/** Follows a guest's output, and types. */
class Script {
  #output = '';
  #from = 0;
  #next = 0;
  readonly #steps: readonly Step[];
  readonly #type: (text: string) => void;

  constructor(steps: readonly Step[], type: (text: string) => void) {
    this.#steps = steps;
    this.#type = type;
  }

  /** The text that is still awaited; undefined when all has come. */
  get awaited(): string | undefined {
    return this.#steps[this.#next]?.await;
  }

  get tail(): string {
    return this.#output.slice(-TAIL);
  }

  receive(text: string): void {
    this.#output += text;
    for (let step = this.#steps[this.#next]; step !== undefined; step = this.#steps[this.#next]) {
      const at = this.#output.indexOf(step.await, this.#from);
      if (at < 0) return;
      this.#from = at + step.await.length;
      this.#next++;
      if (step.type !== undefined) this.#type(`${step.type}\n`);
    }
  }
}

/** Runs a check with the command, as a person at a terminal would, in virtual time: a busy host changes nothing. */
export async function runCheck(check: Check, engine: Engine): Promise<CheckResult> {
  const started = performance.now();
  const { guest, steps, patience } = check;
  const args = typeof check.args === 'function' ? await check.args() : check.args;
  const child = spawn(process.execPath, ['--import', LOADER, '--conditions=@ringzero/source', MAIN, 'run', ...args, '--backend', engine, '--clock', 'virtual', '--timeout', String(patience)]);
  let errors = '';
  const script = new Script(steps, (text) => void child.stdin.write(text));
  child.stdin.on('error', () => undefined);
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (errors = (errors + text).slice(-TAIL)));
  child.stdout.setEncoding('latin1').on('data', (text: string) => script.receive(text));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      const seconds = (performance.now() - started) / 1000;
      const { awaited } = script;
      const ended = status === 0 ? undefined : `ended with ${signal ?? `status ${status}`}`;
      const problems = [ended, awaited === undefined ? undefined : `${JSON.stringify(awaited)} did not come`].filter((problem) => problem !== undefined);
      const said = `${JSON.stringify(script.tail)} ${errors.trim()}`.trim();
      resolve({ guest, engine, seconds, ...(problems.length === 0 ? {} : { problem: `${problems.join(', ')}; last: ${said}` }) });
    });
  });
}
