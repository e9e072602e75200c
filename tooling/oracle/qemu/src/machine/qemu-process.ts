import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COMMAND = 'qemu-system-i386';
/** Milliseconds between two attempts to connect, and how many there are. */
const RETRY = 20;
const RETRIES = 3000;
const BIOS_BYTES = 0x1_0000;
const RESET_VECTOR = 0xfff0;
/** JMP to itself: a processor that is reset waits here. */
const JUMP_TO_SELF = [0xeb, 0xfe];

/** First line of `qemu-system-i386 --version`, or undefined where it is not installed. */
export function qemuVersion(): string | undefined {
  const { status, stdout } = spawnSync(COMMAND, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0] : undefined;
}

/** QEMU, stopped before its first instruction, with a connection to its gdb stub. */
export interface QemuProcess {
  readonly socket: Socket;
  /** Where files can be exchanged with its monitor. */
  readonly folder: string;
  stop(): void;
}

function attempt(path: string): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}

async function connectTo(path: string, child: ChildProcess, said: () => string): Promise<Socket> {
  for (let left = RETRIES; left > 0; left--) {
    const socket = await attempt(path);
    if (socket !== undefined) return socket;
    if (child.exitCode !== null) throw new Error(`${COMMAND} ended with status ${child.exitCode} before its gdb stub listened: ${said()}`);
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
  throw new Error(`no gdb stub at ${path} after ${(RETRY * RETRIES) / 1000} s: ${said()}`);
}

/** Starts QEMU with so many megabytes of memory. Throws where it is not installed. */
export async function startQemu(megabytes: number): Promise<QemuProcess> {
  if (qemuVersion() === undefined) throw new Error(`${COMMAND} is not installed: on Debian and Ubuntu it is in the package qemu-system-x86`);
  const folder = mkdtempSync(join(tmpdir(), 'ringzero-qemu-'));
  const bios = new Uint8Array(BIOS_BYTES);
  bios.set(JUMP_TO_SELF, RESET_VECTOR);
  writeFileSync(join(folder, 'bios.bin'), bios);
  const stub = join(folder, 'gdb');
  // prettier-ignore
  const child = spawn(COMMAND, [
    '-S', '-gdb', `unix:${stub},server=on,wait=off`, '-display', 'none', '-nodefaults', '-monitor', 'none',
    // AMD is what QEMU claims to be otherwise, and a few instructions depend on it.
    '-cpu', 'max,vendor=GenuineIntel', '-accel', 'tcg,thread=single', '-machine', 'pc', '-m', String(megabytes), '-bios', join(folder, 'bios.bin'),
  ], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => (said += String(text)));
  const stop = (): void => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { socket: await connectTo(stub, child, () => said), folder, stop };
  } catch (error) {
    stop();
    throw error;
  }
}
