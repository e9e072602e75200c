import {
  capabilitiesFromCpuid,
  createEventLoop,
  createMemoryMapper,
  inspectProcessor,
  resetAll,
  tree,
  VpRunningError,
  type AccessVpState,
  type CpuIo,
  type Hypervisor,
  type Partition,
  type PartitionCapabilities,
  type PartitionConfig,
  type Processor,
  type ProtoPartitionConfig,
  type StopVp,
  type VpHaltReason,
  type VpInfo,
  type VpStateName,
  type VpStateValues,
} from '@ringzero/processor';

type State = Map<VpStateName, VpStateValues[VpStateName]>;
type Changing<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/** A processor of eight instructions: MOV AL and MOV DX with a constant, INC AL, OUT DX, JMP, CLI, NOP and HLT, in 16-bit code. */
class TinyProcessor implements Processor {
  readonly vp: VpInfo;
  readonly #caps: PartitionCapabilities;
  readonly #config: PartitionConfig & ProtoPartitionConfig;
  readonly #state: State = new Map();
  #isRunning = false;
  #wake = (): void => {};

  constructor(vp: VpInfo, caps: PartitionCapabilities, config: PartitionConfig & ProtoPartitionConfig) {
    this.vp = vp;
    this.#caps = caps;
    this.#config = config;
    this.reset();
  }

  async runVp(stop: StopVp, dev: CpuIo): Promise<VpHaltReason> {
    const { clock } = this.#config;
    const loop = createEventLoop();
    this.#isRunning = true;
    try {
      for (;;) {
        clock.poll();
        if (stop.check()) return { kind: 'stop' };
        if (this.#get('activity').mpState === 'halted') {
          if (clock.skipIdle()) continue;
          const sleep = loop.sleep(clock.idleMilliseconds());
          this.#wake = () => sleep.wake();
          await stop.untilStop(sleep.done);
          continue;
        }
        for (let left = clock.quantum(); left > 0 && !stop.check() && this.#get('activity').mpState === 'running'; left--) {
          await this.#execute(dev);
          clock.advance(1);
        }
        await loop.turn();
      }
    } catch (error) {
      return dev.fatalError(error);
    } finally {
      this.#isRunning = false;
    }
  }

  async #execute(dev: CpuIo): Promise<void> {
    const registers: Changing<VpStateValues['registers']> = { ...this.#get('registers') };
    const [opcode = 0, low = 0, high = 0] = this.#config.memory.guestMemory.readBytes(Number(registers.cs.base + registers.rip), 3);
    const al = Number(registers.rax & 0xffn);
    const setAl = (value: number): void => void (registers.rax = (registers.rax & ~0xffn) | BigInt(value & 0xff));
    let length = 1;
    if (opcode === 0xb0) [length] = [2, setAl(low)];
    else if (opcode === 0xba) [length, registers.rdx] = [3, BigInt(low | (high << 8))];
    else if (opcode === 0xfe && low === 0xc0) [length] = [2, setAl(al + 1)];
    else if (opcode === 0xee) await dev.writeIo(this.vp.vpIndex, Number(registers.rdx & 0xffffn), 1, al);
    else if (opcode === 0xeb) length = 2 + ((low << 24) >> 24);
    else if (opcode === 0xf4) this.#state.set('activity', { ...this.#get('activity'), mpState: 'halted' });
    else if (opcode !== 0xfa && opcode !== 0x90) throw new Error(`opcode ${opcode.toString(16)}h: the tiny backend does not know it`);
    registers.rip = BigInt.asUintN(16, registers.rip + BigInt(length));
    this.#state.set('registers', registers);
  }

  #get<Name extends VpStateName>(name: Name): VpStateValues[Name] {
    return this.#state.get(name) as VpStateValues[Name];
  }

  /** State is kept as the contract's table has it; a faster backend keeps it as it likes and translates here. */
  accessState(): AccessVpState {
    if (this.#isRunning) throw new VpRunningError(this.vp.vpIndex, 'its state');
    return { caps: this.#caps, get: (name) => structuredClone(this.#get(name)), set: (name, value) => void this.#state.set(name, structuredClone(value)), commit: () => undefined };
  }

  reset(): void {
    resetAll(this.accessState(), this.vp);
  }

  wake(): void {
    this.#wake();
  }

  setDebugState(): void {}
  flushAsyncRequests(): void {}
  vtlInspectable(vtl: number): boolean {
    return vtl === 0;
  }
  inspect(): ReturnType<typeof inspectProcessor> {
    return inspectProcessor(this);
  }
}

/** A backend in a page: it conforms in what it has, and has not much. */
export function createTinyHypervisor(): Hypervisor {
  return {
    name: 'tiny',
    cpuModels: [],
    newPartition(proto) {
      const caps = capabilitiesFromCpuid((leaf) => (leaf === 1 ? [0x400, 0, 0, 0] : [1, 0, 0, 0]), { topology: proto.topology });
      return {
        maxPhysicalAddressSize: () => caps.physicalAddressWidth,
        build(config) {
          const processors = proto.topology.vps.map((vp) => new TinyProcessor(vp, caps, { ...proto, ...config }));
          const absent = (): never => {
            throw new Error('the tiny backend has no state of the VM as a whole');
          };
          const partition: Partition = {
            caps,
            supportsReset: () => ({ reset: () => undefined }),
            supportsVtlScrub: () => undefined,
            requestMsi: () => undefined,
            ioapicRouting: () => undefined,
            pulseLint: () => undefined,
            requestYield: (vp) => processors[vp]?.wake(),
            memoryMapper: () => createMemoryMapper(config.memory.guestMemory),
            accessState: () => ({ caps, get: absent, set: absent, commit: () => undefined }),
            dispose: () => undefined,
            inspect: () => tree({}),
          };
          return { partition, binders: processors.map((processor) => ({ bind: () => processor })) };
        },
      };
    },
  };
}
