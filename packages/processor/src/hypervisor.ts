import type { VmClock } from './clock.ts';
import type { CpuidLeaf } from './cpuid.ts';
import type { GuestMemoryAccess, MemoryLayout } from './memory.ts';
import type { Partition } from './partition.ts';
import type { Processor } from './processor.ts';
import type { ProcessorTopology } from './topology.ts';

/** The Hyper-V interface offered to the guest. */
export interface HvConfig {
  /** Present if VTL 2 is offered. */
  readonly vtl2?: Vtl2Config;
}

/** How VTL 2 starts. */
export interface Vtl2Config {
  /** Where VTL 0's RAM is hidden from VTL 2, if it is. */
  readonly vtl0Alias?: bigint;
}

/** What a partition's processors are, known before memory is laid out. */
export interface ProtoPartitionConfig {
  readonly topology: ProcessorTopology;
  /** Time of this VM. Every processor and device of it uses this one clock. */
  readonly clock: VmClock;
  /** The processors' model: the name of one of `Hypervisor.cpuModels`. Absent: the backend's default. */
  readonly cpu?: string;
  /** Absent: no Hyper-V interface. */
  readonly hv?: HvConfig;
}

/** A processor model that a backend offers by name. */
export interface CpuModelDescription {
  readonly name: string;
  /** One line for lists. */
  readonly description: string;
  /** What processors are when no model is named. */
  readonly isDefault: boolean;
  /** Whether a topology may ask for x2APIC (`ApicMode`). */
  readonly hasX2apic: boolean;
}

/** The rest of what a partition is made from. */
export interface PartitionConfig {
  readonly memory: PartitionMemory;
  /**
   * Changes to what the model says by CPUID, in order: a later entry overrides an earlier one under its mask. Instructions and
   * control bits follow the result where the backend can make them.
   */
  readonly cpuid?: readonly CpuidLeaf[];
}

/**
 * Guest memory and how it is laid out. The layout says what the guest is told (firmware tables derive from it); the
 * memory's own page map says where the bytes are. The two agree when the partition is built.
 */
export interface PartitionMemory {
  readonly layout: MemoryLayout;
  readonly guestMemory: GuestMemoryAccess;
}

/**
 * A backend: the factory of partitions.
 *
 * A partition is made in three steps, because each needs what the one before has settled:
 *
 * 1. `newPartition` fixes the processors. What they can do (the width of a physical address, for one) is then known.
 * 2. `ProtoPartition.build` fixes memory, which has been laid out with that knowledge, and CPUID.
 * 3. `ProcessorBinder.bind` gives each processor to the agent that will run it: the main thread, or one worker each.
 *
 * Nothing is shared between two partitions of one hypervisor. Any number may live in one process.
 */
export interface Hypervisor {
  /** Short name, such as `interpreter`, for messages and for choosing a backend by configuration. */
  readonly name: string;
  /**
   * The models that `ProtoPartitionConfig.cpu` may name, oldest first; empty where there is no choice. A model settles what CPUID
   * answers, and with it the instruction set: an instruction that the model lacks raises #UD. `max`, where it is offered, has
   * everything that the backend can do.
   */
  readonly cpuModels: readonly CpuModelDescription[];
  /** Begins a partition. Throws `ConfigurationError` for what this backend cannot be, an unknown model among it. */
  newPartition(config: ProtoPartitionConfig): ProtoPartition;
}

/** A partition whose processors are known, but not its memory. */
export interface ProtoPartition {
  /** Bits of a physical address that the processors will have: the memory layout must fit below 2 to this power. */
  maxPhysicalAddressSize(): number;
  /**
   * Finishes the partition. Throws `ConfigurationError` for a layout that the physical address size cannot hold, for
   * CPUID overrides that contradict the topology, and for anything else that the backend cannot be.
   */
  build(config: PartitionConfig): BuiltPartition;
}

/** A partition and the way to its processors. */
export interface BuiltPartition {
  readonly partition: Partition;
  /** One per VP, by index. */
  readonly binders: readonly ProcessorBinder[];
}

/** Binds one processor to the agent (thread or worker) that will run it. */
export interface ProcessorBinder {
  /** The processor, in its reset state, bound to the calling agent. Called once. */
  bind(): Processor;
}
