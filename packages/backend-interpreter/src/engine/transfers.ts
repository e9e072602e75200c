import { BUDGET, FAULT, MODE_NOWHERE, MODE_USER, Operation, R_CS_BASE, R_CS_LIMIT, RFLAGS, RIP, TLB_USER, unavailable, type RequiredUnit, type Vp } from '@ringzero/x86-semantics';
import { EFLAGS_RF } from '@ringzero/x86';
import { NO_MEMORY, type Block } from '../blocks/block.ts';
import type { BlockCache } from '../blocks/block-cache.ts';
import type { BlockBuilder } from '../blocks/block-builder.ts';
import { EXIT, noteLink, UNRESOLVED } from '../blocks/links.ts';
import type { OperationRows } from '../blocks/operation-rows.ts';
import { GATE_CASE } from '../handlers/switch-table.ts';

/** Ways from one block to the next, and out of the dispatch loop. All are closures: they run between any two blocks. */
export interface Transfers {
  readonly fail: (op: Operation) => Operation;
  readonly refuse: (op: Operation, unit: RequiredUnit) => Operation;
  readonly leaveTaken: (op: Operation) => Operation;
  readonly leaveNext: (op: Operation) => Operation;
  readonly indirect: (op: Operation, target: number) => Operation;
  readonly fallThrough: (op: Operation) => Operation;
  /** Between pages: passes only while the target's page is still mapped to where the target was decoded from. */
  readonly gate: (op: Operation) => Operation;
  /** Dispatches the operation's own block again (the next run of a REP instruction). */
  readonly again: (op: Operation) => Operation;
  /** Leaves between two runs of a REP instruction (vol. 3B §17.3.1.1). */
  readonly leaveRepeating: (op: Operation) => Operation;
  /** Goes on at R[RIP], which the instruction wrote itself. */
  readonly branched: (op: Operation) => Operation;
  /**
   * The block at `ip` in `mode`, decoded if need be; undefined with the fault recorded. With nothing executing, `isIdle`, blocks
   * of the same bytes may be relocated instead, or others dropped; otherwise, where that has to be, it is undefined without a fault.
   */
  readonly find: (ip: number, mode: number, isIdle: boolean) => Block | undefined;
}

/** What is done about a fault where it occurs. */
export interface FaultDelivery {
  /** Delivers the one that is recorded. False: that is left to the run loop. */
  deliver(): boolean;
  /** Whether the run loop must look at something then. */
  needsRunLoop(): boolean;
}

const VECTOR_UD = 6;
const VECTOR_GP = 13;

export function createTransfers(vp: Vp, cache: BlockCache, builder: () => BlockBuilder, rows: OperationRows, faults: FaultDelivery): Transfers {
  const R = vp.R;
  const TC = vp.tlb.code;
  const { branches } = cache;

  function fail(op: Operation): Operation {
    R[BUDGET] += op.left;
    R[RIP] = op.ip;
    return faults.deliver() && !faults.needsRunLoop() ? branched(op) : EXIT;
  }

  function refuse(op: Operation, unit: RequiredUnit): Operation {
    vp.raise(unavailable(R, unit), -1);
    return fail(op);
  }

  /** Whether `head` was decoded for this address and mode, and the page is still mapped to where it was decoded from. */
  function matches(head: Operation, ip: number, linear: number, mode: number): boolean {
    const { block } = head;
    return (
      head.ip === ip &&
      block !== null &&
      block.mode === mode &&
      block.codeBase === R[R_CS_BASE] &&
      block.codeLimit === R[R_CS_LIMIT] &&
      TC[(linear >>> 12) + ((mode & MODE_USER) !== 0 ? TLB_USER : 0)] === block.entry
    );
  }

  const move = (block: Block, distance: number): void => builder().move(block, distance);

  function find(ip: number, mode: number, isIdle: boolean): Block | undefined {
    if (ip >>> 0 > R[R_CS_LIMIT] >>> 0) {
      vp.raise(VECTOR_GP, 0);
      return undefined;
    }
    const linear = (R[R_CS_BASE] + ip) | 0;
    const head = branches.at(linear);
    if (matches(head, ip, linear, mode)) return head.block as Block;
    const offset = vp.translateCode(linear);
    if (offset === -1) return undefined;
    if (offset === -2) {
      // Nothing answers a fetch there: the bus reads FFh, and FF FF is no instruction.
      vp.raise(VECTOR_UD, -1);
      return undefined;
    }
    let block = cache.get(offset, ip, mode);
    if (block === undefined) {
      if (!isIdle && cache.elsewhere(offset, mode) !== undefined) return undefined;
      block = cache.relocate(offset, ip, mode, move);
      if (block === undefined) {
        block = builder().build(offset, ip, mode, isIdle);
        if (block === undefined) return undefined;
        cache.add(block);
      }
    }
    branches.enter(block);
    return block;
  }

  /** Passes only while the target's page is still mapped to where the target was decoded from. */
  function gate(op: Operation): Operation {
    const target = op.taken;
    if (TC[op.displacement] === op.immediate) {
      if ((R[BUDGET] -= target.count) >= 0) return target;
      R[BUDGET] += target.count;
    }
    R[RIP] = op.ip;
    return EXIT;
  }

  /** The same for a target that is an instruction in two pages. */
  function gateToCrossing(op: Operation): Operation {
    if (TC[op.addressMask] === op.checkedSegment) return gate(op);
    R[RIP] = op.ip;
    return EXIT;
  }

  /** What `source` may link to: the head itself within a page, a gate to it across pages. */
  function linkTo(source: Block, target: Block): Operation {
    if (target.secondStart === NO_MEMORY || !source.isValid) return UNRESOLVED;
    const crosses = target.secondLength > 0;
    if (!crosses && source.secondLength === 0 && (source.linear & -4096) === (target.linear & -4096)) return target.head;
    const op = new Operation(crosses ? gateToCrossing : gate);
    if (!crosses) op.switchCase = GATE_CASE;
    const section = (target.mode & MODE_USER) !== 0 ? TLB_USER : 0;
    op.taken = target.head;
    op.nextIp = target.head.ip;
    op.displacement = (target.linear >>> 12) + section;
    op.immediate = target.entry;
    if (crosses) {
      op.addressMask = (((target.linear & -4096) + 4096) >>> 12) + section;
      op.checkedSegment = target.secondEntry;
    }
    return op;
  }

  /** A direct transfer that its link could not serve: unresolved, or a budget too short for the whole block. */
  function leave(op: Operation, link: Operation, ip: number, isTaken: boolean): Operation {
    R[BUDGET] += link.count;
    if (link === UNRESOLVED && !vp.io.live && R[BUDGET] > 0) {
      const source = op.block as Block;
      const target = find(ip, source.mode, false);
      if (target !== undefined) {
        const to = linkTo(source, target);
        if (to !== UNRESOLVED) {
          if (isTaken) op.taken = to;
          else op.next = to;
          rows.write(op);
          noteLink(target, op);
        }
        if ((R[BUDGET] -= target.head.count) >= 0) return target.head;
        R[BUDGET] += target.head.count;
      } else {
        // The run loop fetches again: it relocates, makes room, or delivers the fault at the target.
        R[FAULT] = 0;
      }
    }
    R[RIP] = ip;
    return EXIT;
  }

  function leaveTaken(op: Operation): Operation {
    return leave(op, op.taken, op.target, true);
  }

  function leaveNext(op: Operation): Operation {
    return leave(op, op.next, op.nextIp, false);
  }

  function fallThrough(op: Operation): Operation {
    const next = op.next;
    if ((R[BUDGET] -= next.count) < 0) return leaveNext(op);
    return next;
  }

  function indirect(_op: Operation, target: number): Operation {
    const linear = (R[R_CS_BASE] + target) | 0;
    const head = branches.at(linear);
    if (matches(head, target, linear, vp.mode)) {
      if ((R[BUDGET] -= head.count) >= 0) return head;
      R[BUDGET] += head.count;
    } else if (vp.mode !== MODE_NOWHERE && !vp.io.live && R[BUDGET] > 0) return lookUp(target);
    R[RIP] = target;
    return EXIT;
  }

  /** The same for a target that is not in the table of computed branches, or whose page is not in the TLB. */
  function lookUp(target: number): Operation {
    const block = find(target, vp.mode, false);
    if (block !== undefined) {
      if ((R[BUDGET] -= block.head.count) >= 0) return block.head;
      R[BUDGET] += block.head.count;
    } else {
      // As in `leave`.
      R[FAULT] = 0;
    }
    R[RIP] = target;
    return EXIT;
  }

  /**
   * RF says that the instruction at RIP is one in the middle of its repetition: events push it, and no breakpoint stops it again.
   * It is set whether or not this leaves, so that a fault later in the repetition finds the same state in every engine.
   */
  function again(op: Operation): Operation {
    const { head } = op.block as Block;
    R[RFLAGS] |= EFLAGS_RF;
    if (head.ip === op.ip && !vp.io.live) {
      if ((R[BUDGET] -= head.count) >= 0) return head;
      R[BUDGET] += head.count;
    }
    return leaveRepeating(op);
  }

  function leaveRepeating(op: Operation): Operation {
    R[RIP] = op.ip;
    R[RFLAGS] |= EFLAGS_RF;
    return EXIT;
  }

  function branched(op: Operation): Operation {
    return indirect(op, R[RIP]);
  }

  return { fail, refuse, leaveTaken, leaveNext, indirect, fallThrough, gate, again, leaveRepeating, branched, find };
}
