import { restoreAll, restoreVm, saveAll, saveVm, type SavedVm, type SavedVp } from '@ringzero/processor';
import type { MemoryMapState } from '@ringzero/guest-memory';
import type { ChipsetState } from '../chipset/device-set.ts';
import type { MachineConfig } from '../config.ts';
import { MachineError } from '../errors.ts';
import type { Machine } from '../machine.ts';

/** A machine's state but for the bytes of its memory and media: it belongs to no backend. */
export interface MachineState {
  /** The time, in nanoseconds. */
  readonly now: number;
  readonly chipset: ChipsetState;
  readonly processors: readonly SavedVp[];
  /** What belongs to the virtual machine as a whole. */
  readonly vm: SavedVm;
  readonly memoryMap: MemoryMapState;
}

/** A machine's state in memory. Media are no part of it. */
export interface MachineSnapshot extends MachineState {
  readonly version: 2;
  readonly config: MachineConfig;
  /** RAM, ROM and device memory. */
  readonly memory: Uint8Array;
}

/** The state of a machine that does not run. */
export function takeState(machine: Machine): MachineState {
  for (const processor of machine.processors) processor.flushAsyncRequests();
  return {
    now: machine.clock.now(),
    chipset: machine.chipset.save(),
    processors: machine.processors.map((processor) => saveAll(processor.accessState(0))),
    vm: saveVm(machine.partition.accessState(0)),
    memoryMap: machine.memory.saveMap(),
  };
}

/** Everything but the bytes of memory, which are there already: devices may look at them. */
export function applyState(machine: Machine, state: MachineState, restoreChipset: (state: ChipsetState) => void = (chipset) => machine.chipset.restore(chipset)): void {
  machine.clock.setNow(state.now);
  restoreVm(machine.partition.accessState(0), state.vm);
  machine.processors.forEach((processor, i) => restoreAll(processor.accessState(0), state.processors[i]!));
  restoreChipset(state.chipset);
  // Last: it says for every page where it is, whatever the devices have mapped in which order.
  machine.memory.restoreMap(state.memoryMap);
}

function fail(problem: string): never {
  throw new MachineError('invalid-config', problem);
}

/** Throws if a machine of this configuration cannot be restored on `machine`. */
export function checkConfig(machine: Machine, config: MachineConfig): void {
  const { cpu, memoryBytes, processors = 1 } = config;
  if (memoryBytes !== machine.config.memoryBytes) fail(`snapshot of ${memoryBytes} bytes of memory: the machine has ${machine.config.memoryBytes}`);
  if (processors !== machine.processors.length) fail(`snapshot of ${processors} processors: the machine has ${machine.processors.length}`);
  if (cpu !== machine.config.cpu) fail(`snapshot of CPU model ${cpu ?? '(none)'}: the machine's is ${machine.config.cpu ?? '(none)'}`);
}

/**
 * Sees whether a state, which may come from anywhere, can be restored: it is looked at, and then restored, but for memory and for
 * transfers of devices. If anything throws, the machine is put back to where it was, and this throws. If not, the machine must
 * be given the memory and {@link applyState}.
 */
export function rehearseState(machine: Machine, state: MachineState): void {
  explained(() => checkState(machine, state));
  const before = takeState(machine);
  const unfreeze = machine.clock.freeze();
  explained(() => {
    try {
      applyState(machine, state, (chipset) => machine.chipset.rehearse(chipset));
    } catch (error) {
      // Twice: while devices drive their lines again, the interrupt controllers are still those of the other state.
      applyState(machine, before);
      applyState(machine, before);
      throw error;
    } finally {
      unfreeze();
    }
  });
}

function checkState(machine: Machine, { now, processors, vm, memoryMap, chipset }: MachineState): void {
  if (typeof now !== 'number' || !(now >= 0 && now <= Number.MAX_SAFE_INTEGER)) fail(`snapshot at ${String(now)} ns: expected a time`);
  if (!Array.isArray(processors) || processors.length !== machine.processors.length) fail(`snapshot of other processors: the machine has ${machine.processors.length}`);
  if (!processors.every(isObject)) fail('snapshot with a processor that has no state');
  if (!isObject(vm)) fail('snapshot without a state of the virtual machine');
  machine.memory.checkMap(memoryMap);
  machine.chipset.check(chipset);
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** What `action` throws says that it is about a saved state. */
function explained(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (error instanceof MachineError) throw error;
    throw new MachineError('invalid-state', `saved state: it cannot be restored: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** A whole snapshot of a machine that does not run. */
export function takeSnapshot(machine: Machine): MachineSnapshot {
  return { version: 2, config: machine.config, ...takeState(machine), memory: machine.memory.copyBuffer() };
}

/** Restores a snapshot, or throws with nothing changed. */
export function restoreSnapshot(machine: Machine, snapshot: MachineSnapshot): void {
  const { memory } = machine;
  if (snapshot.version !== 2) fail(`snapshot version ${String(snapshot.version)}: expected 2`);
  checkConfig(machine, snapshot.config);
  if (snapshot.memory.length !== memory.byteLength) fail(`snapshot of ${snapshot.memory.length} bytes with ROM and device memory: the machine has ${memory.byteLength}`);
  rehearseState(machine, snapshot);
  memory.storePages(0, snapshot.memory);
  applyState(machine, snapshot);
}
