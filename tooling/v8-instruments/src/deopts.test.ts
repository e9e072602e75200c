import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { createDeoptCounter, createDeoptReader, TRACE_DEOPT, TRACE_DEOPT_LINES, type Deopt } from './deopts.ts';

/** Adds small integers until it is optimized, then something else. */
const PROGRAM = `
const add = new Function('return function addition(a, b) {\\nlet sum = 0;\\nfor (let i = 0; i < 1000; i++)\\nsum = sum + a * b;\\nreturn sum;\\n}')();
for (let i = 0; i < 5000; i++) add(i & 7, 3);
add('1', 2.5);
`;

function deoptsWith(flag: Parameters<typeof createDeoptReader>[0]): Deopt[] {
  const deopts: Deopt[] = [];
  const read = createDeoptReader(flag, (deopt) => deopts.push(deopt));
  // Not in the background: on a busy host the program would end before its code is optimized.
  read(execFileSync(process.execPath, [flag, '--no-concurrent-recompilation', '-e', PROGRAM], { encoding: 'utf8' }));
  read('\n');
  return deopts.filter(({ functionName }) => functionName === 'addition');
}

it('finds what this V8 writes, and where', () => {
  const [plain] = deoptsWith(TRACE_DEOPT);
  expect(plain).toMatchObject({ kind: 'eager', functionName: 'addition', line: 0 });
  const [found] = deoptsWith(TRACE_DEOPT_LINES);
  // Two lines of the factory are before the body.
  expect(found).toMatchObject({ kind: 'eager', functionName: 'addition', line: 6, reason: plain?.reason });
});

it('counts lines that come in pieces, and tells the second half apart', () => {
  const counter = createDeoptCounter(10);
  counter.read('[bailout (kind: deopt-eager, rea', 11);
  counter.read('son: x): begin. deoptimizing 0x1 <JSFunction f (sfi = 0x2)>, 0x3\n[bail', 12);
  counter.read('out (kind: deopt-lazy, reason: (unknown)): begin. deoptimizing 0x1 <JSFunction (sfi = 0x2)>\nnoise\n', 18);
  expect(counter.result(20)).toEqual({ total: 2, perSecond: 1 / 5 });
});
