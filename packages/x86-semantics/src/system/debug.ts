import { breakpointBytes, type Breakpoints, BreakpointType, NO_BREAKPOINTS } from '@ringzero/processor';
import { CR4_DE, EFLAGS_RF, lane32 } from '@ringzero/x86';
import type { DataWatch } from '../vp/memory-hooks.ts';
import type { Vp } from '../vp/vp.ts';
import { CR4, DEBUG_PENDING, DR7, RFLAGS } from '../vp/lanes.ts';

const DR0 = lane32('dr', 0);
/** DR6.BD: the next instruction accesses a debug register. */
export const DR6_BD = 0x2000;

// R/W field of DR7.
const TYPE_EXECUTE = 0;
const TYPE_IO = 2;
const TYPE_WRITE = 1;
/** Bytes by LEN field. */
const LENGTHS = [1, 2, 8, 4];

/** One watched range, of the guest's DRn or of the host's debugger. */
interface Watch {
  readonly start: number;
  readonly bytes: number;
  readonly writeOnly: boolean;
  readonly bit: number;
  readonly host: boolean;
}

/**
 * Breakpoints of the guest (DR0–DR7, vol. 3B §17.2) and of the host's debugger, side by side.
 *
 * Data and I/O hits of the guest gather in DEBUG_PENDING and are reported after the instruction; those of the host in
 * {@link takeHostHit}. Instruction breakpoints are asked for before an instruction. Call {@link update} whenever DR0–DR3,
 * DR7 or CR4.DE change other than by MOV, as after a restore.
 */
export class DebugUnit implements DataWatch {
  readonly #vp: Vp;
  #host: Breakpoints = NO_BREAKPOINTS;
  #watches: readonly Watch[] = [];
  /** Linear addresses of instruction breakpoints: four of the guest, four of the host; −1 where there is none. */
  readonly #execute: number[] = [-1, -1, -1, -1, -1, -1, -1, -1];
  #hostHit = -1;
  /** Whether any instruction breakpoint is set: the engine then asks before each instruction. */
  hasInstructionBreakpoints = false;
  /** Whether any I/O breakpoint is set. */
  hasIoBreakpoints = false;

  constructor(vp: Vp) {
    this.#vp = vp;
  }

  /** Sets the host's breakpoints (addresses are truncated to 32 bits). */
  setHostBreakpoints(breakpoints: Breakpoints): void {
    this.#host = breakpoints;
    this.#hostHit = -1;
    this.update();
  }

  /** Derives everything from DR7 and the host's breakpoints, and lets memory accesses through the watch while needed. */
  update(): void {
    const vp = this.#vp;
    const watches: Watch[] = [];
    this.#execute.fill(-1);
    this.hasIoBreakpoints = false;
    const dr7 = vp.R[DR7];
    for (let i = 0; i < 4; i++) {
      if ((dr7 & (3 << (2 * i))) === 0) continue;
      const field = (dr7 >>> (16 + 4 * i)) & 15;
      const type = field & 3;
      const bytes = LENGTHS[field >> 2];
      const address = vp.U[DR0 + 2 * i];
      if (type === TYPE_EXECUTE) this.#execute[i] = address;
      else if (type === TYPE_IO) this.hasIoBreakpoints = true;
      else watches.push({ start: (address & -bytes) >>> 0, bytes, writeOnly: type === TYPE_WRITE, bit: 1 << i, host: false });
    }
    this.#host.forEach((breakpoint, i) => {
      if (breakpoint === undefined) return;
      const address = Number(BigInt.asUintN(32, breakpoint.address));
      if (breakpoint.type === BreakpointType.execute) this.#execute[4 + i] = address;
      else if (breakpoint.type !== BreakpointType.invalid) {
        const bytes = breakpointBytes(breakpoint.size);
        watches.push({ start: (address & -bytes) >>> 0, bytes, writeOnly: breakpoint.type === BreakpointType.write, bit: i, host: true });
      }
    });
    this.hasInstructionBreakpoints = this.#execute.some((address) => address >= 0);
    vp.breaksOnExecution = this.hasInstructionBreakpoints;
    const had = this.#watches.length > 0;
    this.#watches = watches;
    vp.watch = watches.length > 0 ? this : null;
    // Watched pages stay out of the TLB; those that are in it must leave.
    if (had || watches.length > 0) vp.flushTlb(false);
  }

  coversPage(linear: number): boolean {
    const page = linear >>> 12;
    for (const watch of this.#watches) if (watch.start >>> 12 === page) return true;
    return false;
  }

  hits(linear: number, size: number, write: boolean, live: boolean): boolean {
    const first = linear >>> 0;
    let hit = false;
    for (const watch of this.#watches) {
      if (watch.writeOnly && !write) continue;
      if (first + size <= watch.start || first >= watch.start + watch.bytes) continue;
      hit = true;
      if (!live) continue;
      if (watch.host) this.#hostHit = watch.bit;
      else this.#vp.R[DEBUG_PENDING] |= watch.bit;
    }
    return hit;
  }

  /** DR6 bits of the guest's instruction breakpoints at `linear`, 0 for none or with RF set (vol. 3B §17.3.1.1). */
  instructionBreakpoint(linear: number): number {
    if ((this.#vp.R[RFLAGS] & EFLAGS_RF) !== 0) return 0;
    let bits = 0;
    for (let i = 0; i < 4; i++) if (this.#execute[i] === linear >>> 0) bits |= 1 << i;
    return bits;
  }

  /** Index of the host's instruction breakpoint at `linear`, or −1. */
  hostInstructionBreakpoint(linear: number): number {
    for (let i = 0; i < 4; i++) if (this.#execute[4 + i] === linear >>> 0) return i;
    return -1;
  }

  /** Index of the host's data breakpoint that was hit since the last call, or −1. */
  takeHostHit(): number {
    const hit = this.#hostHit;
    this.#hostHit = -1;
    return hit;
  }

  /** Notes the guest's I/O breakpoints that an access to `size` ports from `port` hits (CR4.DE, vol. 3B §17.2.4). */
  noteIo(port: number, size: number): void {
    const vp = this.#vp;
    if (!this.hasIoBreakpoints || (vp.R[CR4] & CR4_DE) === 0) return;
    const dr7 = vp.R[DR7];
    for (let i = 0; i < 4; i++) {
      const field = (dr7 >>> (16 + 4 * i)) & 15;
      if ((dr7 & (3 << (2 * i))) === 0 || (field & 3) !== TYPE_IO) continue;
      const bytes = LENGTHS[field >> 2];
      const start = (vp.R[DR0 + 2 * i] & -bytes) >>> 0;
      if (port < start + bytes && port + size > start) vp.R[DEBUG_PENDING] |= 1 << i;
    }
  }
}
