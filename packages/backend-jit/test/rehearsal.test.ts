import { once } from 'node:events';
import { Execution, type Block } from '@ringzero/backend-interpreter/engine';
import { createFlatVp } from '@ringzero/engine-tests';
import { forkSource } from '@ringzero/v8-instruments';
import { Operation, RIP } from '@ringzero/x86-semantics';
import { describe, expect, it } from 'vitest';
import { Compiler } from '../src/emit/compiler.ts';
import { resolveOptions } from '../src/options.ts';
import { RegionFormation } from '../src/region/form-region.ts';
import type { RegionNode } from '../src/region/node.ts';
import { countEdge } from '../src/region/outcomes.ts';
import { ProgramSource } from '../src/region/programs.ts';
import { pathsThrough, siteOf } from '../src/rehearsal/paths.ts';

const CODE = 0x1000;

interface Prepared {
  readonly execution: Execution;
  readonly blockAt: (offset: number) => Block;
}

/** Runs the code with EBX, and says that blocks followed each other equally often. */
function prepare(code: readonly number[], edges: readonly (readonly [from: number, to: number])[], ebx: number): Prepared {
  const execution = new Execution(createFlatVp());
  const { vp } = execution;
  vp.memory.writeBytes(CODE, Uint8Array.from(code));
  vp.R[2] = 3;
  vp.R[6] = ebx;
  vp.R[8] = 0x8000;
  for (const [from] of [...edges, ...edges]) {
    // Each branch goes either way.
    vp.R[0] ^= 3;
    vp.R[RIP] = CODE + from;
    vp.setBudget(100);
    execution.run();
  }
  const blockAt = (offset: number): Block => execution.transfers.find(CODE + offset, vp.mode, true)!;
  for (const [from, to] of edges) {
    countEdge(blockAt(from), blockAt(to), 100);
    blockAt(from).hits += 100;
  }
  return { execution, blockAt };
}

function factsOf({ execution }: Prepared) {
  return { programs: new ProgramSource(), cache: execution.cache, isCompiled: () => false, containsLoops: () => false };
}

/** Nodes that are executed when branches are decided like that, up to one that was already. */
function follow(nodes: readonly RegionNode[], decisions: readonly boolean[]): RegionNode[] {
  const followed: RegionNode[] = [];
  for (let node: RegionNode | undefined = nodes[0]; node !== undefined && !followed.includes(node); ) {
    followed.push(node);
    const at: RegionNode = node;
    const compared = at.edges.filter(({ side }) => side === 'computed');
    if (at.end === 'branch') node = at.edge(decisions[siteOf(at, 0)] === true ? 'taken' : 'next')?.to;
    else if (at.end !== 'computed') node = at.edges[0]?.to;
    else {
      const last = compared.length - 1;
      const index = compared.findIndex((_, i) => i < last && decisions[siteOf(at, i)] === true);
      node = decisions[siteOf(at, last)] === true && index < 0 ? undefined : compared[index < 0 ? last : index]?.to;
    }
  }
  return followed;
}

// L: test eax, eax; jz A; jmp ebx; A: jnp B; inc ecx; B: dec edx; jmp L; and two places where jmp ebx leads: inc esi; jmp L; inc edi; jmp L
const BRANCHY = [0x85, 0xc0, 0x74, 2, 0xff, 0xe3, 0x7b, 1, 0x41, 0x4a, 0xeb, 0xf4, 0x46, 0xeb, 0xf1, 0x47, 0xeb, 0xee];
const EDGES = [[0, 4], [0, 6], [4, 12], [4, 15], [6, 8], [6, 9], [8, 9], [9, 0], [12, 0], [15, 0]] as const;

describe('the ways through a region', () => {
  const prepared = prepare(BRANCHY, EDGES, CODE + 12);
  const nodes = new RegionFormation(resolveOptions({}).limits, factsOf(prepared)).form(prepared.blockAt(0))!;
  new Compiler(prepared.execution, factsOf(prepared), resolveOptions({}).limits).compile(prepared.blockAt(0), true, () => new Operation((op) => op));

  it('lead to all of it', () => {
    nodes.forEach((node, i) => (node.order = i));
    expect(nodes.map(({ block }) => block.linear - CODE).sort((a, b) => a - b)).toEqual([0, 4, 6, 8, 9, 12, 15]);
    const paths = pathsThrough(nodes);
    expect(new Set(paths.flatMap((path) => follow(nodes, path))).size).toBe(nodes.length);
    expect(paths.length).toBeLessThan(nodes.length);
  });

  it('leave it where a computed target is none that is compared', () => {
    const computed = nodes.find(({ end }) => end === 'computed')!;
    expect(computed.edges).toHaveLength(2);
    expect(pathsThrough(nodes).filter((path) => follow(nodes, path).at(-1) === computed && path[siteOf(computed, 1)])).toHaveLength(1);
  });
});

it('a rehearsal changes nothing of the guest', () => {
  // L: mov eax, [ebx]; add [ebx + 4], eax; mov [ebx + 1Ah], al; mov [ebx + 1Ch], ax; push eax; pop ecx; fld qword [ebx]; fstp qword [ebx + 8]; pushf; dec edx; jnz L; jmp L
  const code = [0x8b, 0x03, 0x01, 0x43, 4, 0x88, 0x43, 0x1a, 0x66, 0x89, 0x43, 0x1c, 0x50, 0x59, 0xdd, 0x03, 0xdd, 0x5b, 8, 0x9c, 0x4a, 0x75, 0xe9, 0xeb, 0xe7];
  const prepared = prepare(code, [[0, 20], [20, 0], [20, 23], [23, 0]], 0x2000);
  const { vp } = prepared.execution;
  // Wherever something is written it is seen, and nothing is in its place that might be written.
  const bytes = vp.memory.u8;
  for (let at = 0; at < 0x10000; at++) if (at < CODE || at >= CODE + code.length) bytes[at] = at ^ (at >> 8);
  let helped = 0;
  const pushf = prepared.blockAt(0).operations.at(-1)!;
  const { h } = pushf;
  pushf.h = (op) => {
    helped++;
    return h(op);
  };
  const state = (): unknown => [vp.B, vp.memory.u8.subarray(0, 0x10000), vp.tlb.read, vp.tlb.write, vp.tlb.code].map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
  const before = state();
  const region = new Compiler(prepared.execution, factsOf(prepared), resolveOptions({}).limits).compile(prepared.blockAt(0), true, () => new Operation((op) => op));
  expect(region?.nodes.map(({ end }) => end)).toContain('helper');
  expect(state()).toEqual(before);
  expect(helped).toBe(0);
});

it.each(['loop', 'function', 'pages'])('what a region does for the first time has V8 throw nothing away: %s', async (kind) => {
  const child = forkSource(new URL('other-phase.ts', import.meta.url), ['--trace-opt', '--trace-deopt'], [kind]);
  let trace = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (trace += text));
  const [status] = (await once(child, 'close')) as [number];
  expect(status).toBe(0);
  expect(trace).toMatch(/completed optimizing .*<JSFunction region_/);
  expect(trace.split('\n').filter((line) => line.startsWith('[bailout') && line.includes('region_'))).toEqual([]);
});
