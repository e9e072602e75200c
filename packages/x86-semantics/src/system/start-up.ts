import { CR0_CD, CR0_ET, CR0_NW, lane32 } from '@ringzero/x86';
import { writeArithmeticFlags } from '../flags/flags.ts';
import type { Vp } from '../vp/vp.ts';
import {
  CR0,
  CR2,
  CR3,
  CR4,
  DEBUG_PENDING,
  DR6,
  DR7,
  EAX,
  EDX,
  EFER,
  GDTR_BASE,
  GDTR_LIMIT,
  IDTR_BASE,
  IDTR_LIMIT,
  INTERRUPT_SHADOW,
  MP_STATE,
  NMI_MASKED,
  NMI_PENDING,
  PENDING_EVENT,
  RFLAGS,
  RIP,
  SEG_SELECTOR,
} from '../vp/lanes.ts';
import { MP_RUNNING, MP_WAIT_FOR_SIPI, SEG_CS, SEG_LDTR, SEG_TR } from './constants.ts';
import { writeHidden } from './segments.ts';
import { unitsOf } from './units.ts';

const CR8 = lane32('cr8');
const DR0 = lane32('dr', 0);

/**
 * An INIT (vol. 3A §9.1, table 9-1; §10.4.7.3): registers and debug registers as after reset but for CR0.CD and CR0.NW, the
 * APIC but for its ID and base; x87, SSE, MSRs, MTRRs and PAT stay. An application processor then waits for a start-up IPI.
 */
export function applyInit(vp: Vp): void {
  const R = vp.R;
  const { apic, cpuid, debug, monitor } = unitsOf(vp);
  R.fill(0, EAX, EAX + 32);
  R[EDX] = cpuid(1, 0)[0];
  setPair(R, RIP, 0xfff0);
  setPair(R, RFLAGS, 2);
  writeArithmeticFlags(R, 0);
  R[CR0] = (R[CR0] & (CR0_CD | CR0_NW)) | CR0_ET;
  for (const lane of [CR2, CR3, CR4, CR8, EFER, GDTR_BASE, IDTR_BASE]) setPair(R, lane, 0);
  R[GDTR_LIMIT] = 0xffff;
  R[IDTR_LIMIT] = 0xffff;
  vp.setCpl(0);
  for (let segment = 0; segment < 8; segment++) {
    vp.H[SEG_SELECTOR + segment] = segment === SEG_CS ? 0xf000 : 0;
    const attributes = segment === SEG_CS ? 0x9b : segment === SEG_LDTR ? 0x82 : segment === SEG_TR ? 0x8b : 0x93;
    writeHidden(vp, segment, segment === SEG_CS ? 0xffff_0000 : 0, 0xffff, attributes);
  }
  for (let i = 0; i < 4; i++) setPair(R, DR0 + 2 * i, 0);
  setPair(R, DR6, 0xffff_0ff0);
  setPair(R, DR7, 0x400);
  for (const lane of [NMI_PENDING, NMI_MASKED, INTERRUPT_SHADOW, PENDING_EVENT, DEBUG_PENDING]) R[lane] = 0;
  R[MP_STATE] = apic.isBootstrap ? MP_RUNNING : MP_WAIT_FOR_SIPI;
  monitor.disarm();
  apic.reset();
  debug.update();
  vp.flushTlb(false);
  vp.updateMode();
}

/** A start-up IPI: a processor that waits for one begins at vector × 4096 in real-address mode (vol. 3A §8.4.3). */
export function applyStartup(vp: Vp, vector: number): void {
  if (vp.R[MP_STATE] !== MP_WAIT_FOR_SIPI) return;
  vp.H[SEG_SELECTOR + SEG_CS] = vector << 8;
  writeHidden(vp, SEG_CS, vector << 12, 0xffff, 0x9b);
  setPair(vp.R, RIP, 0);
  vp.R[MP_STATE] = MP_RUNNING;
  vp.updateMode();
}

/**
 * Applies INIT and start-up requests that other processors sent. Call it between instructions, before the VP runs.
 * True if the VP's state changed.
 */
export function applyStartRequests(vp: Vp): boolean {
  const { apic } = unitsOf(vp);
  const init = apic.takeInit();
  if (init) applyInit(vp);
  const vector = apic.takeStartup();
  if (vector >= 0) applyStartup(vp, vector);
  return init || vector >= 0;
}

function setPair(R: Int32Array, lane: number, low: number): void {
  R[lane] = low;
  R[lane + 1] = 0;
}
