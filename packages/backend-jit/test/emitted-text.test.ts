import { Execution } from '@ringzero/backend-interpreter/engine';
import { BUDGET, RIP } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { createFlatVp } from '@ringzero/engine-tests';
import { estimateBytecode, MAX_BYTECODE } from '../src/emit/bytecode-size.ts';
import { emitRegion } from '../src/emit/compiler.ts';
import type { EmittedRegion } from '../src/emit/emit-region.ts';
import { resolveOptions } from '../src/options.ts';
import { countEdge } from '../src/region/outcomes.ts';
import { ProgramSource } from '../src/region/programs.ts';

const CODE = 0x1000;

/** Runs the code until its links are known, says that its blocks followed each other equally often, and emits its region. */
function emit(code: readonly number[], edges: readonly (readonly [from: number, to: number, count: number])[], budget = 500): EmittedRegion {
  const execution: Execution = new Execution(createFlatVp());
  const { vp } = execution;
  vp.memory.writeBytes(CODE, Uint8Array.from(code));
  vp.R[0] = 3;
  vp.R[2] = 1;
  vp.R[4] = 0x3000;
  vp.R[6] = 0x2000;
  vp.R[8] = 0x8000;
  vp.setBudget(budget);
  for (const [from] of [[CODE], ...edges.map(([from]) => [CODE + from])]) {
    vp.R[RIP] = from!;
    execution.run();
    if (vp.R[BUDGET]! < 100) vp.setBudget(budget);
  }
  const blockAt = (offset: number) => execution.transfers.find(CODE + offset, vp.mode)!;
  for (const [from, to, count] of edges) {
    countEdge(blockAt(from), blockAt(to), count);
    blockAt(from).hits += count;
  }
  const facts = { programs: new ProgramSource(), cache: execution.cache, isCompiled: () => false, containsLoops: () => false };
  return emitRegion(blockAt(0), resolveOptions({}).limits, facts, true)!;
}

const golden = async (name: string, region: EmittedRegion): Promise<void> => expect(`${region.source}\n`).toMatchFileSnapshot(`golden/${name}.js.txt`);

it('a loop becomes this text (review changes of it as code; `vitest run -u` takes them over)', async () => {
  // L: add eax, ecx; inc edx; mov [ebx], eax; jnz L
  const region = emit([0x01, 0xc8, 0x42, 0x89, 0x03, 0x75, 0xf9], [[0, 0, 100]]);
  expect(region.nodes).toHaveLength(1);
  await golden('add-inc-store-jnz', region);
});

it('a call is inlined, and its return compared', async () => {
  // call F; dec ecx; jmp back; F: add eax, 5; ret
  const region = emit([0xe8, 0x03, 0, 0, 0, 0x49, 0xeb, 0xf8, 0x83, 0xc0, 0x05, 0xc3], [[0, 8, 100], [8, 5, 100], [5, 0, 100]]);
  expect(region.nodes.map((node) => node.context?.depth ?? 0)).toEqual([0, 1, 0]);
  await golden('call-inlined', region);
});

it('flags are kept where the next page may turn out to be mapped elsewhere', () => {
  // cmp eax, ecx; jmp B; … B, in the next page: xor ecx, ecx; jmp back
  const code = new Array<number>(0x1017).fill(0x90);
  code.splice(0, 7, 0x39, 0xc8, 0xe9, 0x09, 0x10, 0, 0);
  code.splice(0x1010, 7, 0x31, 0xc9, 0xe9, 0xe9, 0xef, 0xff, 0xff);
  const region = emit(code, [[0, 0x1010, 100], [0x1010, 0, 100]]);
  expect(region.nodes).toHaveLength(2);
  expect(region.source).toMatch(/fa = r0; fb = r1; fk = 14;\n(?:.*\n){1,2}if \(TC\[/);
});

it('a helper is executed between a spill and a reload', async () => {
  // L: pushf; pop eax; dec ecx; jmp L
  const region = emit([0x9c, 0x58, 0x49, 0xeb, 0xfb], [[0, 1, 100], [1, 0, 100]]);
  expect(region.nodes.map((node) => node.end)).toEqual(['helper', 'jump']);
  await golden('helper-inside', region);
});

it('x87 instructions have TOP, tags and status in locals', async () => {
  // L: fninit; fld qword [ebx]; fadd st, st0; fmul qword [ebx]; fstp qword [ebx]; jmp L
  const region = emit([0xdb, 0xe3, 0xdd, 0x03, 0xd8, 0xc0, 0xdc, 0x0b, 0xdd, 0x1b, 0xeb, 0xf4], [[0, 0, 100]]);
  await golden('x87', region);
});

it('vector instructions have elements in locals, around a loop as well', async () => {
  // L: movsd xmm0, [ebx]; mulsd xmm0, [ebx]; addsd xmm1, xmm0; dec ecx; jnz L
  const region = emit([0xf2, 0x0f, 0x10, 0x03, 0xf2, 0x0f, 0x59, 0x03, 0xf2, 0x0f, 0x58, 0xc8, 0x49, 0x75, 0xf1], [[0, 0, 100]]);
  await golden('sse', region);
});

/** The text of a loop of 90 instructions, which are two blocks. */
function emitLoop(instruction: readonly number[]): EmittedRegion {
  const body = Array.from({ length: 90 }, () => instruction).flat();
  const back = -(body.length + 5);
  const second = 48 * instruction.length;
  return emit([...body, 0xe9, back & 255, (back >> 8) & 255, 255, 255], [[0, second, 100], [second, 0, 100]]);
}

it('functions have fewer instructions where their bytecode would be long, so that V8 optimizes them', () => {
  // INC edx; PMINUB xmm1, [2000h].
  const short = emitLoop([0x42]);
  expect(short.nodes).toHaveLength(2);
  expect(estimateBytecode(short.source)).toBeLessThan(MAX_BYTECODE);
  const long = emitLoop([0x66, 0x0f, 0xda, 0x0d, 0, 0x20, 0, 0]);
  expect(long.nodes).toHaveLength(1);
  expect(long.nodes[0]!.end).toBe('partial');
  expect(estimateBytecode(long.source)).toBeLessThan(MAX_BYTECODE);
});
