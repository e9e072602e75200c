import type { CpuidFunction } from '@ringzero/processor';
import type { Vp } from '../vp/vp.ts';
import type { LocalApic } from './apic/local-apic.ts';
import type { DebugUnit } from './debug.ts';
import type { Monitor } from './monitor.ts';
import { writeSavedMsrs } from './msr/saved.ts';
import type { PerformanceCounters } from './performance.ts';
import { segmentCheck } from './segments.ts';

/** The parts of a processor beside its registers that system instructions reach. */
export interface SystemUnits {
  readonly cpuid: CpuidFunction;
  readonly apic: LocalApic;
  readonly debug: DebugUnit;
  readonly monitor: Monitor;
  readonly performance: PerformanceCounters;
}

/** Units by VP: an association, not state of its own. */
const unitsByVp = new WeakMap<Vp, SystemUnits>();

/** Connects a VP to its units: segment checks and the APIC page go through here from now on. */
export function attachUnits(vp: Vp, units: SystemUnits): void {
  unitsByVp.set(vp, units);
  writeSavedMsrs(vp, []);
  vp.segmentCheck = (segment, offset, size, write) => segmentCheck(vp, segment, offset, size, write);
  vp.internalMmio = units.apic;
  units.debug.update();
}

/** The units of a VP. Throws if it has none: a defect of the engine that created it. */
export function unitsOf(vp: Vp): SystemUnits {
  const units = unitsByVp.get(vp);
  if (units === undefined) throw new Error(`virtual processor ${vp.index} has no system units: attachUnits was not called`);
  return units;
}
