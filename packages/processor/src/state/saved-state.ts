import type { PartitionCapabilities } from '../capabilities.ts';
import { StateAccessError } from '../errors.ts';
import type { InspectTree } from '../inspect.ts';
import { inspectValue, tree } from '../inspect.ts';
import type { VpInfo } from '../topology.ts';
import type { AccessVmState, AccessVpState } from './access.ts';
import type { Json } from './codec.ts';
import type { StateElement } from './element.ts';
import { VM_STATE, VM_STATE_NAMES } from './vm-elements.ts';
import { VP_STATE, VP_STATE_NAMES } from './vp-elements.ts';
import type { VmStateName } from './vm-values.ts';
import type { VpStateName } from './vp-values.ts';

/**
 * The saved state of one processor in one VTL: plain JSON, by element name. It belongs to no backend.
 *
 * ```json
 * {
 *   "registers": { "rax": "0x0000000000000000", "rip": "0x000000000000fff0", "cs": { "base": "0x00000000ffff0000", … }, … },
 *   "activity": { "mpState": "running", "nmiPending": false, … },
 *   "xsave": { "fcw": 895, "st": ["0x00000000000000000000", …], … },
 *   …
 * }
 * ```
 *
 * Guest memory and devices are saved by the machine; this is the processor alone.
 */
export type SavedVp = { readonly [Name in VpStateName]?: Json };

/** The saved state of the VM as a whole. */
export type SavedVm = { readonly [Name in VmStateName]?: Json };

/** A place where two states differ. */
export interface StateDifference {
  /** Element and field, such as `registers.cs.base`. */
  readonly path: string;
  readonly expected: Json | undefined;
  readonly actual: Json | undefined;
}

/** What the operations below need of an access, whichever table it is for. */
interface AnyAccess {
  readonly caps: PartitionCapabilities;
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  commit(): void;
}

type AnyElement<Context> = StateElement<string, unknown, Context>;
type Saved = { readonly [name: string]: Json | undefined };

const VP_ROWS = VP_STATE_NAMES.map((name) => VP_STATE[name] as unknown as AnyElement<VpInfo>);
const VM_ROWS = VM_STATE_NAMES.map((name) => VM_STATE[name] as unknown as AnyElement<void>);

function save(rows: readonly AnyElement<never>[], access: AnyAccess): Record<string, Json> {
  const saved: Record<string, Json> = {};
  for (const row of rows) if (row.isPresent(access.caps)) saved[row.name] = row.encode(access.get(row.name));
  return saved;
}

function restore(rows: readonly AnyElement<never>[], access: AnyAccess, saved: Saved): void {
  for (const name of Object.keys(saved)) {
    const row = rows.find((candidate) => candidate.name === name);
    if (row === undefined) throw new StateAccessError(name, `no such element; the table has ${rows.map((known) => known.name).join(', ')}`);
    if (!row.isPresent(access.caps)) throw new StateAccessError(name, 'saved, but not present on this partition');
  }
  // Everything is decoded before anything is set, so that a malformed save changes nothing.
  const values = rows
    .filter((row) => row.isPresent(access.caps))
    .map((row) => {
      const json = saved[row.name];
      if (json === undefined && row.isOptional === true) return { name: row.name, value: row.atReset(access.caps, undefined as never) };
      if (json === undefined) throw new StateAccessError(row.name, 'missing from the saved state');
      return { name: row.name, value: row.decode(json) };
    });
  for (const { name, value } of values) access.set(name, value);
  access.commit();
}

function reset<Context>(rows: readonly AnyElement<Context>[], access: AnyAccess, context: Context): void {
  for (const row of rows) if (row.isPresent(access.caps)) access.set(row.name, row.atReset(access.caps, context));
  access.commit();
}

function check<Context>(rows: readonly AnyElement<Context>[], access: AnyAccess, context: Context): StateDifference[] {
  const differences: StateDifference[] = [];
  for (const row of rows) {
    if (!row.isPresent(access.caps) || !row.canCompare(access.caps)) continue;
    compareJson(row.name, row.encode(row.atReset(access.caps, context)), row.encode(access.get(row.name)), differences);
  }
  return differences;
}

function inspect(rows: readonly AnyElement<never>[], access: AnyAccess): InspectTree {
  const present = rows.filter((row) => row.isPresent(access.caps));
  return tree(Object.fromEntries(present.map((row) => [row.name, () => inspectValue(access.get(row.name))])));
}

function compareJson(path: string, expected: Json | undefined, actual: Json | undefined, into: StateDifference[]): void {
  if (Object.is(expected, actual)) return;
  if (typeof expected === 'object' && typeof actual === 'object' && expected !== null && actual !== null && Array.isArray(expected) === Array.isArray(actual)) {
    const left = expected as { readonly [name: string]: Json };
    const right = actual as { readonly [name: string]: Json };
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      compareJson(Array.isArray(expected) ? `${path}[${name}]` : `${path}.${name}`, left[name], right[name], into);
    }
    return;
  }
  into.push({ path, expected, actual });
}

/**
 * Saves every element that is present. The processor is stopped, and what others queued for it has been applied: call
 * `Processor.flushAsyncRequests` first.
 */
export function saveAll(access: AccessVpState): SavedVp {
  return save(VP_ROWS, access as unknown as AnyAccess) as SavedVp;
}

/**
 * Restores what {@link saveAll} gave, on this or any other backend, and commits. Throws `StateAccessError`, with nothing
 * changed, if an element is malformed, missing, unknown, or absent on this partition.
 */
export function restoreAll(access: AccessVpState, saved: SavedVp): void {
  restore(VP_ROWS, access as unknown as AnyAccess, saved as Saved);
}

/**
 * Sets every present element to its reset value, and commits. This is how a backend implements `Processor.reset`, and how
 * it makes its first state.
 */
export function resetAll(access: AccessVpState, vp: VpInfo): void {
  reset(VP_ROWS, access as unknown as AnyAccess, vp);
}

/** Where the comparable elements differ from their reset values: nothing after a reset. */
export function checkResetAll(access: AccessVpState, vp: VpInfo): StateDifference[] {
  return check(VP_ROWS, access as unknown as AnyAccess, vp);
}

/** One inspect node per present element. */
export function inspectAll(access: AccessVpState): InspectTree {
  return inspect(VP_ROWS, access as unknown as AnyAccess);
}

/**
 * Where the comparable elements of two saved states differ; `first` is called expected. Two backends that ran the same
 * instructions from the same state differ nowhere.
 */
export function compareSaved(first: SavedVp, second: SavedVp, caps: PartitionCapabilities): StateDifference[] {
  const differences: StateDifference[] = [];
  for (const name of VP_STATE_NAMES) if (VP_STATE[name].canCompare(caps)) compareJson(name, first[name], second[name], differences);
  return differences;
}

/** {@link saveAll} for the VM as a whole. */
export function saveVm(access: AccessVmState): SavedVm {
  return save(VM_ROWS, access as unknown as AnyAccess) as SavedVm;
}

/** {@link restoreAll} for the VM as a whole. */
export function restoreVm(access: AccessVmState, saved: SavedVm): void {
  restore(VM_ROWS, access as unknown as AnyAccess, saved as Saved);
}

/** {@link resetAll} for the VM as a whole. */
export function resetVm(access: AccessVmState): void {
  reset(VM_ROWS, access as unknown as AnyAccess, undefined);
}

/** {@link checkResetAll} for the VM as a whole. */
export function checkResetVm(access: AccessVmState): StateDifference[] {
  return check(VM_ROWS, access as unknown as AnyAccess, undefined);
}

/** {@link inspectAll} for the VM as a whole. */
export function inspectVm(access: AccessVmState): InspectTree {
  return inspect(VM_ROWS, access as unknown as AnyAccess);
}
