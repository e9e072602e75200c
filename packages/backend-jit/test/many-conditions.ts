// Run by a test in a process in which V8 tells what it throws away: tier 0 meets every condition behind every kind of flags, long before and after its switch is fast.
import { FlatMachine } from '@ringzero/engine-tests';
import { createJitHypervisor } from '../src/index.ts';

/** Seconds of host time at the most, and for which it goes on once the switch is used. */
const PATIENCE = 60;
const AFTERWARDS = 1;
const CONDITIONS = 16;
/** add, or, adc, sbb, and, sub, xor, cmp eax, ecx; inc and dec eax; shl eax, 3; imul eax, ecx; neg eax; test eax, ecx. */
const SETTERS = [...[0x01, 0x09, 0x11, 0x19, 0x21, 0x29, 0x31, 0x39].map((opcode) => [opcode, 0xc8]), [0x40], [0x48], [0xc1, 0xe0, 3], [0x0f, 0xaf, 0xc1], [0xf7, 0xd8], [0x85, 0xc8]];
/** Jcc rel8 and rel32, SETcc dl and CMOVcc ebx, edx: all with the next instruction. */
const users = (condition: number): number[] => [0x70 + condition, 0, 0x0f, 0x80 + condition, 0, 0, 0, 0, 0x0f, 0x90 + condition, 0xc2, 0x0f, 0x40 + condition, 0xda];
const body = SETTERS.flatMap((setter) => Array.from({ length: CONDITIONS }, (_, condition) => [...setter, ...users(condition)]).flat());
const back = -(body.length + 5);
// L: all of it; jmp L
const code = [...body, 0xe9, back & 255, (back >> 8) & 255, (back >> 16) & 255, 255];

const machine = new FlatMachine(createJitHypervisor({ dynamicCode: false }), code);
const start = performance.now();
let fastSince: number | undefined;
machine.onPoll = () => {
  const now = performance.now();
  const warmed = machine.counter('switchWarmed');
  if (fastSince === undefined && warmed.kind === 'value' && Number(warmed.value) > 0) fastSince = now;
  if (now > (fastSince === undefined ? start + 1000 * PATIENCE : fastSince + 1000 * AFTERWARDS)) machine.stop();
};
await machine.run(1);
process.stdout.write(fastSince === undefined ? 'the switch was never used\n' : 'the switch was used\n');
