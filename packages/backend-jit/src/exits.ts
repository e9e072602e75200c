import { EXIT, EXIT_CASES, type Block, type Execution } from '@ringzero/backend-interpreter/engine';
import { BUDGET, Operation, RIP, type Handler } from '@ringzero/x86-semantics';
import type { ExitKind, RegionExit } from './emit/emit-region.ts';
import { lastOperation } from './region/node.ts';
import { blockBehind, countEdge, isReturn } from './region/outcomes.ts';

/** Who hears of exits. */
export interface ExitListener {
  /** The region at `root` was left behind `block` for `to` so many times, as its exit's threshold says. */
  hot(root: Block, block: Block, to: Block, times: number): void;
  /** An exit's counter begins again at 0, so that it stays a small integer; it was taken so often since the last time. */
  restarted(times: number): void;
  /** The region at `root` was left where it had just been entered, since operands were not where they were expected. */
  apart(root: Block): void;
}

/** Times that a region is left for a loop with a region of its own before it is to contain that loop: it takes V8 as long to compile it. */
const TO_LOOPS = 300_000;

/** Makes the operations that a region's exits run. They transfer as the interpreter's would at that block's end. */
export interface Exits {
  create(root: Block, exit: RegionExit): Operation;
}

/** Every so many computed transfers one is counted; a power of two. */
const SAMPLING = 64;

/** Exits of one VP's regions. An exit's `taken` is its block's last operation, its `next` leads to the region's block; `immediate` counts how often it was taken. */
export function createExits(execution: Execution, threshold: number, listener: ExitListener): Exits {
  const { vp, transfers } = execution;
  const R = vp.R;

  function restart(exit: Operation): void {
    listener.restarted(exit.immediate);
    exit.immediate = 0;
  }

  function note(exit: Operation, link: Operation): Operation {
    if (++exit.immediate <= exit.addressMask) return link;
    restart(exit);
    const to = blockBehind(link);
    if (to !== null) listener.hot(exit.next.block as Block, exit.block as Block, to, exit.addressMask + 1);
    return link;
  }

  function taken(exit: Operation): Operation {
    const last = exit.taken;
    const link = last.taken;
    if ((R[BUDGET] -= link.count) < 0) return note(exit, transfers.leaveTaken(last));
    return note(exit, link);
  }

  function next(exit: Operation): Operation {
    const last = exit.taken;
    const link = last.next;
    if ((R[BUDGET] -= link.count) < 0) return note(exit, transfers.leaveNext(last));
    return note(exit, link);
  }

  /** Its targets are not links: some are looked at, for what follows most often. */
  function computed(exit: Operation): Operation {
    const link = transfers.indirect(exit.taken, R[RIP]);
    if ((++exit.immediate & (SAMPLING - 1)) !== 0) return link;
    const isHot = exit.immediate >= threshold;
    if (isHot) restart(exit);
    const to = blockBehind(link);
    if (to === null) return link;
    const block = exit.block as Block;
    countEdge(block, to, SAMPLING);
    if (isHot && !isReturn(block)) listener.hot(exit.next.block as Block, block, to, threshold);
    return link;
  }

  /** The budget is short: the interpreter goes on with the block, so that it is kept to the instruction. */
  function short(exit: Operation): Operation {
    if (++exit.immediate >= threshold) restart(exit);
    return goOn(exit);
  }

  function goOn(exit: Operation): Operation {
    const { head, operations } = exit.block as Block;
    if ((R[BUDGET] -= head.count) >= 0) return operations[0];
    R[BUDGET] += head.count;
    R[RIP] = head.ip;
    return EXIT;
  }

  function apart(exit: Operation): Operation {
    listener.apart(exit.next.block as Block);
    return goOn(exit);
  }

  /** Where another block begins: into that one. It is no edge of the block's, and forming the region anew would not change it. */
  function split(exit: Operation): Operation {
    if (++exit.immediate >= threshold) restart(exit);
    return transfers.indirect(exit, exit.target);
  }

  const handlers: Readonly<Record<ExitKind, Handler>> = { taken, next, computed, short, split, apart };
  return {
    create(root, { kind, node: { block, rest, toLoops } }) {
      const exit = new Operation(handlers[kind]);
      exit.taken = lastOperation(block);
      if (kind === 'computed') {
        exit.switchCase = EXIT_CASES.computed;
        exit.addressMask = SAMPLING - 1;
      } else if (kind === 'taken' || kind === 'next') {
        exit.switchCase = EXIT_CASES[kind];
        exit.addressMask = (toLoops.includes(kind) ? Math.min(threshold, TO_LOOPS) : threshold) - 1;
      }
      exit.next = root.head;
      exit.block = block;
      exit.target = rest?.head.ip ?? 0;
      return exit;
    },
  };
}
