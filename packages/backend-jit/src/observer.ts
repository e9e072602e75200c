import type { Execution } from '@ringzero/backend-interpreter/engine';
import { MODE_CODE32, type Operation, type Statement } from '@ringzero/x86-semantics';
import type { EmittedRegion, ExitKind } from './emit/emit-region.ts';
import type { BlockEnd, RegionNode, Side } from './region/node.ts';

/** An instruction's meaning behind one pass of the compiler. */
export interface PassReport {
  readonly pass: string;
  readonly statements: readonly Statement[];
}

/** An instruction of a region. */
export interface InstructionReport {
  /** Offset in CS. */
  readonly ip: number;
  readonly bytes: readonly number[];
  /** Registers that its ModRM byte names. */
  readonly reg: number;
  readonly rm: number;
  /** The first is the form's definition, the last what was emitted; none of what the interpreter's handler executes. */
  readonly passes: readonly PassReport[];
}

/** A block in a region, as called from one place. */
export interface BlockReport {
  readonly ip: number;
  /** Calls that it is inlined in. */
  readonly depth: number;
  readonly end: BlockEnd;
  readonly isLoopHeader: boolean;
  /** Executions that tier 0 counted. */
  readonly executions: number;
  /** What followed it, by the counts of tier 0 and of the exits of compiled code. */
  readonly followers: readonly { readonly ip: number; readonly count: number }[];
  /** How often it was expected to run for each entry of the region, loops not counted. */
  readonly frequency: number;
  /** Edges that stay inside, to the position of another block. */
  readonly edges: readonly { readonly side: Side; readonly to: number }[];
  readonly instructions: readonly InstructionReport[];
}

/** A compiled region, as data that may go to another process. */
export interface RegionReport {
  /** The `sourceURL` of its script, and the name of its function, by which V8's own tools name it. */
  readonly script: string;
  readonly functionName: string;
  /** Where it is entered: offset in CS, and the bits of the code there. */
  readonly ip: number;
  readonly bits: 16 | 32;
  /** Guest instructions inside, of inlined callees as often as they are inlined. */
  readonly instructions: number;
  /** The one that the region begins with first. */
  readonly blocks: readonly BlockReport[];
  readonly exits: readonly { readonly kind: ExitKind; readonly block: number }[];
  /** Whether a limit kept blocks out. */
  readonly isFull: boolean;
  /** The body of the factory that makes the function, and the names of its parameters. */
  readonly source: string;
  readonly parameters: readonly string[];
}

/** Why a function is no longer used. */
export type DropReason = 'invalidated' | 'evicted' | 'reformed';

/** Hears of compilations. Nothing that runs asks whether there is one. */
export interface JitObserver {
  /** Before the region first runs. */
  compiled?(region: RegionReport): void;
  /** `script` as in the region's report. */
  dropped?(script: string, reason: DropReason): void;
}

/** What V8 calls the function of the region at `head`. */
export function scriptOf(head: Operation): string {
  return `ringzero-region-${(head.ip >>> 0).toString(16)}-${head.block?.mode ?? 0}`;
}

/** What is to be told of a region. */
export interface ReportedRegion {
  readonly emitted: EmittedRegion & { readonly isFull: boolean };
  readonly source: string;
  readonly parameters: readonly string[];
}

export function reportRegion({ emitted, source, parameters }: ReportedRegion, { vp }: Execution): RegionReport {
  const { exits, functionName, isFull, liveness, nodes } = emitted;
  const { head } = nodes[0].block;
  const positions = new Map(nodes.map((node, i) => [node, i]));
  return {
    script: scriptOf(head),
    functionName,
    ip: head.ip,
    bits: (nodes[0].block.mode & MODE_CODE32) === 0 ? 16 : 32,
    instructions: nodes.reduce((sum, node) => sum + node.count, 0),
    blocks: nodes.map((node) => reportBlock(node, positions, liveness[node.order], vp.memory.u8)),
    exits: exits.map(({ kind, node }) => ({ kind, block: positions.get(node) ?? 0 })),
    isFull,
    source,
    parameters,
  };
}

function reportBlock({ block, context, edges, end, frequency, programs }: RegionNode, positions: ReadonlyMap<RegionNode, number>, liveness: readonly boolean[], memory: Uint8Array): BlockReport {
  const { head, operations, profile, start, secondLength } = block;
  const followers: { ip: number; count: number }[] = [];
  for (let successor = profile.successors; successor !== null; successor = successor.rest) followers.push({ ip: successor.to.head.ip, count: successor.count });
  return {
    ip: head.ip,
    depth: context?.depth ?? 0,
    end,
    isLoopHeader: profile.isLoopHeader,
    executions: block.hits,
    followers,
    frequency,
    edges: edges.map(({ side, to }) => ({ side, to: positions.get(to) ?? 0 })),
    instructions: operations.slice(0, end === 'split' ? programs.length : head.count).map((op, i) => {
      // Bytes of an instruction in two pages are not looked for.
      const at = start + (op.ip - head.ip);
      const bytes = secondLength > 0 ? [] : [...memory.subarray(at, at + (op.nextIp - op.ip))];
      return { ip: op.ip, bytes, reg: op.regNumber, rm: op.rmNumber, passes: programs[i]?.passes(op, liveness[i]) ?? [] };
    }),
  };
}
