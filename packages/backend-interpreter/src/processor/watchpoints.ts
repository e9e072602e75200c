import { BreakpointType, breakpointBytes, type DebugState, type HardwareBreakpoint } from '@ringzero/processor';
import { DEBUG_PENDING, DR7, type DataWatch, type Vp } from '@ringzero/x86-semantics';
import { lane32 } from '@ringzero/x86';

interface Watched {
  readonly address: number;
  readonly bytes: number;
  readonly type: number;
  /** The guest's breakpoint number, or −1 for one of the debugger's. */
  readonly guest: number;
  readonly breakpoint: HardwareBreakpoint;
}

const LENGTHS = [1, 2, 8, 4];

/** Breakpoints of the debugger and of the guest's DR0–DR3, beside one another (vol. 3B §17.2.5). */
export class Watchpoints implements DataWatch {
  /** The debugger's data breakpoint that the last instruction hit. */
  hit: HardwareBreakpoint | undefined;
  readonly #vp: Vp;
  #debugger: Watched[] = [];
  #all: Watched[] = [];
  #guestKey = '';

  constructor(vp: Vp) {
    this.#vp = vp;
  }

  /** Takes the debugger's breakpoints. */
  set(state: DebugState | undefined): void {
    this.#debugger = [];
    for (const breakpoint of state?.breakpoints ?? []) {
      if (breakpoint === undefined) continue;
      this.#debugger.push({ address: Number(BigInt.asIntN(32, breakpoint.address)), bytes: breakpointBytes(breakpoint.size), type: breakpoint.type, guest: -1, breakpoint });
    }
    this.#guestKey = '';
    this.refresh();
  }

  /** Reads DR0–DR3 and DR7 again. True if the set of breakpoints changed: cached translations and blocks are then void. */
  refresh(): boolean {
    const R = this.#vp.R;
    const key = [0, 1, 2, 3, 7].map((i) => R[lane32('dr', i)]).join();
    if (key === this.#guestKey) return false;
    const before = this.#all.length;
    this.#guestKey = key;
    this.#all = [...this.#debugger];
    for (let i = 0; i < 4; i++) {
      if (((R[DR7] >>> (2 * i)) & 3) === 0) continue;
      const field = (R[DR7] >>> (16 + 4 * i)) & 15;
      const bytes = LENGTHS[field >>> 2];
      const address = R[lane32('dr', i)] & -bytes;
      const type = field & 3;
      this.#all.push({ address, bytes: type === BreakpointType.execute ? 1 : bytes, type, guest: i, breakpoint: { address: BigInt(address >>> 0), type: type as HardwareBreakpoint['type'], size: 0 } });
    }
    const hasData = this.#all.some((w) => w.type !== BreakpointType.execute);
    this.#vp.watch = hasData ? this : null;
    return before > 0 || this.#all.length > 0;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  /** Whether an execute breakpoint is at `linear`. */
  executesAt(linear: number): boolean {
    return this.#all.some((w) => w.type === BreakpointType.execute && w.address === linear);
  }

  /** The debugger's execute breakpoint at `linear`. */
  debuggerAt(linear: number): HardwareBreakpoint | undefined {
    return this.#debugger.find((w) => w.type === BreakpointType.execute && w.address === linear)?.breakpoint;
  }

  /** DR6 bits of the guest's execute breakpoints at `linear`. */
  guestAt(linear: number): number {
    let bits = 0;
    for (const w of this.#all) if (w.guest >= 0 && w.type === BreakpointType.execute && w.address === linear) bits |= 1 << w.guest;
    return bits;
  }

  coversPage(linear: number): boolean {
    return this.#all.some((w) => w.type !== BreakpointType.execute && ((w.address ^ linear) & -4096) === 0);
  }

  hits(linear: number, size: number, write: boolean, live: boolean): boolean {
    let any = false;
    for (const w of this.#all) {
      if (w.type !== BreakpointType.readOrWrite && !(w.type === BreakpointType.write && write)) continue;
      const distance = (linear - w.address) | 0;
      if (distance >= w.bytes || -distance >= size) continue;
      any = true;
      if (!live) continue;
      if (w.guest >= 0) this.#vp.R[DEBUG_PENDING] |= 1 << w.guest;
      else this.hit = w.breakpoint;
    }
    return any;
  }
}
