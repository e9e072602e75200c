import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GdbClient } from '../gdb/gdb-client.ts';
import { MEGABYTES, START, WINDOW_BYTES } from '../programs/layout.ts';
import { type QemuProcess, startQemu } from './qemu-process.ts';
import { parseRegisters } from './qemu-registers.ts';
import { GENERAL, SEGMENTS, type State } from './state.ts';

const PAGE = 0x1000;
const RESET_EIP = 0xfff0;
const EFLAGS_AT_START = 2;
/** Milliseconds that a program may run, and one step. */
const PATIENCE = 30_000;
/** How often a reset is looked for, and at which intervals in milliseconds: the main loop does it when it comes around. */
const RESET_ATTEMPTS = 500;
const RESET_INTERVAL = 2;

/** QEMU's processor and memory. */
export class QemuMachine {
  readonly #process: QemuProcess;
  readonly #client: GdbClient;

  private constructor(process: QemuProcess, client: GdbClient) {
    this.#process = process;
    this.#client = client;
  }

  static async start(): Promise<QemuMachine> {
    const process = await startQemu(MEGABYTES);
    try {
      const client = new GdbClient(process.socket);
      await client.open();
      // Addresses in `m` and `M` are physical, whatever is paged.
      await client.demand('Qqemu.PhyMemMode:1');
      return new QemuMachine(process, client);
    } catch (error) {
      process.stop();
      throw error;
    }
  }

  stop(): void {
    this.#client.close();
    this.#process.stop();
  }

  /** A processor after reset in real mode at {@link START}, with this memory. */
  async reset(image: Uint8Array): Promise<void> {
    await this.#client.monitor('system_reset');
    for (let left = RESET_ATTEMPTS; !(await this.isReset()); left--) {
      if (left === 0) throw new Error('QEMU was not reset by its monitor’s system_reset');
      await new Promise((resolve) => setTimeout(resolve, RESET_INTERVAL));
    }
    const memory = await this.memory();
    for (let at = 0; at < WINDOW_BYTES; at += PAGE) {
      if (memory.compare(image, at, at + PAGE, at, at + PAGE) !== 0) await this.#client.writeMemory(at, image.subarray(at, at + PAGE));
    }
    for (const name of [...GENERAL, ...SEGMENTS]) await this.#client.writeRegister(name, 0);
    await this.#client.writeRegister('eflags', EFLAGS_AT_START);
    await this.#client.writeRegister('eip', START);
  }

  /** Whether the processor is where a reset puts it: a triple fault does that. */
  async isReset(): Promise<boolean> {
    const state = await this.registers();
    return state.eip === RESET_EIP && state['cs.base'] === 0xffff_0000;
  }

  async registers(): Promise<State> {
    return parseRegisters(await this.#client.monitor('info registers'));
  }

  /** Gives a register another value. */
  set(name: string, value: number): Promise<void> {
    return this.#client.writeRegister(name, value);
  }

  /** One instruction, or one iteration. False when it did not end. */
  step(): Promise<boolean> {
    return this.#client.resume('s', PATIENCE);
  }

  /** Runs up to the instruction at a linear address. False when it did not get there. */
  async runTo(address: number): Promise<boolean> {
    const breakpoint = `0,${address.toString(16)},1`;
    await this.#client.demand(`Z${breakpoint}`);
    const stopped = await this.#client.resume('c', PATIENCE);
    await this.#client.demand(`z${breakpoint}`);
    return stopped;
  }

  /** The window of physical memory that programs live in. */
  async memory(): Promise<Buffer> {
    const file = join(this.#process.folder, 'memory.bin');
    await this.#client.monitor(`pmemsave 0 ${WINDOW_BYTES} "${file}"`);
    return readFileSync(file);
  }
}
