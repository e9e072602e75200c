import { Execution } from '@ringzero/backend-interpreter/engine';
import { GuestMemory } from '@ringzero/guest-memory';
import type { VmClock } from '@ringzero/processor';
import { ALL_FEATURES, byteOffset, CR4_OSFXSR, lane32 } from '@ringzero/x86';
import { Vp } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { ProgramSource } from '../src/compile/compilability.ts';
import { emitBlock, MAX_SOURCE } from '../src/compile/emit-block.ts';

const CODE = 0x1000;

const clock: VmClock = {
  mode: 'virtual',
  tscFrequency: 1e9,
  now: () => 0,
  advance: () => undefined,
  quantum: () => 1000,
  poll: () => undefined,
  skipIdle: () => false,
  idleMilliseconds: () => Infinity,
  schedule: (deadline) => ({ deadline, cancel: () => undefined }),
};

function createExecution(): Execution {
  const vp = new Vp({ index: 0, apicId: 0, memory: new GuestMemory(1 << 20), clock, features: ALL_FEATURES });
  for (let segment = 0; segment < 6; segment++) {
    vp.R[lane32('segAttributes', segment)] = segment === 1 ? 0xc09b : 0xc093;
    vp.R[lane32('segLimit', segment)] = -1;
    vp.F[byteOffset('segReadLimit', segment) >> 3] = 0xffff_ffff;
    vp.F[byteOffset('segWriteLimit', segment) >> 3] = 0xffff_ffff;
  }
  vp.R[lane32('cr0')] = 1;
  vp.updateMode();
  return new Execution(vp);
}

it('a block becomes this text (review changes of it as code; `vitest run -u` takes them over)', async () => {
  const execution = createExecution();
  const { vp } = execution;
  // add eax, ecx; inc edx; mov [ebx], eax; jnz CODE
  vp.memory.writeBytes(CODE, Uint8Array.of(0x01, 0xc8, 0x42, 0x89, 0x03, 0x75, 0xf9));
  const block = execution.builder.build(CODE, CODE, vp.mode)!;
  const emitted = emitBlock(block, new ProgramSource(), { maxBlocks: 1, maxInstructions: 100 })!;
  await expect(`${emitted.source}\n`).toMatchFileSnapshot('golden/add-inc-store-jnz.js.txt');
});

/** The text of a loop of 90 instructions, which are two blocks, and the number of blocks in it. */
function emitLoop(instruction: readonly number[]): { readonly blocks: number; readonly length: number } {
  const execution = createExecution();
  const { vp } = execution;
  const code = [...Array.from({ length: 90 }, () => instruction).flat(), 0xe9];
  vp.memory.writeBytes(CODE, Uint8Array.from(code));
  vp.memory.view.setInt32(CODE + code.length, -(code.length + 4), true);
  vp.R[lane32('cr4')] = CR4_OSFXSR;
  vp.R[lane32('rip')] = CODE;
  vp.setBudget(2_000);
  execution.run();
  const block = execution.transfers.find(CODE, vp.mode)!;
  block.likely = execution.transfers.find(CODE + instruction.length * block.head.count, vp.mode)!.head;
  const { blocks, source } = emitBlock(block, new ProgramSource(), { maxBlocks: 8, maxInstructions: 200 })!;
  return { blocks: blocks.length, length: source.length };
}

it('functions whose text is long are one block, so that V8 optimises them', () => {
  // INC edx; PMINUB xmm1, [2000h].
  const short = emitLoop([0x42]);
  expect(short.blocks).toBe(2);
  expect(short.length).toBeLessThan(MAX_SOURCE);
  expect(emitLoop([0x66, 0x0f, 0xda, 0x0d, 0, 0x20, 0, 0]).blocks).toBe(1);
});
