import { EXIT, Execution, type Block } from '@ringzero/backend-interpreter/engine';
import { createFlatVp } from '@ringzero/engine-tests';
import { BUDGET, RIP, type Operation } from '@ringzero/x86-semantics';
import { describe, expect, it } from 'vitest';
import type { ExitKind } from '../src/emit/emit-region.ts';
import { createExits } from '../src/exits.ts';
import { RegionNode, type Side } from '../src/region/node.ts';

/** At 1000h: cmp eax, 1; jz 1009h; jmp 1009h; nop; nop; at 1009h: jmp eax. */
const CODE = [0x83, 0xf8, 0x01, 0x74, 0x04, 0xeb, 0x02, 0x90, 0x90, 0xff, 0xe0];
const PLACES = { taken: 0x1000, next: 0x1000, computed: 0x1009 } as const;
const TARGETS = { taken: 0x1009, next: 0x1005, computed: 0x1005 } as const;

interface Prepared {
  readonly execution: Execution;
  readonly exit: Operation;
  readonly heard: string[];
}

function prepare(kind: keyof typeof PLACES, threshold: number, isLinked: boolean, toLoops: readonly Side[] = []): Prepared {
  const vp = createFlatVp();
  vp.memory.writeBytes(0x1000, Uint8Array.from(CODE));
  const execution = new Execution(vp);
  const find = (ip: number): Block => execution.transfers.find(ip, vp.mode, true)!;
  const [block, target] = [find(PLACES[kind]), find(TARGETS[kind])];
  const last = block.operations.at(-1)!;
  if (isLinked && kind !== 'computed') last[kind] = target.head;
  const heard: string[] = [];
  const exits = createExits(execution, threshold, {
    hot: (_root, from, to, times) => heard.push(`hot ${from.head.ip} ${to.head.ip} ${times}`),
    restarted: (times) => heard.push(`restarted ${times}`),
    apart: (root) => heard.push(`apart ${root.head.ip}`),
  });
  const node = new RegionNode(block, null, { programs: [], rest: undefined, endsInHelper: false }, 1);
  node.toLoops.push(...toLoops);
  vp.R[RIP] = TARGETS[kind];
  return { execution, exit: exits.create(block, { kind: kind satisfies ExitKind, node, index: 0 }), heard };
}

describe.each(['taken', 'next', 'computed'] as const)('an exit that is %s', (kind) => {
  it.each([
    ['is counted and followed', 1000, true, 100],
    ['is heard of when it is hot', 5, true, 1000],
    ['is heard of each time', 1, true, 1000],
    ['is linked by whoever takes it first', 1000, false, 100],
    ['is left where the budget is short', 1000, true, 1],
  ])('%s: by its case in the dispatch switch as by its handler', (_, threshold, isLinked, budget) => {
    const byHandler = prepare(kind, threshold, isLinked);
    const byCase = prepare(kind, threshold, isLinked);
    for (let time = 0; time < 200; time++) {
      const [one, other] = [byHandler, byCase].map(({ execution: { switchLoop, vp }, exit }, i) => {
        vp.R[BUDGET] = budget;
        vp.R[RIP] = TARGETS[kind];
        const next = i === 0 ? exit.h(exit) : switchLoop.dispatch.run(exit, 1);
        return { next: next === EXIT ? 'EXIT' : next.ip, isHead: next.block?.head === next, budget: vp.R[BUDGET], ip: vp.R[RIP], count: exit.immediate };
      });
      expect(other).toEqual(one);
    }
    expect(byCase.heard).toEqual(byHandler.heard);
    if (kind !== 'computed') expect(byHandler.heard.length > 0).toBe(threshold < 200);
  });
});

it('an exit to a loop with a region of its own is heard of earlier, and by its threshold if that is less', () => {
  const timesOf = (threshold: number): string | undefined => {
    const { execution, exit, heard } = prepare('taken', threshold, true, ['taken']);
    for (let time = 0; heard.length === 0 && time <= threshold; time++) {
      execution.vp.R[BUDGET] = 100;
      exit.h(exit);
    }
    return heard[1];
  };
  expect(timesOf(1_000_000)).toBe('hot 4096 4105 300000');
  expect(timesOf(70)).toBe('hot 4096 4105 70');
});
