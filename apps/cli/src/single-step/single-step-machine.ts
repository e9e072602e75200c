import { GuestMemory } from '@ringzero/guest-memory';
import { VirtualClock, NANOSECONDS_PER_INSTRUCTION } from '@ringzero/machine';
import { StopVpSource, uniformTopology, type AccessVpState, type CpuIo, type Hypervisor, type Processor, type Registers, type SegmentRegister } from '@ringzero/processor';
import { Decoder, EFLAGS_OF, FORMS, Instruction } from '@ringzero/x86';
import type { RegisterName, RegisterValues, SingleStepTest } from './moo.ts';
import type { RecordedOn } from './recorded-on.ts';

const RAM_BYTES = 0x110_0000;
/** Most instructions of a test: REP counts to 127, and exceptions take a few more. */
const LIMIT = 10_000;
const GENERAL = { eax: 'rax', ebx: 'rbx', ecx: 'rcx', edx: 'rdx', esi: 'rsi', edi: 'rdi', ebp: 'rbp', esp: 'rsp', eip: 'rip', eflags: 'rflags' } as const;
const SEGMENTS = ['cs', 'ds', 'es', 'fs', 'gs', 'ss'] as const;
const INITIAL_FLAGS = 0x2;
/** OF, SF, ZF, AF, PF and CF. */
const ARITHMETIC = 0x8d5;

/** Nothing answers: reads give ones, as on the bus that the tests were recorded on. */
const NO_DEVICES: CpuIo = {
  isMmio: () => false,
  acknowledgePicInterrupt: () => undefined,
  handleEoi: () => undefined,
  readMmio: (_vp, _address, size) => 2 ** (8 * size) - 1,
  writeMmio: () => undefined,
  readIo: (_vp, _port, size) => 2 ** (8 * size) - 1,
  writeIo: () => undefined,
  fatalError: (error) => {
    throw error;
  },
};

function segment(selector: number, attributes: number): SegmentRegister {
  return { base: BigInt((selector & 0xffff) * 16), limit: 0xffff, selector: selector & 0xffff, attributes };
}

/** A processor in real mode with RAM everywhere, which runs one test after another. */
export class SingleStepMachine {
  readonly #memory = new GuestMemory(RAM_BYTES, { hole: false });
  readonly #clock = new VirtualClock();
  readonly #processor: Processor;
  readonly #access: AccessVpState;
  readonly #reset: Registers;
  readonly #decoder = new Decoder(16);
  readonly #instruction = new Instruction();
  #written: number[] = [];

  constructor(hypervisor: Hypervisor, cpu: string) {
    const layout = { ram: [{ address: 0, length: RAM_BYTES }], mmio: [] };
    const { binders } = hypervisor.newPartition({ topology: uniformTopology(1), clock: this.#clock, cpu }).build({ memory: { layout, guestMemory: this.#memory } });
    this.#processor = binders[0]!.bind();
    this.#access = this.#processor.accessState(0);
    this.#reset = this.#access.get('registers');
  }

  /** Runs a test; what differs from what was recorded, one text each. */
  async run(test: SingleStepTest, recordedOn: RecordedOn): Promise<string[]> {
    this.#enter(test, recordedOn);
    const stop = new StopVpSource();
    this.#clock.onIdle = () => {
      stop.stop();
      return true;
    };
    const limit = this.#clock.schedule(this.#clock.now() + LIMIT * NANOSECONDS_PER_INSTRUCTION, () => stop.stop());
    const halt = await this.#processor.runVp(stop.checker(), NO_DEVICES);
    limit.cancel();
    return halt.kind === 'stop' ? this.#compare(test, recordedOn) : [`the processor ended with ${halt.kind}`];
  }

  #enter({ initial }: SingleStepTest, { flags }: RecordedOn): void {
    for (const address of this.#written) this.#memory.writeBytes(address, Uint8Array.of(0));
    this.#written = initial.memory.map(([address]) => address);
    for (const [address, byte] of initial.memory) this.#memory.writeBytes(address, Uint8Array.of(byte));
    const value = (name: RegisterName): number => initial.registers.get(name) ?? 0;
    const registers: Record<string, unknown> = { ...this.#reset };
    for (const [name, to] of Object.entries(GENERAL)) registers[to] = BigInt(value(name as RegisterName) >>> 0);
    registers['rflags'] = BigInt((value('eflags') & flags) | INITIAL_FLAGS);
    for (const name of SEGMENTS) registers[name] = segment(value(name), name === 'cs' ? 0x9b : 0x93);
    registers['cr0'] = 0x10n;
    registers['idtr'] = { base: 0n, limit: 0x3ff };
    this.#access.set('registers', registers as unknown as Registers);
    this.#access.set('activity', { ...this.#access.get('activity'), mpState: 'running', interruptShadow: false });
    this.#access.commit();
  }

  /** Flags that the instruction leaves undefined: by the opcode map, and of SHLD and SHRD by their count (vol. 2, SHLD). */
  #undefinedFlags({ bytes, initial }: SingleStepTest): number {
    const padded = new Uint8Array(32);
    padded.set(bytes);
    this.#decoder.decode(padded, 0, padded.length, this.#instruction);
    const { name, flags } = FORMS[this.#instruction.form]!;
    if (!/^Sh[lr]d_/.test(name)) return flags.undefined;
    const count = (name.endsWith('CL') ? (initial.registers.get('ecx') ?? 0) : this.#instruction.immediate) & 31;
    if (count > this.#instruction.operandSize) return ARITHMETIC;
    return flags.undefined | (count > 1 ? EFLAGS_OF : 0);
  }

  #compare(test: SingleStepTest, { flags, eip }: RecordedOn): string[] {
    const differences: string[] = [];
    const registers = this.#access.get('registers');
    const undefinedFlags = this.#undefinedFlags(test);
    const expected: RegisterValues = new Map([...test.initial.registers, ...test.final.registers]);
    const compare = (name: RegisterName, got: number, mask: number): void => {
      const known = mask & (test.masks.get(name) ?? -1);
      const want = expected.get(name) ?? 0;
      if (((got ^ want) & known) !== 0) differences.push(`${name} ${((got & known) >>> 0).toString(16)}, recorded ${((want & known) >>> 0).toString(16)}`);
    };
    const masks: Readonly<Record<string, number>> = { eflags: flags & ~undefinedFlags, eip };
    for (const [name, from] of Object.entries(GENERAL)) compare(name as RegisterName, Number(registers[from]), masks[name] ?? -1);
    for (const name of SEGMENTS) compare(name, registers[name].selector, 0xffff);
    // Not the file's address: those of the 80286 are wrong where SP is odd.
    const flagsAt = test.exception === undefined ? undefined : ((expected.get('ss')! & 0xffff) << 4) + ((expected.get('esp')! + 4) & 0xffff);
    const flagsMask = undefinedFlags | ~(test.masks.get('eflags') ?? -1);
    for (const [address, byte] of test.final.memory) {
      const got = this.#memory.readBytes(address, 1)[0]!;
      this.#written.push(address);
      const ignored = flagsAt === undefined || address < flagsAt || address > flagsAt + 1 ? 0 : (flagsMask >>> (8 * (address - flagsAt))) & 0xff;
      if (((got ^ byte) & ~ignored & 0xff) !== 0) differences.push(`[${address.toString(16)}] ${got.toString(16)}, recorded ${byte.toString(16)}`);
    }
    return differences;
  }
}
