import { EFLAGS_RF } from '@ringzero/x86';
import {
  BUDGET,
  DEBUG_PENDING,
  FAULT,
  RFLAGS,
  RIP,
  STATUS_BRANCHED,
  STATUS_OK,
  STATUS_REPEAT,
  createHelpers,
  type Handler,
  type Operation,
  type Vp,
} from '@ringzero/x86-semantics';
import type { Block } from '../blocks/block.ts';
import { EXIT } from '../blocks/links.ts';
import type { HandlerRow } from '../handlers/handler-context.ts';
import type { Transfers } from './transfers.ts';

/** Shapes a helper serves: it looks at the operation itself. */
const ALL_SHAPES = '16r 16m 32r 32m';

type Helper = (vp: Vp, op: Operation) => number;

/** Handlers of helpers: each runs one, and leaves for the run loop whenever something there must be looked at. */
export function createHelperHandlers(vp: Vp, transfers: Transfers, needsRunLoop: () => boolean): HandlerRow[] {
  const R = vp.R;

  /** Whether the next instruction is of a block as it was decoded, and nothing comes before it. */
  function goesOn(op: Operation): boolean {
    return vp.mode === (op.block as Block).mode && !needsRunLoop();
  }

  function goOn(op: Operation): Operation {
    const next = op.next;
    if ((R[BUDGET] -= next.count) < 0) return transfers.leaveNext(op);
    return next;
  }

  function leave(op: Operation): Operation {
    R[RIP] = op.nextIp;
    return EXIT;
  }

  function otherwise(op: Operation, status: number): Operation {
    if (status === STATUS_BRANCHED) return needsRunLoop() ? EXIT : transfers.branched(op);
    if (status === STATUS_REPEAT) return R[DEBUG_PENDING] !== 0 ? transfers.leaveRepeating(op) : transfers.again(op);
    R[FAULT] = status;
    return transfers.fail(op);
  }

  const continuing = (run: Helper): Handler =>
    function continuingHelper(op) {
      const status = run(vp, op);
      return status !== STATUS_OK ? otherwise(op, status) : goesOn(op) ? goOn(op) : leave(op);
    };

  const repeating = (run: Helper): Handler =>
    function repeatingHelper(op) {
      const status = run(vp, op);
      if (status !== STATUS_OK) return otherwise(op, status);
      // The end of a repetition, which had set it.
      R[RFLAGS] &= ~EFLAGS_RF;
      return goesOn(op) ? goOn(op) : leave(op);
    };

  /** What may have changed translations makes the next instruction be fetched anew. */
  const refetching = (run: Helper): Handler =>
    function refetchingHelper(op) {
      const status = run(vp, op);
      return status !== STATUS_OK ? otherwise(op, status) : goesOn(op) ? transfers.indirect(op, op.nextIp) : leave(op);
    };

  const helpers = createHelpers();
  return Object.entries(helpers.run).map(([name, run]) => {
    if (helpers.repeats.has(name) && !helpers.continues.has(name)) throw new Error(`${name} is repeated, and may change translations`);
    const create = helpers.repeats.has(name) ? repeating : helpers.continues.has(name) ? continuing : refetching;
    return [name, ALL_SHAPES, create(run)];
  });
}
