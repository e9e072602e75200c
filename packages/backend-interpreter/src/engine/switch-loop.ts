import { FS, GS } from '@ringzero/x86';
import { BUDGET, EBP, ESP, FLAG_A, FLAG_B, FLAG_KIND, FLAG_KINDS, MODE_NOWHERE, SEG_BASE, SEG_WRITE_LIMIT, TLB_SECTION, TLB_USER, type Operation, type Vp } from '@ringzero/x86-semantics';
import type { BranchTable } from '../blocks/branch-table.ts';
import type { OperationStore } from '../blocks/operation-store.ts';
import { BRANCH_SIZE } from '../blocks/row-layout.ts';
import { SWITCH_CASES } from '../generated/dispatch-switch.ts';
import type { DispatchSwitch } from '../handlers/handler-context.ts';
import { hostMilliseconds } from '../processor/host-clock.ts';
import { createRehearsal, FRAME, STACK, type Rehearsal } from './rehearsal.ts';

/** When to use the switch: once V8 has optimised it, always (tests), or never. */
export const SWITCH_USES = ['adaptive', 'always', 'never'] as const;
export type SwitchUse = (typeof SWITCH_USES)[number];

/** Requests between two looks at the clock. */
const REQUESTS = 64;
/** Host time between two rehearsals in milliseconds, while the switch is fast and until it is; twice as long after each in vain that follows the first so many. */
const WATCHING = 250;
const WARMING = 15;
const HOPEFUL = 80;
const LONGEST = 60_000;
/** Nanoseconds that a case takes at most where V8 has optimised the switch; on a slow host, this part of what it took at first. */
const FAST = 25;
const FAST_SHARE = 1 / 4;
/** How often a rehearsal executes every case by itself: with each kind of flags the same number of times. */
const VARIED = 40;
const KINDS: readonly number[] = Object.values(FLAG_KINDS);
/** All cases in chains are timed so often, of which the shortest counts, for so many milliseconds at least. */
const TIMES = 3;
const TIMED = 0.1;
/** Chains after which a clock that has not moved is too coarse to tell. */
const MOST = 2000;
const PAGE = 4096;
/** Typed: V8 has -0x8000_0000 as a double, so an array would be one of doubles, and `Operation.immediate` would become a pointer to one. */
const VALUES: Int32Array = Int32Array.of(0, 1, -1, 5, 0x7fff_ffff, -0x8000_0000, 0x1234_5678, 0x80);

/**
 * Decides when the dispatch switch is used. It is one large function: V8 needs a while to optimise it, until then it is several
 * times slower than the handlers, and throws its work away whenever a path runs for the first time. So all cases are rehearsed,
 * on operations of our own with made-up registers, and timed: the guest runs on the switch while that is fast. Nothing of a
 * rehearsal stays, and which of the two executes an instruction makes no difference to the guest.
 */
export class SwitchLoop {
  readonly dispatch: DispatchSwitch;
  readonly #vp: Vp;
  /** Set before the guest runs. */
  use: SwitchUse = 'adaptive';
  readonly #store: OperationStore;
  readonly #branches: Int32Array;
  readonly #state: Uint8Array;
  #rehearsal: Rehearsal | undefined;
  #isFast = false;
  #requests = 0;
  #next: number | undefined;
  #atFirst: number | undefined;
  #inVain = 0;
  #random = 1;
  /** Host time from the first request to the first rehearsal, in milliseconds. */
  patience = 150;
  /** Rehearsals, and times that the switch was found to be fast after it had not been. */
  rehearsals = 0;
  warmed = 0;

  constructor(vp: Vp, dispatch: DispatchSwitch, store: OperationStore, branches: BranchTable) {
    this.#vp = vp;
    this.#branches = branches.table;
    this.#store = store;
    this.dispatch = dispatch;
    this.#state = new Uint8Array(vp.R.buffer);
  }

  /** Whether to follow operations with the switch now. Asked whenever the guest enters dispatch. */
  isFast(): boolean {
    if (this.use !== 'adaptive') return this.use === 'always';
    if (++this.#requests >= REQUESTS) this.#watch();
    return this.#isFast;
  }

  #watch(): void {
    this.#requests = 0;
    const now = hostMilliseconds();
    this.#next ??= now + this.patience;
    if (now < this.#next) return;
    const took = this.#rehearse();
    this.#atFirst ??= took;
    const isFast = took < FAST || took < this.#atFirst * FAST_SHARE;
    if (isFast && !this.#isFast) this.warmed++;
    this.#inVain = isFast ? 0 : this.#inVain + 1;
    this.#isFast = isFast;
    const wait = isFast ? WATCHING : Math.min(LONGEST, WARMING * 2 ** Math.max(0, this.#inVain - HOPEFUL));
    this.#next = hostMilliseconds() + wait;
  }

  /** Executes every case, and times them. Returns nanoseconds for each. */
  #rehearse(): number {
    const vp = this.#vp;
    const { R } = vp;
    const { code, read, write } = vp.tlb;
    const { chains, singles, target } = (this.#rehearsal ??= createRehearsal(this.#store));
    const state = this.#state.slice();
    const page = vp.memory.u8.slice(0, PAGE);
    const section = R[TLB_SECTION];
    const [codeEntry, userEntry, readEntry, writeEntry] = [code[0], code[TLB_USER], read[section], write[section]];
    const branch = this.#branches.slice(0, BRANCH_SIZE);
    this.rehearsals++;
    const { mode } = vp;
    vp.mode = MODE_NOWHERE;
    code[0] = code[TLB_USER] = 0;
    // Linear address 0.
    this.#branches.set([0, MODE_NOWHERE, 0, target.row]);
    read[section] = 0;
    write[section] = 0;
    try {
      if (!this.#isFast) for (let time = 0; time < VARIED; time++) this.#vary(singles, KINDS[time % KINDS.length]);
      let least = Infinity;
      for (let time = 0; time < TIMES; time++) least = Math.min(least, this.#time(chains));
      return least;
    } finally {
      vp.mode = mode;
      code[0] = codeEntry;
      code[TLB_USER] = userEntry;
      this.#branches.set(branch);
      read[section] = readEntry;
      write[section] = writeEntry;
      vp.memory.u8.set(page);
      this.#state.set(state);
    }
  }

  /** Executes the chains for a while, from one step of the clock to another, however coarse it is. Returns nanoseconds for each case. */
  #time(chains: readonly Operation[]): number {
    const before = hostMilliseconds();
    let began = before;
    for (let times = 0; began === before && times < MOST; times++) {
      this.#chain(chains);
      began = hostMilliseconds();
    }
    for (let times = 1; began !== before && times <= MOST; times++) {
      this.#chain(chains);
      const took = hostMilliseconds() - began;
      if (took >= TIMED) return (took * 1e6) / (times * SWITCH_CASES.length);
    }
    return Infinity;
  }

  #chain(chains: readonly Operation[]): void {
    this.#shuffle(this.#vp, KINDS[this.#below(KINDS.length)]);
    for (const start of chains) this.dispatch.run(start, SWITCH_CASES.length);
  }

  /**
   * Executes every case with other registers and immediates, and flags of a kind, so that all of its ways are taken soon: V8 optimizes
   * the switch while this is under way, and when a way is taken for the first time it does that again, for a fifth of a second.
   */
  #vary(singles: readonly Operation[], kind: number): void {
    const vp = this.#vp;
    for (const op of singles) {
      this.#shuffle(vp, kind);
      op.immediate = this.#value();
      op.rm = 2 * this.#below(4);
      // Where a RET goes.
      vp.memory.view.setInt32(STACK, this.#below(2), true);
      this.#store.rows.write(op);
      this.dispatch.run(op, 1);
    }
  }

  #shuffle({ F, R }: Vp, kind: number): void {
    for (let register = 0; register < 4; register++) R[2 * register] = this.#value();
    R[FLAG_KIND] = kind | 2;
    R[FLAG_A] = this.#value();
    R[FLAG_B] = this.#below(2) === 0 ? R[FLAG_A] : this.#value();
    R[ESP] = STACK;
    R[EBP] = FRAME;
    R[SEG_BASE + 2 * FS] = 0;
    F[SEG_WRITE_LIMIT + FS] = 0xffff_ffff;
    F[SEG_WRITE_LIMIT + GS] = -1;
    R[BUDGET] = 0x10_0000;
  }

  #value(): number {
    return this.#below(2) === 0 ? VALUES[this.#below(VALUES.length)] : this.#random | 0;
  }

  #below(limit: number): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) | 0;
    return (this.#random >>> 8) % limit;
  }
}
