import type { BootSource } from '@ringzero/guests';
import { V86 } from 'v86';
import type { V86Options } from 'v86';
import { createConversation } from './conversation.ts';
import type { RunDetails, Step, StepResult } from './measurement.ts';
import { startSampling } from './sampling.ts';

const MEGABYTE = 1024 * 1024;

export function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

/** What v86 needs beside the guest. */
export interface V86Parts {
  /** Where its WebAssembly module is. */
  readonly wasmPath: string;
  /** Firmware, for a kernel. */
  readonly firmware?: Pick<V86Options, 'bios' | 'vga_bios'>;
  /** Processor time of whatever runs this. */
  readonly cpuSeconds: () => number;
  /** Hears of what v86 throws where nobody can catch it. */
  readonly onUncaught: (listener: (error: unknown) => void) => void;
}

function bootOptions({ commandLine, image, initrd, kind }: BootSource): V86Options {
  if (kind === 'multiboot') return { multiboot: { buffer: toBuffer(image) }, cmdline: commandLine };
  return { bzimage: { buffer: toBuffer(image) }, ...(initrd && { initrd: { buffer: toBuffer(initrd) } }), cmdline: commandLine };
}

/** v86's counter has 32 bits. */
function createCounter(read: () => number): () => number {
  let last = 0;
  let total = 0;
  return () => {
    const now = read();
    total += (now - last) >>> 0;
    last = now;
    return total;
  };
}

/** Runs a guest on v86 until its last step is done. The process, or page, must be ended afterwards: v86 keeps timers. */
export function runOnV86(source: BootSource, steps: readonly Step[], onStep: (step: StepResult) => void, { cpuSeconds, firmware, onUncaught, wasmPath }: V86Parts): Promise<RunDetails> {
  return new Promise((resolve, reject) => {
    const machine = new V86({ ...bootOptions(source), ...firmware, wasm_path: wasmPath, memory_size: source.memoryBytes, vga_memory_size: 8 * MEGABYTE, disable_speaker: true, autostart: true });
    // Its instructions are sampled for the curves only: the rows count those of our own engines for every column.
    const conversation = createConversation(steps, { send: (text) => machine.serial0_send(text), onStep, cpuSeconds });
    // A Multiboot guest that writes to port F4, its last act, makes v86 throw the string "HALT" out of its loop.
    onUncaught((error) => {
      if (error !== 'HALT') reject(error instanceof Error ? error : new Error(`v86 threw ${String(error)}; the guest's last words: ${conversation.tail()}`));
    });
    let sampling: ReturnType<typeof startSampling> | undefined;
    machine.add_listener('emulator-started', () => (sampling = startSampling(createCounter(() => machine.get_instruction_counter()))));
    machine.add_listener('serial0-output-byte', (byte: number) => {
      if (conversation.write(byte)) resolve({ samples: sampling?.stop() ?? [] });
    });
  });
}
