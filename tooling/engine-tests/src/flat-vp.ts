import { GuestMemory } from '@ringzero/guest-memory';
import type { VmClock } from '@ringzero/processor';
import { ALL_FEATURES, CR4_OSFXSR, CR4_OSXMMEXCPT, lane32 } from '@ringzero/x86';
import { refreshAllSegments, Vp } from '@ringzero/x86-semantics';

/** A clock that stands still. */
const clock: VmClock = {
  mode: 'virtual',
  tscFrequency: 1e9,
  now: () => 0,
  advance: () => undefined,
  quantum: () => 1000,
  poll: () => undefined,
  skipIdle: () => false,
  idleMilliseconds: () => Infinity,
  schedule: (deadline) => ({ deadline, cancel: () => undefined }),
};

/** A VP in flat 32-bit protected mode without paging, SSE and x87 on. */
export function createFlatVp(): Vp {
  const vp = new Vp({ index: 0, apicId: 0, memory: new GuestMemory(1 << 20), clock, features: ALL_FEATURES });
  for (let segment = 0; segment < 6; segment++) {
    vp.R[lane32('segAttributes', segment)] = segment === 1 ? 0xc09b : 0xc093;
    vp.R[lane32('segLimit', segment)] = -1;
  }
  vp.R[lane32('cr0')] = 1;
  refreshAllSegments(vp);
  vp.R[lane32('cr4')] = CR4_OSFXSR | CR4_OSXMMEXCPT;
  vp.R[lane32('fcw')] = 0x37f;
  vp.R[lane32('ftw')] = 0xff;
  vp.updateMode();
  return vp;
}
