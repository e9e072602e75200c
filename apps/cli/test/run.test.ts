import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleForNode } from '@ringzero/bundling';
import { describe, expect, it } from 'vitest';
import { linuxKernel } from './linux-kernel.ts';
import { Folder } from './process.ts';

const folder = new Folder();

/** mov al, 41h; mov dx, 3F8h; out dx, al: an "A" on the serial port. */
const PRINT_A = [0xb0, 0x41, 0xba, 0xf8, 0x03, 0xee];
/** mov al, 15h; out F4h, al. */
const DEBUG_EXIT = [0xb0, 0x15, 0xe6, 0xf4];
const HALT = [0xfa, 0xf4];
const SPIN = [0xeb, 0xfe];
/** lidt of an empty table, then INT 3. */
const TRIPLE_FAULT = [0x0f, 0x01, 0x1e, 0x00, 0x06, 0xcd, 0x03];

function image(name: string, ...code: readonly (readonly number[])[]): string[] {
  return ['--image', `${folder.file(name, Uint8Array.from(code.flat()))}@0x7c00`, '--memory', '4M', '--clock', 'virtual'];
}

const debugExit = image('debug-exit.bin', PRINT_A, DEBUG_EXIT);
const EXIT_PORT = ['--debug-exit', '0xf4'];

describe('what ends a run decides the status', () => {
  it('0 for power off, after a session on standard input', async () => {
    const { status, stdout, stderr } = await folder.ringzero(['run', '--clock', 'virtual'], { input: 'help\npoweroff\n' });
    expect(stderr).toBe('');
    expect(stdout).toContain('Ringzero monitor');
    expect(status).toBe(0);
  });

  it('0 for a match of --exit-on, also where the guest would never end', async () => {
    const { status, stdout } = await folder.ringzero(['run', ...image('spin.bin', PRINT_A, PRINT_A, SPIN), '--exit-on', 'AA', '--timeout', '150']);
    expect([status, stdout]).toEqual([0, 'AA']);
  });

  it.each(['jit', 'interpreter'])('(value << 1) | 1 for debug exit on the %s', async (backend) => {
    const { status, stdout, stderr } = await folder.ringzero(['run', ...debugExit, ...EXIT_PORT, '--backend', backend]);
    expect([status, stdout, stderr]).toEqual([0x2b, 'A', '']);
  });

  it('124 for --timeout', async () => {
    const { status, stderr } = await folder.ringzero(['run', ...image('forever.bin', SPIN), '--timeout', '0.5']);
    expect(status).toBe(124);
    expect(stderr).toContain('timeout after 0.5 s');
  });

  it('3 for a triple fault, with registers and the instruction', async () => {
    const { status, stderr } = await folder.ringzero(['run', ...image('triple.bin', [0xb8, 0x34, 0x12], TRIPLE_FAULT)]);
    expect(status).toBe(3);
    expect(stderr).toContain('ringzero: triple fault');
    expect(stderr).toMatch(/eax 00001234 .*ebx/);
    expect(stderr).toMatch(/cs 07c0 base 00007c00/);
    expect(stderr).toMatch(/at cs:eip: cd 03 +int +(3|0x3|3h)/i);
  });

  it('0 for --halt-exit', async () => {
    const { status, stdout } = await folder.ringzero(['run', ...image('halt.bin', PRINT_A, HALT), '--halt-exit', '--timeout', '150']);
    expect([status, stdout]).toEqual([0, 'A']);
  });
});

describe('input', () => {
  it('waits until a Linux kernel has found its serial port', async () => {
    // mov ecx, 1000000; mov dx, 3FAh; mov al, 7; clear: out dx, al; loop clear: what comes now is lost
    const probe = [0xb9, 0x40, 0x42, 0x0f, 0x00, 0x66, 0xba, 0xfa, 0x03, 0xb0, 0x07, 0xee, 0xe2, 0xfd];
    // mov dx, 3FCh; mov al, 3; out dx, al; mov dx, 3F9h; mov al, 1; out dx, al: the driver listens
    const listen = [0x66, 0xba, 0xfc, 0x03, 0xb0, 0x03, 0xee, 0x66, 0xba, 0xf9, 0x03, 0xb0, 0x01, 0xee];
    // echo: mov dx, 3FDh; in al, dx; test al, 1; jz echo; mov dx, 3F8h; in al, dx; out dx, al; cmp al, 0Ah; jne echo; mov al, 0; out F4h, al
    const echo = [0x66, 0xba, 0xfd, 0x03, 0xec, 0xa8, 0x01, 0x74, 0xf7, 0x66, 0xba, 0xf8, 0x03, 0xec, 0xee, 0x3c, 0x0a, 0x75, 0xed, 0xb0, 0x00, 0xe6, 0xf4];
    const file = folder.file('echo.bzImage', linuxKernel(Uint8Array.from([...probe, ...listen, ...echo])));
    const { status, stdout, stderr } = await folder.ringzero(['run', '--kernel', file, '--memory', '8M', ...EXIT_PORT, '--timeout', '150'], { input: 'hello\n' });
    expect([status, stdout, stderr]).toEqual([1, 'hello\n', '']);
  });
});

describe('the end of the output', () => {
  it('ends the run', async () => {
    // out: mov dx, 3F8h; mov al, 41h; out dx, al; jmp out
    const args = ['run', ...image('endless.bin', [0xba, 0xf8, 0x03, 0xb0, 0x41, 0xee, 0xeb, 0xfd])];
    expect(await folder.ringzero(args, { readOnly: 10 })).toMatchObject({ status: 0, stderr: '' });
  });
});

describe('signals', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('%s ends the run with status %d, and its reports', async (signal, expected) => {
    const stats = folder.at(`${signal}.json`);
    const { status, stdout, stderr } = await folder.ringzero(['run', ...image('signal.bin', PRINT_A, SPIN), '--stats', stats], { signal });
    expect([status, stdout, stderr]).toEqual([expected, 'A', '']);
    expect(JSON.parse(readFileSync(stats, 'utf8'))).toMatchObject({ instructionsRetired: expect.any(Number) });
  });
});

describe('reports', () => {
  it('prints what is written to log ports', async () => {
    const code = [0xb0, 0x5a, 0xe6, 0x80, 0xe6, 0x99];
    const { status, stderr } = await folder.ringzero(['run', ...image('log.bin', code, DEBUG_EXIT), ...EXIT_PORT, '--log-port', '0x80', '--log-port', '153']);
    expect(status).toBe(0x2b);
    expect(stderr).toBe('port 0x80: 0x5a\nport 0x99: 0x5a\n');
  });

  it('writes the serial output, the state and the counters to files', async () => {
    const [serial, state, stats] = [folder.at('serial.log'), folder.at('state.json'), folder.at('stats.json')];
    const { status, stdout } = await folder.ringzero(['run', ...debugExit, ...EXIT_PORT, '--serial', serial, '--state', state, '--stats', stats]);
    expect([status, stdout, readFileSync(serial, 'latin1')]).toEqual([0x2b, '', 'A']);
    const { processors } = JSON.parse(readFileSync(state, 'utf8')) as { processors: Record<string, Record<string, unknown>>[] };
    expect(processors).toHaveLength(1);
    expect(BigInt(processors[0]!['registers']!['rax'] as string) & 0xffn).toBe(0x15n);
    expect(processors[0]!['registers']!['rdx']).toMatch(/03f8$/);
    expect(processors[0]!['registers']!['cs']).toMatchObject({ selector: 0x7c0 });
    const report = JSON.parse(readFileSync(stats, 'utf8')) as Record<string, unknown>;
    expect(report['instructionsRetired']).toBe(5);
    expect(report).toMatchObject({ blocksCompiled: 0, exits: expect.any(Object), wallSeconds: expect.any(Number) });
  });
});

describe('the backend comes from', () => {
  /** Tells which backend ran by whether it has the JIT's counters. */
  async function ran(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<string> {
    const stats = folder.at('backend.json');
    const { status, stderr } = await folder.ringzero(['run', ...debugExit, ...EXIT_PORT, '--stats', stats, ...args], { environment });
    expect([status, stderr]).toEqual([0x2b, '']);
    const { processors } = JSON.parse(readFileSync(stats, 'utf8')) as { processors: Record<string, unknown>[] };
    return processors[0]!['dynamicCode'] === undefined ? 'interpreter' : 'jit';
  }
  const config = (name: string, content: string): string[] => ['--config', folder.file(name, content)];

  it('the default: jit', async () => {
    expect(await ran([])).toBe('jit');
  });
  it('the configuration: JSON and TypeScript', async () => {
    expect(await ran(config('a.json', '{"backend": "interpreter"}'))).toBe('interpreter');
    expect(await ran(config('b.ts', 'const backend: string = "interpreter"; export default { backend };'))).toBe('interpreter');
  });
  it('the CPU model: the flag before the configuration', async () => {
    // mov eax, 1; cpuid; mov al, ah; out F4h, al: the family.
    const code = image('family.bin', [0x66, 0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0x88, 0xe0, 0xe6, 0xf4]);
    const status = async (...args: string[]): Promise<number | null> => (await folder.ringzero(['run', ...code, ...EXIT_PORT, ...config('cpu.json', '{"cpu": "486"}'), ...args])).status;
    expect([await status(), await status('--cpu', 'core2')]).toEqual([(4 << 1) | 1, (6 << 1) | 1]);
  });
  it('the environment before the configuration, the flag before both', async () => {
    const jit = config('c.json', '{"backend": "jit"}');
    expect(await ran(jit, { RINGZERO_BACKEND: 'interpreter' })).toBe('interpreter');
    expect(await ran([...jit, '--backend', 'jit'], { RINGZERO_BACKEND: 'interpreter' })).toBe('jit');
  });
  it('a third party, by its module path', async () => {
    await bundleForNode(fileURLToPath(new URL('../../../packages/backend-interpreter/src/index.ts', import.meta.url)), folder.at('theirs.mjs'));
    const module = folder.file('third-party.mjs', "export { createInterpreterHypervisor as createHypervisor } from './theirs.mjs';\n");
    expect(await ran(['--backend', module])).toBe('interpreter');
    expect(await ran(['--backend', './third-party.mjs'])).toBe('interpreter');
  });
});

describe('the lists', () => {
  it('name the backends and the guests', async () => {
    const backends = await folder.ringzero(['backends']);
    expect(backends.stdout).toMatch(/^jit .*\ninterpreter /);
    const guests = await folder.ringzero(['guests']);
    expect([backends.status, guests.status]).toEqual([0, 0]);
    expect(guests.stdout).toMatch(/^monitor /m);
    expect(guests.stdout).toMatch(/^debian /m);
  });

  it('name the CPU models, one of them the default', async () => {
    const { status, stdout } = await folder.ringzero(['cpus']);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').map((line) => line.split(' ')[0])).toEqual(['486', 'pentium', 'pentium3', 'core2', 'nehalem', 'max']);
    expect(stdout.match(/\(default\)/g)).toHaveLength(1);
    expect(stdout).toMatch(/^nehalem .*\(default\)$/m);
  });

  it('disassemble prints instructions', async () => {
    const file = folder.file('code.bin', Uint8Array.of(0x90, 0xcd, 0x80));
    const { status, stdout } = await folder.ringzero(['disassemble', file, '--at', '0x1000']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/1000.*90.*nop/);
    expect(stdout).toMatch(/1001.*cd 80.*int/);
  });
});
