import { Command } from 'commander';
import { disassemble, type DisassembleOptions } from './commands/disassemble.ts';
import { buildGuest, type GuestBuildOptions } from './commands/guest.ts';
import { inspect, type InspectOptions } from './commands/inspect.ts';
import { backends, cpus, guests, type CpusOptions } from './commands/lists.ts';
import { run, type RunOptions } from './commands/run.ts';
import { state, type StateOptions } from './commands/state.ts';
import { singleStep, type SingleStepOptions } from './commands/single-step.ts';

function repeated(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function withBoot(command: Command): Command {
  return command
    .option('--guest <name>', 'guest to boot (see `ringzero guests`)')
    .option('--backend <name>', 'jit, interpreter, or the module specifier of another')
    .option('--cpu <model>', 'CPU model (see `ringzero cpus`)')
    .option('--memory <size>', 'RAM, such as 256M')
    .option('--processors <count>', 'how many')
    .option('--kernel <file>', 'Linux kernel (bzImage)')
    .option('--initrd <file>', 'initial RAM disk, or Multiboot module')
    .option('--file <host:guest>', 'place a file in Linux’s initial RAM disk (may be repeated)', repeated, [])
    .option('--append <text>', 'kernel command line, or text added to a guest’s own')
    .option('--multiboot <file>', 'Multiboot 1 program')
    .option('--elf <file>', 'ELF32 program, entered in flat protected mode')
    .option('--image <file@address>', 'flat image; real mode below 1 MB, else flat protected mode')
    .option('--bios <file>', 'ROM at the reset vector')
    .option('--vga-bios <file>', 'option ROM that a BIOS runs for the VGA')
    .option('--boot <order>', 'what a BIOS tries to boot: disk, cdrom, floppy, with commas between')
    .option('--config <file>', 'configuration instead of ringzero.config.{json,js,ts}');
}

/** The command line. Each action's exit status goes to `done`. */
export function createProgram(done: (status: number) => void): Command {
  const program = new Command('ringzero').description('x86 virtual machines in TypeScript').exitOverride();
  withBoot(program.command('run').argument('[guest]', 'guest to boot; the monitor if nothing is named').description('boot a guest in this terminal'))
    .option('--disk <file>', 'disk image or URL; FILE,readonly FILE,snapshot FILE,interface=virtio (may be repeated)', repeated, [])
    .option('--cdrom <file>', 'CD or DVD image, or URL (may be repeated)', repeated, [])
    .option('--clock <kind>', 'real, or virtual: time is retired instructions, and runs repeat exactly')
    .option('--serial <target>', 'stdio, or a file for the first serial port’s output', 'stdio')
    .option('--exit-on <text>', 'end with status 0 when the guest prints this')
    .option('--timeout <seconds>', 'end with status 124 after this time')
    .option('--debug-exit <port>', 'port whose write ends the run with status (value << 1) | 1')
    .option('--test-device', 'the device that kvm-unit-tests expects (QEMU’s pc-testdev)')
    .option('--log-port <port>', 'print every value written to this port (may be repeated)', repeated, [])
    .option('--debug-console <target>', 'stderr, or a file, for what firmware and guests write to ports 402h and E9h')
    .option('--halt-exit', 'end when the processor halts with interrupts off')
    .option('--load <file>', 'go on from a saved state; a base and its increments in order (may be repeated)', repeated, [])
    .option('--save <file>', 'save the machine’s state at the end; Ctrl-A s saves it there under way')
    .option('--state <file>', 'write every state element as JSON at the end')
    .option('--stats <file>', 'write counters as JSON at the end')
    .action(async (guest: string | undefined, options: RunOptions) => done(await run(guest, options)));
  program
    .command('state')
    .argument('<file>', 'saved state')
    .description('verify a saved state and print what is in it')
    .option('--json', 'as JSON')
    .action(async (file: string, options: StateOptions) => done(await state(file, options)));
  program.command('backends').description('list the backends').action(() => done(backends()));
  program
    .command('cpus')
    .description('list the CPU models')
    .option('--backend <name>', 'backend whose models are listed')
    .option('--config <file>', 'configuration instead of ringzero.config.{json,js,ts}')
    .action(async (options: CpusOptions) => done(await cpus(options)));
  program
    .command('guest')
    .description('fetch or build guests')
    .command('build')
    .argument('<name>', 'guest (see `ringzero guests`)')
    .option('--refresh', 'anew, even if there is one in the cache')
    .description('fetch or build a guest that is not part of the command, and print where its images are')
    .action(async (name: string, options: GuestBuildOptions) => done(await buildGuest(name, options)));
  program.command('guests').description('list the guests').action(() => done(guests()));
  program
    .command('disassemble')
    .argument('<file>', 'raw code')
    .description('print the instructions of a file')
    .option('--mode <bits>', '16, 32 or 64', '32')
    .option('--at <address>', 'address of the first byte', '0')
    .option('--offset <bytes>', 'where to begin in the file', '0')
    .option('--count <instructions>', 'how many at most')
    .action(async (file: string, options: DisassembleOptions) => done(await disassemble(file, options)));
  program
    .command('single-step')
    .argument('<files...>', 'MOO files of SingleStepTests/80386 or 80286, gzipped or not')
    .description('run recorded instructions of an 80386 or 80286 in real mode, and print what differs')
    .option('--backend <name>', 'jit, interpreter, or the module specifier of another')
    .option('--cpu <model>', 'CPU model', '486')
    .option('--show <count>', 'differences to print of each file', '5')
    .option('--revoked <file>', 'the suite’s revocation_list.txt: tests not to run')
    .option('--config <file>', 'configuration instead of ringzero.config.{json,js,ts}')
    .action(async (files: string[], options: SingleStepOptions) => done(await singleStep(files, options)));
  withBoot(program.command('inspect').argument('[path]', 'path in the tree').description('print the inspect tree of a machine'))
    .option('--depth <levels>', 'how deep')
    .option('--for <seconds>', 'run the guest for this much virtual time first')
    .action(async (path: string | undefined, options: InspectOptions) => done(await inspect(path, options)));
  return program;
}
