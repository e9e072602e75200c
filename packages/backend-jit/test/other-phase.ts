// Run by a test in a process in which V8 tells what it throws away: a branch goes one way before its region is made, the other for long, and the first again.
import { createJitHypervisor } from '../src/index.ts';
import { FlatMachine } from '@ringzero/engine-tests';

/** A multiple of six. */
const ROUNDS = 420_000;
const EARLY = 5;
const LATE = 1000;
const START = 0x100a;
const imm32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const rel32 = (opcode: readonly number[], from: number, to: number): number[] => [...opcode, ...imm32(to - from - opcode.length - 4)];
const END = [0xe6, 0xf4, 0xf4];
/** mov eax, ecx; sub eax, LATE; cmp eax, ROUNDS - EARLY - LATE: above or equal early and late. */
const TEST = [0x89, 0xc8, 0x2d, ...imm32(LATE), 0x3d, ...imm32(ROUNDS - EARLY - LATE)];

/** The rounds of a loop, at START. */
const KINDS: Readonly<Record<string, () => number[]>> = {
  loop() {
    // L: test; jae A; imul edx, ecx; jmp B; A: shl ebx, 1; not ebx; B: loop L
    const body = [...TEST, 0x73, 0x05, 0x0f, 0xaf, 0xd1, 0xeb, 0x04, 0xd1, 0xe3, 0xf7, 0xd3];
    return [...body, 0xe2, 256 - body.length - 2];
  },
  function() {
    // L: call F, of six places; sub ecx, 5; loop L; end. F: test; jae A; add edx, ecx, ninety times; ret; A: shl ebx, 1; ret
    const calls = 6;
    const f = START + 5 * calls + 5 + END.length;
    const adds = Array.from({ length: 90 }, () => [0x01, 0xca]).flat();
    return [...Array.from({ length: calls }, (_, i) => rel32([0xe8], START + 5 * i, f)).flat(), 0x83, 0xe9, 0x05, 0xe2, 256 - 5 * calls - 5, ...END, ...TEST, ...rel32([0x0f, 0x83], 0, adds.length + 7), ...adds, 0xc3, 0xd1, 0xe3, 0xc3];
  },
  pages() {
    // L: inc edx; jmp P; in the next page P: dec ecx; jz end; test; jae L; imul edx, ecx; jmp L
    const p = 0x2000;
    const back = p + 1 + 6 + TEST.length;
    return [0x42, ...rel32([0xe9], START + 1, p), ...new Array<number>(p - START - 6).fill(0x90), 0x49, ...rel32([0x0f, 0x84], p + 1, back + 14), ...TEST, ...rel32([0x0f, 0x83], back, START), 0x0f, 0xaf, 0xd1, ...rel32([0xe9], back + 9, START)];
  },
};

const kind = process.argv[2] ?? 'loop';
// mov esp, 8000h; mov ecx, ROUNDS
const machine = new FlatMachine(createJitHypervisor({ loopThreshold: 10, threshold: 100 }), [0xbc, ...imm32(0x8000), 0xb9, ...imm32(ROUNDS), ...(KINDS[kind]?.() ?? []), ...END]);
await machine.run(1);
