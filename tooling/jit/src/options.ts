import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { JitOptions } from '@ringzero/backend-jit';
import { resolveGuest } from '@ringzero/guests/node';
import type { BootSource } from '@ringzero/machine';
import { Command, InvalidArgumentError } from 'commander';

/** What the command line asks for. */
export interface ExplainOptions {
  readonly address?: number;
  readonly guest: string;
  readonly scale: number;
  readonly multiboot?: string;
  readonly image?: { readonly file: string; readonly address: number };
  readonly seconds: number;
  readonly settle: number;
  readonly top: number;
  readonly jit: JitOptions;
}

function parseWhole(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() === '' || !Number.isInteger(number) || number < least) throw new InvalidArgumentError(`It is a whole number from ${least}.`);
    return number;
  };
}

function parseSeconds(value: string): number {
  const seconds = Number(value);
  if (!(seconds > 0)) throw new InvalidArgumentError('It is a number of seconds.');
  return seconds;
}

/** Addresses are hexadecimal, with or without 0x, as everything prints them. */
function parseAddress(value: string): number {
  if (!/^(0x)?[0-9a-f]{1,8}$/i.test(value)) throw new InvalidArgumentError('An address is up to eight hexadecimal digits, such as 103a4c or 0x103a4c.');
  return parseInt(value.replace(/^0x/i, ''), 16) | 0;
}

function parseImage(value: string): { file: string; address: number } {
  const at = value.lastIndexOf('@');
  if (at < 1) throw new InvalidArgumentError('It is FILE@ADDRESS.');
  return { file: value.slice(0, at), address: parseAddress(value.slice(at + 1)) >>> 0 };
}

/** @param argv as `process.argv`. */
export function parseOptions(argv: readonly string[]): ExplainOptions {
  const command = new Command('jit:explain')
    .description('Runs a guest, and shows a region that the JIT made of its code: guest code, profile, IR pass by pass, JavaScript, sizes, deoptimizations.')
    .argument('[address]', 'hexadecimal EIP of an instruction in the region; without it the regions that took most time are listed', parseAddress)
    .option('--guest <name>', 'a benchmark guest, monitor or debian', 'integer')
    .option('--scale <n>', 'amount of work of a benchmark guest', parseWhole(1), 20)
    .option('--multiboot <file>', 'a Multiboot 1 program instead')
    .option('--image <file@address>', 'a flat image instead, entered in real mode below 1 MB, else in flat protected mode', parseImage)
    .option('--seconds <n>', 'the guest is stopped after so long', parseSeconds, 30)
    .option('--settle <n>', 'how long to watch a region once it is compiled', parseSeconds, 3)
    .option('--top <n>', 'regions to list', parseWhole(1), 20)
    .option('--threshold <n>', 'executions before a block is compiled', parseWhole(0))
    .option('--loop-threshold <n>', 'the same of a loop’s header', parseWhole(0))
    .option('--unit <unit>', 'block or region')
    .exitOverride()
    .parse(argv as string[]);
  const { guest, image, loopThreshold, multiboot, scale, seconds, settle, threshold, top, unit } = command.opts<Omit<ExplainOptions, 'address' | 'jit'> & Pick<JitOptions, 'threshold' | 'loopThreshold' | 'unit'>>();
  const address = command.processedArgs[0] as number | undefined;
  if (image !== undefined && multiboot !== undefined) command.error('--image and --multiboot: only one thing can run');
  return {
    guest,
    scale,
    seconds,
    settle,
    top,
    ...(address !== undefined && { address }),
    ...(image && { image }),
    ...(multiboot !== undefined && { multiboot }),
    jit: { ...(threshold !== undefined && { threshold }), ...(loopThreshold !== undefined && { loopThreshold }), ...(unit !== undefined && { unit }) },
  };
}

/** pnpm runs this from its package's folder, and says where the user is. */
async function read(file: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(resolve(process.env['INIT_CWD'] ?? '.', file)));
}

const FILE_MEMORY = 64 * 2 ** 20;

/** What is to run, and the memory that it needs. */
export async function resolveSource({ guest, image, multiboot, scale }: ExplainOptions): Promise<{ readonly source: BootSource; readonly memoryBytes: number }> {
  if (image !== undefined) return { source: { kind: 'flat', image: await read(image.file), address: image.address, name: basename(image.file) }, memoryBytes: FILE_MEMORY };
  if (multiboot !== undefined) return { source: { kind: 'multiboot', image: await read(multiboot), name: basename(multiboot), commandLine: basename(multiboot) }, memoryBytes: FILE_MEMORY };
  const { memoryBytes, ...source } = await resolveGuest(guest, { scale });
  return { source, memoryBytes };
}
