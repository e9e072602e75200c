// Run by a test in a process in which V8 tells what it throws away: a loop whose branch goes one way before its region is made, the other for long, and the first again.
import { createJitHypervisor } from '../src/index.ts';
import { FlatMachine } from '@ringzero/engine-tests';

const ROUNDS = 400_000;
const LAST = 1000;
const imm32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
// mov ecx, ROUNDS; L: mov eax, ecx; sub eax, LAST; cmp eax, ROUNDS - 5 - LAST; jae A; imul edx, ecx; jmp B; A: shl ebx, 1; not ebx; B: loop L; out F4h, al; hlt
const body = [0x89, 0xc8, 0x2d, ...imm32(LAST), 0x3d, ...imm32(ROUNDS - 5 - LAST), 0x73, 0x05, 0x0f, 0xaf, 0xd1, 0xeb, 0x04, 0xd1, 0xe3, 0xf7, 0xd3];
const machine = new FlatMachine(createJitHypervisor({ loopThreshold: 10 }), [0xb9, ...imm32(ROUNDS), ...body, 0xe2, 256 - body.length - 2, 0xe6, 0xf4, 0xf4]);
await machine.run(1);
