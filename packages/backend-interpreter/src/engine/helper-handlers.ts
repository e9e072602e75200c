import { EFLAGS_RF } from '@ringzero/x86';
import { BUDGET, DEBUG_PENDING, FAULT, RFLAGS, RIP, STATUS_BRANCHED, STATUS_REPEAT, createHelpers, type Operation, type Vp } from '@ringzero/x86-semantics';
import type { Block } from '../blocks/block.ts';
import { EXIT } from '../blocks/links.ts';
import { createHelperRows } from '../generated/helpers.ts';
import type { HandlerRow } from '../handlers/handler-context.ts';
import type { Transfers } from './transfers.ts';

/** Handlers of helpers, with what they go on with. */
export function createHelperHandlers(vp: Vp, transfers: Transfers, needsRunLoop: () => boolean): HandlerRow[] {
  const R = vp.R;

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

  /** The repetition had set it. */
  function endRepetition(): void {
    R[RFLAGS] &= ~EFLAGS_RF;
  }

  return createHelperRows(createHelpers().run, { vp, goesOn, goOn, leave, otherwise, endRepetition, indirect: transfers.indirect });
}
