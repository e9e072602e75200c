import { Execution, type Block } from '@ringzero/backend-interpreter/engine';
import { createFlatVp } from '@ringzero/engine-tests';
import { RIP } from '@ringzero/x86-semantics';
import { beforeEach, describe, expect, it } from 'vitest';
import { resolveOptions } from '../src/options.ts';
import { RegionFormation, type BlockFacts } from '../src/region/form-region.ts';
import { countEdge } from '../src/region/outcomes.ts';
import { ProgramSource } from '../src/region/programs.ts';

const CODE = 0x1000;
const LOOP = 3;

let execution: Execution;
const blockAt = (offset: number): Block => execution.transfers.find(CODE + offset, execution.vp.mode)!;

beforeEach(() => {
  execution = new Execution(createFlatVp());
  // inc edx; jmp L; L: add eax, ecx; dec ecx; jnz L; hlt
  execution.vp.memory.writeBytes(CODE, Uint8Array.of(0x42, 0xeb, 0x00, 0x01, 0xc8, 0x49, 0x75, 0xfb, 0xf4));
  // Executed twice round the loop, so that blocks are linked.
  const { vp } = execution;
  vp.R[RIP] = CODE;
  vp.R[2] = 3;
  vp.setBudget(8);
  execution.run();
  for (const [from, to] of [[0, LOOP], [LOOP, LOOP]] as const) {
    countEdge(blockAt(from), blockAt(to), 100);
    blockAt(from).hits += 100;
  }
  blockAt(LOOP).profile.isLoopHeader = true;
});

function form(root: Block, facts: Partial<BlockFacts>): { blocks: readonly number[]; toLoops: readonly string[] } {
  const all = { programs: new ProgramSource(), cache: execution.cache, isCompiled: () => false, containsLoops: () => false, ...facts };
  const nodes = new RegionFormation(resolveOptions({}).limits, all).form(root) ?? [];
  return { blocks: nodes.map(({ block }) => block.linear - CODE), toLoops: nodes.flatMap(({ toLoops }) => toLoops) };
}

describe('a loop behind the first block', () => {
  const isCompiled = (block: Block): boolean => block.linear === CODE + LOOP;

  it('is inside the region', () => {
    expect(form(blockAt(0), {})).toEqual({ blocks: [0, LOOP], toLoops: [] });
  });

  it('is left to its own region, if it has one', () => {
    expect(form(blockAt(0), { isCompiled })).toEqual({ blocks: [0], toLoops: ['taken'] });
  });

  it('is inside once it was led to too often', () => {
    expect(form(blockAt(0), { isCompiled, containsLoops: (block) => block.linear === CODE })).toEqual({ blocks: [0, LOOP], toLoops: [] });
  });

  it('is inside where the first block falls into it', () => {
    // The same without the jump: L is the second instruction of the block.
    execution.vp.memory.writeBytes(CODE + 0x40, Uint8Array.of(0x42, 0x01, 0xc8, 0x49, 0x75, 0xfb, 0xf4));
    const [first, inner] = [blockAt(0x40), blockAt(0x41)];
    countEdge(first, inner, 100);
    inner.hits = first.hits = 100;
    inner.profile.isLoopHeader = true;
    expect(form(first, { isCompiled: (block) => block === inner })).toEqual({ blocks: [0x40, 0x41], toLoops: [] });
  });

  it('is inside a loop around it', () => {
    blockAt(0).profile.isLoopHeader = true;
    expect(form(blockAt(0), { isCompiled })).toEqual({ blocks: [0, LOOP], toLoops: [] });
  });
});
