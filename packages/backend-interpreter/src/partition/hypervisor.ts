import {
  capabilitiesFromCpuid,
  ConfigurationError,
  resetAll,
  tree,
  leaf,
  validateTopology,
  type BuiltPartition,
  type CpuidFunction,
  type GuestMemoryAccess,
  type Hypervisor,
  type InspectNode,
  type PartitionConfig,
  type ProcessorBinder,
  type ProtoPartition,
  type ProtoPartitionConfig,
} from '@ringzero/processor';
import type { GuestMemory } from '@ringzero/guest-memory';
import { CPU_MODELS, cpuModel, DEFAULT_CPU_MODEL, featuresOfCpuid, type CpuidFeature, type CpuModel } from '@ringzero/x86';
import { attachUnits, createCpuid, DebugUnit, InterruptBus, LocalApic, Monitor, PerformanceCounters, performanceLeaf, readTsc, Vp, writeTsc, type Operation } from '@ringzero/x86-semantics';
import { Execution } from '../engine/execution.ts';
import { clearTransient, Events } from '../processor/events.ts';
import { VirtualProcessor } from '../processor/virtual-processor.ts';
import { Turns } from '../processor/turns.ts';
import type { VpHost } from '../processor/vp-host.ts';
import { VpStateAccess } from '../processor/state-access.ts';
import { SoftwarePartition } from './partition.ts';

/** What an engine adds to a VP's execution. */
export interface EngineAttachment {
  /** Follows operations from a block's head until one returns EXIT, in place of {@link Execution.dispatch}. */
  dispatch?(head: Operation): void;
  /** Counters of its own for inspect. */
  counters(): Record<string, () => InspectNode>;
}

/** An engine: how blocks of guest code are executed. The rest of a VP is shared. */
export interface SoftwareEngine {
  readonly name: string;
  /** Decoded instructions that each VP keeps, about; `DEFAULT_CAPACITY` if left out. */
  readonly decodedInstructions?: number;
  /** Connects the engine to the execution of one VP. */
  attach(execution: Execution): EngineAttachment;
}

/** A hypervisor in software around an engine. */
export function createSoftwareHypervisor(engine: SoftwareEngine): Hypervisor {
  return {
    name: engine.name,
    cpuModels: CPU_MODELS.map(({ name, description, features }) => ({ name, description, isDefault: name === DEFAULT_CPU_MODEL, hasX2apic: features.includes('x2apic') })),
    newPartition(config: ProtoPartitionConfig): ProtoPartition {
      validateTopology(config.topology);
      if (config.hv !== undefined) throw new ConfigurationError(`${engine.name}: no Hyper-V interface is offered to guests, and the configuration asks for one`);
      const model = requireModel(config.cpu ?? DEFAULT_CPU_MODEL);
      return {
        maxPhysicalAddressSize: () => model.physicalAddressBits,
        build: (partitionConfig) => buildPartition(engine, model, config, partitionConfig),
      };
    },
  };
}

function requireModel(name: string): CpuModel {
  const model = cpuModel(name);
  if (model === undefined) throw new ConfigurationError(`CPU model "${name}": unknown; known are ${CPU_MODELS.map((each) => each.name).join(', ')}`);
  return model;
}

function requireGuestMemory(memory: GuestMemoryAccess): GuestMemory {
  if (typeof (memory as Partial<GuestMemory>).retainCode !== 'function') {
    throw new ConfigurationError('guest memory: expected an instance of GuestMemory of @ringzero/guest-memory');
  }
  return memory as GuestMemory;
}

function buildPartition(engine: SoftwareEngine, model: CpuModel, proto: ProtoPartitionConfig, config: PartitionConfig): BuiltPartition {
  const memory = requireGuestMemory(config.memory.guestMemory);
  const { topology, clock } = proto;
  // The topology decides whether a model that has x2APIC offers it.
  const without: readonly CpuidFeature[] = topology.apicMode === 'xapic' ? ['x2apic'] : [];
  const cpuidOf = (apicId: number): CpuidFunction => createCpuid(model, { apicId, tscFrequency: clock.tscFrequency, without, leaves: config.cpuid ?? [] });
  const caps = capabilitiesFromCpuid(cpuidOf(0), { topology, canFreezeTime: true });
  if (topology.vps.length > 1 && !caps.apic) throw new ConfigurationError(`${topology.vps.length} processors: CPU model ${model.name} has no local APIC, expected one processor`);
  const bus = new InterruptBus();
  const processors: VirtualProcessor[] = [];
  const attachments = new Map<VirtualProcessor, EngineAttachment>();

  const host: VpHost = {
    caps,
    // One that was woken says that it is idle until its turn has come.
    allIdle: () => processors.every((processor) => !processor.isRunnable && (processor.isIdle || processor.events.isWaitingForStart)),
    turns: clock.mode === 'virtual' && topology.vps.length > 1 ? new Turns(clock, processors) : undefined,
    readTsc,
    writeTsc,
    resetVp: (processor) => resetProcessor(processor, host),
    engineCounters: (processor) => attachments.get(processor)?.counters() ?? {},
  };

  for (const info of topology.vps) {
    const cpuid = cpuidOf(info.apicId);
    const vp = new Vp({ index: info.vpIndex, apicId: info.apicId, memory, clock, features: featuresOfCpuid(cpuid) });
    const execution = new Execution(vp, engine.decodedInstructions);
    // Another VP may wait for what this one frees inside of a block only; and virtual time is exact.
    execution.endsAtBlocks = clock.mode === 'real' && topology.vps.length === 1;
    const apic = new LocalApic(vp, clock, bus, () => processor.kick());
    const debug = new DebugUnit(vp);
    const monitor = new Monitor(memory, vp.R, () => processor.kick());
    const performance = new PerformanceCounters(vp, performanceLeaf(cpuid), () => apic.performanceInterrupt());
    attachUnits(vp, { cpuid, apic, debug, monitor, performance });
    bus.connect(apic);
    const processor: VirtualProcessor = new VirtualProcessor(info, execution, host, new Events(vp, { apic, debug, monitor, performance }), debug);
    const attachment = engine.attach(execution);
    if (attachment.dispatch !== undefined) execution.follow = (head) => attachment.dispatch?.(head);
    attachments.set(processor, attachment);
    processors.push(processor);
  }
  for (const processor of processors) resetProcessor(processor, host);

  const partition = new SoftwarePartition(caps, memory, processors, (message) => bus.deliverMsi(message.address, message.data), () => tree({ name: () => leaf(engine.name) }));
  const binders: ProcessorBinder[] = processors.map((processor) => {
    let isBound = false;
    return {
      bind: () => {
        if (isBound) throw new ConfigurationError(`virtual processor ${processor.vp.vpIndex} is bound already`);
        isBound = true;
        return processor;
      },
    };
  });
  return { partition, binders };
}

function resetProcessor(processor: VirtualProcessor, host: VpHost): void {
  const vp = processor.cpu;
  clearTransient(vp);
  const access = new VpStateAccess({
    vp,
    caps: host.caps,
    refresh: () => undefined,
    events: processor.events,
    committed: () => processor.events.restored(),
    readTsc: () => host.readTsc(vp),
    writeTsc: (value) => host.writeTsc(vp, value),
  });
  resetAll(access, processor.vp);
}
