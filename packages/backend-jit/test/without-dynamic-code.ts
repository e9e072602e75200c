// Run by a test in a process that refuses to make functions from text: says what it refuses with, and what a guest computes.
import { createJitHypervisor } from '../src/index.ts';
import { FlatMachine } from './flat-machine.ts';

function refusal(): string {
  try {
    return String(Reflect.construct(Function, ['return 1']));
  } catch (error) {
    return (error as Error).name;
  }
}

// mov eax, 0; mov ecx, 100; L: add eax, ecx; loop L; out F4h, eax
const machine = new FlatMachine(createJitHypervisor({ threshold: 0 }), [0xb8, 0, 0, 0, 0, 0xb9, 100, 0, 0, 0, 0x01, 0xc8, 0xe2, 0xfc, 0xe7, 0xf4, 0xf4]);
await machine.run(1);
process.stdout.write(`${refusal()} ${machine.written.join(' ')} dynamicCode ${String(Reflect.get(machine.counter('dynamicCode'), 'value'))}\n`);
