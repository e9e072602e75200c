import { BUDGET, EAX, EBP, ESP, FLAG_A, FLAG_B, FLAG_KIND, FLAG_KINDS, MODE_NOWHERE, Operation, TLB_SECTION, type Handler, type Vp } from '@ringzero/x86-semantics';
import { EXIT, UNRESOLVED_COUNT } from '../blocks/links.ts';
import { SWITCH_CASES } from '../generated/dispatch-switch.ts';
import type { DispatchSwitch } from '../handlers/handler-context.ts';
import { hostMilliseconds } from '../processor/host-clock.ts';

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
/** How often a rehearsal executes every case by itself. */
const VARIED = 40;
/** All cases in chains are timed so often, of which the shortest counts, for so many milliseconds at least. */
const TIMES = 3;
const TIMED = 0.1;
/** Chains after which a clock that has not moved is too coarse to tell. */
const MOST = 2000;
/** In the linear page that rehearsals use: their operands, stack pointer and frame pointer. */
const OPERANDS = 256;
const STACK = 2048;
const FRAME = 1024;
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

  constructor(vp: Vp, dispatch: DispatchSwitch) {
    this.#vp = vp;
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
    const { read, write } = vp.tlb;
    const { chains, singles } = (this.#rehearsal ??= createRehearsal());
    const state = this.#state.slice();
    const page = vp.memory.u8.slice(0, PAGE);
    const section = R[TLB_SECTION];
    const [readEntry, writeEntry] = [read[section], write[section]];
    this.rehearsals++;
    const { mode } = vp;
    vp.mode = MODE_NOWHERE;
    read[section] = 0;
    write[section] = 0;
    try {
      if (!this.#isFast) for (let time = 0; time < VARIED; time++) this.#vary(singles);
      let least = Infinity;
      for (let time = 0; time < TIMES; time++) least = Math.min(least, this.#time(chains));
      return least;
    } finally {
      vp.mode = mode;
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
    this.#shuffle(this.#vp.R);
    for (const start of chains) this.dispatch.run(start, SWITCH_CASES.length);
  }

  /** Executes every case with other registers, flags and immediates, so that all of its ways are taken in time. */
  #vary(singles: readonly Operation[]): void {
    for (const op of singles) {
      this.#shuffle(this.#vp.R);
      op.immediate = this.#value();
      this.dispatch.run(op, 1);
    }
  }

  #shuffle(R: Int32Array): void {
    for (let register = 0; register < 4; register++) R[2 * register] = this.#value();
    const kinds = Object.values(FLAG_KINDS);
    R[FLAG_KIND] = kinds[this.#below(kinds.length)] | 2;
    R[FLAG_A] = this.#value();
    R[FLAG_B] = this.#below(2) === 0 ? R[FLAG_A] : this.#value();
    R[ESP] = STACK;
    R[EBP] = FRAME;
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

/** What a case that has no common path leaves its instruction to; more than V8 would inline, as the guest's will be. */
const OTHERS: readonly Handler[] = [(op) => op.next, (op) => op.taken, (op) => op.next.next, (op) => op.taken.next, (op) => op.next.taken, (op) => op.taken.taken];
/** Cases that leave for a place that is not known, and so for the run loop. */
const COMPUTED = /^(gate|exitComputed|Ret|Jmp_E|Call_E)/;
/** Those that lead on from the operation that compiled code ended with. */
const LINKED_EXIT = /^exit(Taken|Next)/;
/** More often than such an exit is ever taken in rehearsals. */
const NEVER = 0x2000_0000;

/** Operations for every case. */
interface Rehearsal {
  /** Where chains of them begin, and those alone whose links are longer than any budget. */
  readonly chains: readonly Operation[];
  /** Each followed by the end. */
  readonly singles: readonly Operation[];
}

function createOperation(number: number, handler: Handler, following: Operation): Operation {
  const op = new Operation(handler);
  op.switchCase = number;
  op.next = following;
  op.taken = following;
  if (LINKED_EXIT.test(SWITCH_CASES[number - 1] ?? '')) {
    op.taken = createOperation(0, handler, following);
    op.addressMask = NEVER;
  }
  op.reg = EAX + 2 * (number & 3);
  op.rm = EAX + 2 * ((number >> 2) & 3);
  op.displacement = OPERANDS + 4 * number;
  op.immediate = 5;
  return op;
}

function createRehearsal(): Rehearsal {
  const end = new Operation(() => EXIT);
  const tooLong = new Operation(() => EXIT);
  tooLong.count = UNRESOLVED_COUNT;
  const numbers = SWITCH_CASES.map((_, i) => i + 1);
  const chains = ['fallThrough', 'Jmp_Jz'].map((name) => createOperation(SWITCH_CASES.indexOf(name) + 1, OTHERS[0], tooLong));
  let following = end;
  for (const other of OTHERS) following = createOperation(0, other, following);
  for (const number of numbers) {
    if (COMPUTED.test(SWITCH_CASES[number - 1])) chains.push(following);
    following = createOperation(number, OTHERS[0], following);
  }
  chains.push(following);
  return { chains, singles: numbers.map((number) => createOperation(number, OTHERS[0], end)) };
}
