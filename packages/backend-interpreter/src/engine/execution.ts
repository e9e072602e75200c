import {
  BUDGET,
  FAULT,
  MODE_ALONE,
  RFLAGS,
  RIP,
  STATUS_ALONE,
  STATUS_OK,
  createHelpers,
  createUnits,
  type Handler,
  type Operation,
  type Units,
  type Vp,
} from '@ringzero/x86-semantics';
import { EFLAGS_TF, FORM_IDS } from '@ringzero/x86';
import { BlockBuilder } from '../blocks/block-builder.ts';
import { BlockCache } from '../blocks/block-cache.ts';
import { EXIT } from '../blocks/links.ts';
import { DEFAULT_CAPACITY, OperationStore } from '../blocks/operation-store.ts';
import { createGeneratedHandlers, TRANSFERRING_FORMS } from '../generated/handlers.ts';
import type { HandlerContext } from '../handlers/handler-context.ts';
import { createSwitch } from '../generated/dispatch-switch.ts';
import { createSequences } from '../generated/sequences.ts';
import { HandlerTable } from '../handlers/handler-table.ts';
import { SequenceTable } from '../handlers/sequence-table.ts';
import { SwitchTable } from '../handlers/switch-table.ts';
import { ExitCounters } from './exit-counters.ts';
import { createHelperHandlers } from './helper-handlers.ts';
import { createNeedsRunLoop } from './needs-run-loop.ts';
import { createPageFaults } from './page-faults.ts';
import { SwitchLoop } from './switch-loop.ts';
import { createTransfers, type Transfers } from './transfers.ts';
import { UntilNext } from './until-next.ts';

const VECTOR_UD = 6;
const VECTOR_GP = 13;
const SOFTWARE_INTERRUPTS: ReadonlySet<number> = new Set(['Int_Ib', 'Int3', 'Into', 'Int1'].map((name) => FORM_IDS[name as keyof typeof FORM_IDS]));

/** More transfers than any budget allows. */
const UNLIMITED = 0x4000_0000;

/** Executes a VP's instructions: decode cache, handlers and the dispatch loop. Knows nothing of time, interrupts or partitions. */
export class Execution {
  readonly vp: Vp;
  readonly cache: BlockCache;
  readonly store: OperationStore;
  readonly builder: BlockBuilder;
  readonly handlers: HandlerTable;
  readonly sequences: SequenceTable;
  readonly transfers: Transfers;
  readonly units: Units;
  readonly switchLoop: SwitchLoop;
  readonly untilNext: UntilNext;
  readonly exits: ExitCounters = new ExitCounters();
  /** What follows operations until one returns EXIT: an engine may have a way of its own, that profiles. */
  follow: (head: Operation) => void = (head) => this.#followAll(head);
  /** Instructions that had to run alone. */
  alone = 0;
  /** Whether the last of them was INT n, INT3, INTO or INT1: those clear TF before a single-step trap could come. */
  wasSoftwareInterrupt = false;
  /** Whether the last of them went elsewhere than to the next instruction. */
  wasBranch = false;
  /** Whether a budget may end early, where it is short of the next block and something was executed: `isShort` says that it did. */
  endsAtBlocks = false;
  isShort = false;
  /**
   * Where the budget was short of a block: the instruction that is next in it, in which mode, and how many are left. No block is decoded
   * that begins there, or each of the last instructions of a budget would have one of its own.
   */
  readonly #rest: { ip: number; mode: number; count: number } = { ip: 0, mode: 0, count: 0 };

  /** @param capacity decoded operations that are kept. */
  constructor(vp: Vp, capacity: number = DEFAULT_CAPACITY) {
    this.vp = vp;
    this.untilNext = new UntilNext(vp);
    this.store = new OperationStore(capacity);
    this.cache = new BlockCache(vp, this.store, capacity);
    const needsRunLoop = createNeedsRunLoop(vp, this.untilNext);
    this.transfers = createTransfers(vp, this.cache, () => this.builder, this.store.rows, { deliver: createPageFaults(vp, this.exits), needsRunLoop });
    this.units = createUnits(vp);
    const special = this.#specialHandlers();
    const helpers = createHelpers();
    const context: HandlerContext = {
      R: vp.R,
      F: vp.F,
      S: vp.S,
      H: vp.H,
      B: vp.B,
      TR: vp.tlb.read,
      TW: vp.tlb.write,
      M: vp.memory.view,
      vp,
      ...this.units,
      ...this.transfers,
    };
    const rows = [...createGeneratedHandlers(context), ...createHelperHandlers(vp, this.transfers, needsRunLoop)];
    this.handlers = new HandlerTable(rows, { endsBlock: new Set([...TRANSFERRING_FORMS, ...Object.keys(helpers.run)]), repeats: helpers.repeats });
    this.sequences = new SequenceTable(createSequences(context), this.handlers);
    this.builder = new BlockBuilder(vp, this.store, this.cache, this.handlers, this.sequences, new SwitchTable(this.handlers, special.fallThrough), special);
    const { table, operations, mask } = this.store.rows;
    const dispatch = createSwitch({ ...context, TC: vp.tlb.code, L: this.cache.branches.table, C: table, OPS: operations, mask, exit: EXIT });
    this.switchLoop = new SwitchLoop(vp, dispatch, this.store, this.cache.branches);
  }

  #specialHandlers(): { fallThrough: Handler; undefinedOpcode: Handler; generalProtection: Handler } {
    const { vp, transfers } = this;
    const raising = (vector: number, error: number): Handler =>
      function raise(op) {
        vp.raise(vector, error);
        return transfers.fail(op);
      };
    return { fallThrough: transfers.fallThrough, undefinedOpcode: raising(VECTOR_UD, -1), generalProtection: raising(VECTOR_GP, 0) };
  }

  /**
   * Executes from R[RIP] until the budget is short of the next block, something needs the run loop, or an access failed.
   * Returns the status of the instruction at R[RIP]: STATUS_OK, or why it did not complete; STATUS_ALONE also where the budget is short
   * of its block, so that whoever runs it alone looks at what it may have set off.
   */
  run(): number {
    const { vp } = this;
    const R = vp.R;
    if (this.store.isDue) this.store.recycle();
    const rest = this.#rest;
    if (rest.ip === R[RIP] && rest.mode === vp.mode && R[BUDGET] < rest.count) return STATUS_ALONE;
    rest.count = 0;
    const block = this.transfers.find(R[RIP], vp.mode, true);
    if (block === undefined) return this.#takeStatus();
    if (R[BUDGET] < block.head.count) {
      if (this.endsAtBlocks && R[BUDGET] < vp.budgetAtSync) {
        this.isShort = true;
        return STATUS_OK;
      }
      rest.count = block.head.count;
      return STATUS_ALONE;
    }
    R[BUDGET] -= block.head.count;
    this.follow(block.head);
    this.untilNext.settle();
    return this.#takeStatus();
  }

  /** Follows operations until one returns EXIT, with the dispatch switch where that is faster. */
  #followAll(head: Operation): void {
    if (!this.switchLoop.isFast()) {
      this.dispatch(head);
      return;
    }
    const { dispatch } = this.switchLoop;
    let op = head;
    do op = dispatch.run(op, UNLIMITED);
    while (op !== EXIT);
  }

  /** Follows operations until one returns EXIT. */
  dispatch(head: Operation): void {
    let op = head;
    do op = op.h(op);
    while (op !== EXIT);
  }

  /**
   * Executes one instruction with devices reachable and the clock exact. The caller has synced the clock.
   * Uses one unit of budget if the instruction completed.
   */
  runAlone(): number {
    const { vp } = this;
    const R = vp.R;
    const block = this.transfers.find(R[RIP], vp.mode | MODE_ALONE, true);
    if (block === undefined) return this.#takeStatus();
    vp.syncClock(R[BUDGET]);
    const budget = R[BUDGET];
    this.alone++;
    vp.io.begin();
    R[BUDGET] = 0;
    vp.budgetAtSync = 1;
    this.dispatch(block.head);
    // An INTO that finds OF clear is none.
    this.wasSoftwareInterrupt = SOFTWARE_INTERRUPTS.has(block.operations[0].form) && (R[RFLAGS] & EFLAGS_TF) === 0;
    const [op] = block.operations;
    this.wasBranch = R[RIP] !== op.nextIp && !(R[RIP] === op.ip && this.handlers.repeats(op.form));
    const executed = 1 - R[BUDGET];
    R[BUDGET] = budget - executed;
    vp.budgetAtSync = budget;
    const status = this.#takeStatus();
    const rest = this.#rest;
    rest.count = this.wasBranch ? 0 : rest.count - executed;
    rest.ip = R[RIP];
    rest.mode = vp.mode;
    vp.io.end(vp.io.pending === null);
    return status;
  }

  #takeStatus(): number {
    const status = this.vp.R[FAULT];
    this.vp.R[FAULT] = 0;
    return status;
  }
}
