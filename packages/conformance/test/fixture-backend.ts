import {
  ConfigurationError,
  capabilitiesFromCpuid, compactSize, createEventLoop, createMemoryMapper, hexLeaf, inspectProcessor, inspectVm, NeedsYield, resetAll, resetVm,
  StateAccessError, tree, UnsupportedVtlError, validateTopology, VM_STATE, VP_STATE, VpRunningError,
} from '@ringzero/processor';
import type {
  AccessVmState, AccessVpState, CpuIo, DebugState, Hypervisor, InspectNode, Partition, PartitionCapabilities, PartitionConfig, Processor,
  ProtoPartitionConfig, Registers, StopVp, VmClock, VmStateName, VmStateValues, VpHaltReason, VpInfo, VpStateName, VpStateValues, Vtl,
} from '@ringzero/processor';

/** State kept as the table has it: a plain record by element. */
function access(what: 'vp' | 'vm', caps: PartitionCapabilities, values: Map<string, unknown>): AccessVpState & AccessVmState {
  const table: Record<string, { isPresent(caps: PartitionCapabilities): boolean }> = what === 'vp' ? VP_STATE : VM_STATE;
  const check = (name: string): void => {
    if (table[name]?.isPresent(caps) !== true) throw new StateAccessError(name, 'not present on this partition');
  };
  return {
    caps,
    get(name: VpStateName | VmStateName) {
      check(name);
      return structuredClone(values.get(name)) as VpStateValues[VpStateName] & VmStateValues[VmStateName] as never;
    },
    set(name: VpStateName | VmStateName, value: unknown) {
      check(name);
      values.set(name, structuredClone(value));
    },
    commit() {},
  };
}

const GPR = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi'] as const;

/** A processor that knows what `programs/core.ts` uses: MOV and ADD with immediates, JMP, IN, OUT, HLT, CLI, NOP. */
class FixtureProcessor implements Processor {
  readonly vp: VpInfo;
  readonly needsYield: NeedsYield = new NeedsYield();
  readonly #caps: PartitionCapabilities;
  readonly #config: PartitionConfig;
  readonly #clock: VmClock;
  readonly #values = new Map<string, unknown>();
  #debug: DebugState | undefined;
  #running = false;
  #retired = 0;

  constructor(vp: VpInfo, caps: PartitionCapabilities, config: PartitionConfig, clock: VmClock) {
    this.vp = vp;
    this.#caps = caps;
    this.#config = config;
    this.#clock = clock;
    this.reset();
  }

  setDebugState(vtl: Vtl, state: DebugState | undefined): void {
    this.#check(vtl, 'setting its debug state');
    this.#debug = state;
  }

  async runVp(stop: StopVp, dev: CpuIo): Promise<VpHaltReason> {
    this.#check(0, 'runVp');
    this.#running = true;
    try {
      for (;;) {
        this.#clock.poll();
        if (stop.check()) return { kind: 'stop' };
        if (this.#activity.mpState !== 'running') {
          if (!this.#clock.skipIdle()) await stop.untilStop(createEventLoop().sleep(this.#clock.idleMilliseconds()).done);
          continue;
        }
        for (let left = this.#clock.quantum(); left > 0 && this.#activity.mpState === 'running'; left--) {
          await this.#execute(dev);
          this.#clock.advance(1);
          this.#retired++;
          if (this.#debug?.singleStep) return { kind: 'singleStep' };
          if (this.needsYield.isRequested) break;
        }
        this.needsYield.requestYield();
        await this.needsYield.maybeYield();
      }
    } catch (error) {
      return dev.fatalError(error);
    } finally {
      this.#running = false;
    }
  }

  async #execute(dev: CpuIo): Promise<void> {
    const registers = { ...(this.#values.get('registers') as Registers) } as { -readonly [Name in keyof Registers]: Registers[Name] };
    const bytes = this.#config.memory.guestMemory.readBytes(Number(registers.cs.base + registers.rip), 6);
    const [opcode = 0, second = 0, third = 0] = bytes;
    const immediate = new DataView(bytes.buffer).getInt32(1, true);
    const set = (number: number, value: bigint): void => void (registers[GPR[number & 7]!] = BigInt.asUintN(32, value));
    let length = 1;
    if (opcode >= 0xb8 && opcode <= 0xbf) {
      set(opcode, BigInt(immediate));
      length = 5;
    } else if (opcode === 0x83) {
      set(second, registers[GPR[second & 7]!] + BigInt((third << 24) >> 24));
      length = 3;
    } else if (opcode === 0xe9) {
      length = 5 + immediate;
    } else if (opcode === 0xe5) {
      set(0, BigInt(await dev.readIo(this.vp.vpIndex, second, 4)));
      length = 2;
    } else if (opcode === 0xe7) {
      await dev.writeIo(this.vp.vpIndex, second, 4, Number(registers.rax));
      length = 2;
    } else if (opcode === 0xf4) {
      this.#values.set('activity', { ...this.#activity, mpState: 'halted' });
    } else if (opcode !== 0xfa && opcode !== 0x90) {
      throw new Error(`opcode 0x${opcode.toString(16)} at 0x${registers.rip.toString(16)}: not known to the fixture`);
    }
    registers.rip = BigInt.asUintN(32, registers.rip + BigInt(length));
    this.#values.set('registers', registers);
  }

  get #activity(): VpStateValues['activity'] {
    return this.#values.get('activity') as VpStateValues['activity'];
  }

  #check(vtl: Vtl, action: string): void {
    if (vtl !== 0) throw new UnsupportedVtlError(vtl, 0);
    if (this.#running) throw new VpRunningError(this.vp.vpIndex, action);
  }

  flushAsyncRequests(): void {
    this.#check(0, 'flushing');
  }

  accessState(vtl: Vtl): AccessVpState {
    this.#check(vtl, 'its state');
    return access('vp', this.#caps, this.#values);
  }

  vtlInspectable(vtl: Vtl): boolean {
    return vtl === 0;
  }

  inspect(): InspectNode {
    return inspectProcessor(this, { counters: () => tree({ instructionsRetired: () => hexLeaf(this.#retired) }) });
  }

  reset(): void {
    resetAll(access('vp', this.#caps, this.#values), this.vp);
  }
}

/** What a third party has to write, at its smallest: it conforms in everything but the instruction set. */
export function createFixtureHypervisor(): Hypervisor {
  return {
    name: 'fixture',
    cpuModels: [],
    newPartition({ topology, clock, cpu }: ProtoPartitionConfig) {
      if (cpu !== undefined) throw new ConfigurationError(`CPU model "${cpu}": the fixture has one processor, without a name`);
      validateTopology(topology);
      const caps = capabilitiesFromCpuid((leaf) => (leaf === 1 ? [0x6f6, 0, 0, 0] : [1, 0, 0, 0]), { topology });
      return {
        maxPhysicalAddressSize: () => caps.physicalAddressWidth,
        build(config) {
          const processors = topology.vps.map((vp) => new FixtureProcessor(vp, caps, config, clock));
          const values = new Map<string, unknown>();
          const only = (vtl: Vtl): void => {
            if (vtl !== 0) throw new UnsupportedVtlError(vtl, 0);
          };
          const partition: Partition = {
            caps,
            supportsReset: () => ({ reset: () => resetVm(access('vm', caps, values)) }),
            supportsVtlScrub: () => undefined,
            requestMsi: (vtl) => only(vtl),
            ioapicRouting: () => undefined,
            pulseLint: (_vp, vtl) => only(vtl),
            requestYield: (vp) => void processors[vp]?.needsYield.requestYield(),
            memoryMapper: (vtl) => (only(vtl), createMemoryMapper(config.memory.guestMemory)),
            accessState: (vtl) => (only(vtl), access('vm', caps, values)),
            dispose: () => {
              for (const processor of processors) processor.flushAsyncRequests();
            },
            inspect: () => tree({ vm: () => inspectVm(access('vm', caps, values)), xsaveBytes: () => hexLeaf(compactSize(caps.xsave)) }),
          };
          return { partition, binders: processors.map((processor) => ({ bind: () => processor })) };
        },
      };
    },
  };
}
