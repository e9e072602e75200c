// Run by a test in a process in which V8 tells what it optimizes: a block of twenty instructions, compiled at once and entered as often as the argument says.
import { createJitHypervisor } from '../src/index.ts';
import { FlatMachine } from '@ringzero/engine-tests';

const times = Number(process.argv[2]);
// mov ecx, times; L: add eax, ecx (20 times); jmp to the next; loop L; out F4h, al; hlt
const adds = Array.from({ length: 20 }, () => [0x01, 0xc8]).flat();
const machine = new FlatMachine(createJitHypervisor({ threshold: 10, unit: 'block' }), [0xb9, times & 255, times >> 8, 0, 0, ...adds, 0xeb, 0x00, 0xe2, 256 - adds.length - 4, 0xe6, 0xf4, 0xf4]);
await machine.run(1);
