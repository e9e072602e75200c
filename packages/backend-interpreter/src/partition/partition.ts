import {
  ConfigurationError,
  createMemoryMapper,
  IOAPIC_LINES,
  leaf,
  tree,
  UnsupportedVtlError,
  type AccessVmState,
  type GuestMemoryAccess,
  type InspectNode,
  type IoApicRouting,
  type LintPin,
  type MemoryMapper,
  type MsiMessage,
  type Partition,
  type PartitionCapabilities,
  type ResetPartition,
  type VmStateName,
  type Vtl,
} from '@ringzero/processor';
import type { VirtualProcessor } from '../processor/virtual-processor.ts';

/** The VM-wide half of a software partition: interrupt routing, reset, inspection. */
export class SoftwarePartition implements Partition {
  readonly caps: PartitionCapabilities;
  readonly #memory: GuestMemoryAccess;
  readonly #processors: readonly VirtualProcessor[];
  readonly #routes: (MsiMessage | undefined)[] = new Array<MsiMessage | undefined>(IOAPIC_LINES).fill(undefined);
  readonly #deliver: (message: MsiMessage) => boolean;
  readonly #engine: () => InspectNode;

  constructor(caps: PartitionCapabilities, memory: GuestMemoryAccess, processors: readonly VirtualProcessor[], deliver: (message: MsiMessage) => boolean, engine: () => InspectNode) {
    this.caps = caps;
    this.#memory = memory;
    this.#processors = processors;
    this.#deliver = deliver;
    this.#engine = engine;
  }

  supportsReset(): ResetPartition {
    return {
      reset: () => {
        this.#routes.fill(undefined);
      },
    };
  }

  supportsVtlScrub(): undefined {
    return undefined;
  }

  requestMsi(vtl: Vtl, message: MsiMessage): boolean {
    this.#requireVtl0(vtl);
    return this.#deliver(message);
  }

  ioapicRouting(): IoApicRouting {
    const check = (irq: number): void => {
      if (!Number.isInteger(irq) || irq < 0 || irq >= IOAPIC_LINES) throw new ConfigurationError(`IO-APIC line ${irq}: expected 0 to ${IOAPIC_LINES - 1}`);
    };
    return {
      setIrqRoute: (irq, message) => {
        check(irq);
        this.#routes[irq] = message;
      },
      assertIrq: (irq) => {
        check(irq);
        const message = this.#routes[irq];
        if (message !== undefined) this.#deliver(message);
      },
    };
  }

  pulseLint(vpIndex: number, vtl: Vtl, pin: LintPin): void {
    this.#requireVtl0(vtl);
    const processor = this.#processor(vpIndex);
    processor.events.pulseLint(pin);
    processor.kick();
  }

  requestYield(vpIndex: number): void {
    this.#processor(vpIndex).requestYield();
  }

  memoryMapper(vtl: Vtl): MemoryMapper {
    this.#requireVtl0(vtl);
    return createMemoryMapper(this.#memory);
  }

  accessState(vtl: Vtl): AccessVmState {
    this.#requireVtl0(vtl);
    const absent = (name: VmStateName): never => {
      throw new ConfigurationError(`VM state element ${name} is not present on this partition: it has no Hyper-V interface`);
    };
    return { caps: this.caps, get: absent, set: absent, commit: () => undefined };
  }

  dispose(): void {
    for (const processor of this.#processors) processor.requireStopped(0, 'disposing of its partition');
    for (const processor of this.#processors) processor.dispose();
  }

  inspect(): InspectNode {
    return tree({
      engine: this.#engine,
      vps: () => tree(Object.fromEntries(this.#processors.map((processor, index) => [`${index}`, () => processor.inspect()]))),
      routes: () => tree(Object.fromEntries(this.#routes.map((route, irq) => [`${irq}`, () => leaf(route === undefined ? undefined : `0x${route.address.toString(16)} 0x${route.data.toString(16)}`)]))),
    });
  }

  #processor(vpIndex: number): VirtualProcessor {
    const processor = this.#processors[vpIndex];
    if (processor === undefined) throw new ConfigurationError(`virtual processor ${vpIndex}: the partition has ${this.#processors.length}`);
    return processor;
  }

  #requireVtl0(vtl: Vtl): void {
    if (vtl !== 0) throw new UnsupportedVtlError(vtl, 0);
  }
}
