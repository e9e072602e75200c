// Run by a test in a process that refuses to make functions from text: says what it refuses with, and what a guest computes.
import { FlatMachine, refusal, SUM } from '@ringzero/engine-tests';
import { createJitHypervisor } from '../src/index.ts';

const machine = new FlatMachine(createJitHypervisor({ threshold: 0 }), SUM);
await machine.run(1);
process.stdout.write(`${refusal()} ${machine.written.join(' ')} dynamicCode ${String(Reflect.get(machine.counter('dynamicCode'), 'value'))}\n`);
