// Run by a test in a process that refuses to make functions from text: says what it refuses with, and what a guest computes.
import { FlatMachine, refusal, SUM } from '@ringzero/engine-tests';
import { createInterpreterHypervisor } from '../src/index.ts';

const machine = new FlatMachine(createInterpreterHypervisor(), SUM);
await machine.run(1);
process.stdout.write(`${refusal()} ${machine.written.join(' ')}\n`);
