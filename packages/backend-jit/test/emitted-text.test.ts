import { Execution } from '@ringzero/backend-interpreter/engine';
import { GuestMemory } from '@ringzero/guest-memory';
import type { VmClock } from '@ringzero/processor';
import { ALL_FEATURES, byteOffset, lane32 } from '@ringzero/x86';
import { Vp } from '@ringzero/x86-semantics';
import { expect, it } from 'vitest';
import { ProgramSource } from '../src/compile/compilability.ts';
import { emitBlock } from '../src/compile/emit-block.ts';

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

it('a block becomes this text (review changes of it as code; `vitest run -u` takes them over)', async () => {
  const vp = new Vp({ index: 0, apicId: 0, memory: new GuestMemory(1 << 20), clock, features: ALL_FEATURES });
  for (let segment = 0; segment < 6; segment++) {
    vp.R[lane32('segAttributes', segment)] = segment === 1 ? 0xc09b : 0xc093;
    vp.R[lane32('segLimit', segment)] = -1;
    vp.F[byteOffset('segReadLimit', segment) >> 3] = 0xffff_ffff;
    vp.F[byteOffset('segWriteLimit', segment) >> 3] = 0xffff_ffff;
  }
  vp.R[lane32('cr0')] = 1;
  vp.updateMode();
  // add eax, ecx; inc edx; mov [ebx], eax; jnz CODE
  vp.memory.writeBytes(CODE, Uint8Array.of(0x01, 0xc8, 0x42, 0x89, 0x03, 0x75, 0xf9));
  const block = new Execution(vp).builder.build(CODE, CODE, vp.mode)!;
  const emitted = emitBlock(block, new ProgramSource(), { maxBlocks: 1, maxInstructions: 100 })!;
  await expect(`${emitted.source}\n`).toMatchFileSnapshot('golden/add-inc-store-jnz.js.txt');
});
