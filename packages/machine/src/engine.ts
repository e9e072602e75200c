import type { GuestMemory } from '@ringzero/guest-memory';
import {
  restoreAll,
  restoreVm,
  saveAll,
  saveVm,
  uniformTopology,
  type Hypervisor,
  type Partition,
  type Processor,
  type ProcessorTopology,
  type VmClock,
} from '@ringzero/processor';
import { MachineError } from './errors.ts';

/** What outlives an engine: the rest of its machine. */
export interface EngineBoard {
  readonly memory: GuestMemory;
  readonly clock: VmClock;
  readonly processors: number;
  /** The processors' model; undefined for a hypervisor that has no choice of them. */
  readonly cpu: string | undefined;
}

/** The part of a machine that can be exchanged: a partition of some hypervisor, with its processors. */
export class Engine {
  readonly hypervisor: Hypervisor;
  readonly partition: Partition;
  readonly processors: readonly Processor[];

  /** Throws a contract error for what the hypervisor cannot be. */
  constructor(hypervisor: Hypervisor, board: EngineBoard) {
    const { clock, cpu, memory } = board;
    const layout = { ram: [{ address: 0, length: memory.ramBytes }], mmio: [] };
    const proto = hypervisor.newPartition({ topology: topologyOf(hypervisor, board), clock, ...(cpu === undefined ? {} : { cpu }) });
    const { partition, binders } = proto.build({ memory: { layout, guestMemory: memory } });
    this.hypervisor = hypervisor;
    this.partition = partition;
    this.processors = binders.map((binder) => binder.bind());
  }

  /**
   * An engine of another hypervisor that goes on from the state of this one, which is then disposed of. If it throws, this one is
   * as it was. No processor runs.
   */
  succeededBy(hypervisor: Hypervisor, board: EngineBoard): Engine {
    requireSameModel(this.hypervisor, hypervisor, board.cpu);
    const next = new Engine(hypervisor, board);
    try {
      requireSameCapabilities(this, next);
      for (const processor of this.processors) processor.flushAsyncRequests();
      const saved = this.processors.map((processor) => saveAll(processor.accessState(0)));
      restoreVm(next.partition.accessState(0), saveVm(this.partition.accessState(0)));
      next.processors.forEach((processor, i) => restoreAll(processor.accessState(0), saved[i]!));
    } catch (error) {
      next.partition.dispose();
      throw error;
    }
    this.partition.dispose();
    return next;
  }
}

function topologyOf(hypervisor: Hypervisor, { cpu, processors }: EngineBoard): ProcessorTopology {
  const hasX2apic = hypervisor.cpuModels.some((model) => model.name === cpu && model.hasX2apic);
  return uniformTopology(processors, hasX2apic ? 'x2apicSupported' : 'xapic');
}

function requireSameModel(from: Hypervisor, to: Hypervisor, cpu: string | undefined): void {
  const models = to.cpuModels.map((model) => model.name);
  if (cpu === undefined ? models.length === 0 : models.includes(cpu)) return;
  throw new MachineError('invalid-config', `backend ${to.name}: it has no CPU model ${cpu ?? '(unnamed)'}, which the machine has on ${from.name}; its models are ${models.join(', ') || '(unnamed)'}`);
}

/** The state of one partition fits another of equal capabilities. */
function requireSameCapabilities(from: Engine, to: Engine): void {
  const has = Object.entries(from.partition.caps);
  for (const [name, value] of has) {
    const other: unknown = to.partition.caps[name as keyof typeof to.partition.caps];
    if (textOf(other) === textOf(value)) continue;
    throw new MachineError('invalid-config', `backend ${to.hypervisor.name}: its processors have ${name} ${textOf(other)}, expected ${textOf(value)} as on ${from.hypervisor.name}`);
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, field: unknown) => (typeof field === 'bigint' ? `0x${field.toString(16)}` : field)) ?? 'undefined';
}
