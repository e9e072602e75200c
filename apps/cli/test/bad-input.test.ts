import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linuxKernel } from './linux-kernel.ts';
import { Folder } from './process.ts';

const folder = new Folder();
const spin = folder.file('spin.bin', Uint8Array.of(0xeb, 0xfe));
const foreign = folder.file('foreign', new Uint8Array(0x4000).fill(0x41));
const IMAGE = ['--image', `${spin}@0x7c00`, '--timeout', '20'];

function kernel(name: string, paragraphs: number): string {
  return folder.file(name, linuxKernel(new Uint8Array(0xc00).fill(0xf4), paragraphs));
}

/** An ELF header with one program header that claims `bytes` at the end of the file. */
function elf(name: string, bytes: number): string {
  const image = new Uint8Array(84);
  const view = new DataView(image.buffer);
  image.set([0x7f, 0x45, 0x4c, 0x46, 1, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, 3, true);
  view.setUint32(28, 52, true);
  view.setUint16(42, 32, true);
  view.setUint16(44, 1, true);
  view.setUint32(52, 1, true);
  view.setUint32(52 + 16, bytes, true);
  view.setUint32(52 + 20, bytes, true);
  return folder.file(name, image);
}

const whole = kernel('bzImage', 0xc0);
const rom = folder.file('rom.bin', new Uint8Array(0x1_0000));
const largeInitrd = folder.file('large.img', new Uint8Array(8 << 20));
const USAGE = 2;
const FAILURE = 1;

describe('bad input gets one line and a status', () => {
  it.each([
    ['unknown backend', ['run', ...IMAGE, '--backend', 'nothing'], USAGE, /backend "nothing".*jit, interpreter/],
    ['unknown CPU model', ['run', ...IMAGE, '--cpu', '8086'], USAGE, /CPU model "8086": unknown; known are 486, pentium, pentium3, core2, nehalem, max/],
    ['backend module that is absent', ['run', ...IMAGE, '--backend', './nothing.mjs'], USAGE, /backend ".\/nothing.mjs".*jit, interpreter/],
    ['backend module that is none', ['run', ...IMAGE, '--backend', folder.file('none.mjs', 'export const x = 1;')], USAGE, /none.mjs: expected the module to export createHypervisor/],
    ['backend module that gives nothing', ['run', ...IMAGE, '--backend', folder.file('empty.mjs', 'export default () => undefined;')], USAGE, /gave no hypervisor/],
    ['backend module of an older contract', ['run', ...IMAGE, '--backend', folder.file('old.mjs', 'export default () => ({ newPartition() {} });')], USAGE, /has no list of CPU models/],
    ['unknown guest', ['run', 'windows'], USAGE, /guest "windows": unknown; known are .*monitor.*debian/],
    ['unreadable file', ['run', '--kernel', folder.at('absent')], USAGE, /kernel .*absent: no such file/],
    ['folder as a file', ['run', '--bios', folder.path], USAGE, /bios .*: is a directory/],
    ['truncated kernel', ['run', '--kernel', kernel('truncated', 0x1000)], FAILURE, /truncated: truncated: the header announces 65536 bytes of kernel, the file has 3072/],
    ['foreign kernel', ['run', '--kernel', foreign], FAILURE, /foreign: no Linux boot header/],
    ['malformed ELF', ['run', '--elf', elf('bad.elf', 0x5000)], FAILURE, /bad.elf: segment 0 ends at 0x5000 of the file, which has 0x54 bytes/],
    ['foreign Multiboot', ['run', '--multiboot', foreign], FAILURE, /foreign: no Multiboot header/],
    ['BIOS of a wrong size', ['run', '--bios', spin], FAILURE, /spin.bin: 2 bytes, expected a multiple of 64 KB/],
    ['VGA BIOS without a BIOS', ['run', ...IMAGE, '--vga-bios', spin], USAGE, /--vga-bios: needs --bios/],
    ['VGA BIOS that is none', ['run', '--bios', rom, '--vga-bios', spin], FAILURE, /VGA BIOS of 2 bytes, beginning with 0xeb 0xfe: expected 0x55 0xaa/],
    ['boot order that is none', ['run', ...IMAGE, '--boot', 'disk,tape'], USAGE, /boot order "disk,tape": expected some of disk, cdrom, floppy/],
    ['debug console that cannot be', ['run', ...IMAGE, '--debug-console', folder.at('absent/console.log')], USAGE, /debug console .*absent\/console.log/],
    ['guest to build that is none', ['guest', 'build', 'monitor'], USAGE, /guest "monitor": expected one that is fetched or built: debian, debian-disk, grub-rescue, memtest/],
    ['image outside memory', ['run', '--image', `${spin}@0xf0000000`], FAILURE, /do not fit/],
    ['image without address', ['run', '--image', spin], USAGE, /expected FILE@ADDRESS/],
    ['initrd larger than memory', ['run', '--kernel', whole, '--initrd', largeInitrd, '--memory', '4M'], FAILURE, /initrd of 8388608 bytes does not fit/],
    ['initrd alone', ['run', '--initrd', largeInitrd], USAGE, /--initrd: needs --kernel or --multiboot/],
    ['file without a place', ['run', '--kernel', whole, '--file', whole], USAGE, /expected HOST:GUEST/],
    ['file at a relative path', ['run', '--kernel', whole, '--file', `${whole}:root/a`], USAGE, /expected HOST:GUEST with an absolute path/],
    ['file that is absent', ['run', '--kernel', whole, '--file', `${folder.at('absent')}:/a`], USAGE, /file .*absent: no such file/],
    ['file in no RAM disk', ['run', ...IMAGE, '--file', `${whole}:/a`], USAGE, /--file: only Linux has a RAM disk/],
    ['too many processors', ['run', ...IMAGE, '--processors', '9'], FAILURE, /processors 9: expected 1 to 8/],
    ['two things to boot', ['run', 'monitor', '--kernel', whole], USAGE, /guest monitor and --kernel: only one thing/],
    ['memory too small', ['run', ...IMAGE, '--memory', '64K'], FAILURE, /memory 65536 bytes: expected a multiple of 4096 from/],
    ['memory too large', ['run', ...IMAGE, '--memory', '64G'], FAILURE, /memory 68719476736 bytes: expected/],
    ['memory that is no size', ['run', ...IMAGE, '--memory', 'much'], USAGE, /memory size "much"/],
    ['unknown clock', ['run', ...IMAGE, '--clock', 'sun'], USAGE, /clock "sun": expected real or virtual/],
    ['timeout that is none', ['run', ...IMAGE, '--timeout', '-3'], USAGE, /timeout "-3"/],
    ['timeout beyond the timers', ['run', ...IMAGE, '--timeout', '3000000'], USAGE, /timeout "3000000".*at most 2147483/],
    ['port out of range', ['run', ...IMAGE, '--debug-exit', '0x10000'], USAGE, /debug-exit port "0x10000"/],
    ['log port out of range', ['run', ...IMAGE, '--log-port', 'x'], USAGE, /log port "x"/],
    ['empty --exit-on', ['run', ...IMAGE, '--exit-on', ''], USAGE, /--exit-on: expected a text/],
    ['absent configuration', ['run', ...IMAGE, '--config', 'absent.json'], USAGE, /configuration .*absent.json: no such file/],
    ['configuration that is not JSON', ['run', ...IMAGE, '--config', folder.file('text.json', 'hello')], USAGE, /text.json: not JSON/],
    ['configuration that is a list', ['run', ...IMAGE, '--config', folder.file('list.json', '[]')], USAGE, /list.json: expected an object/],
    ['configuration with an unknown key', ['run', ...IMAGE, '--config', folder.file('key.json', '{"bakend": "jit"}')], USAGE, /unknown key "bakend"; known are backend/],
    ['configuration with a wrong type', ['run', ...IMAGE, '--config', folder.file('type.json', '{"memory": 5}')], USAGE, /memory is 5, expected text/],
    ['serial file that cannot be', ['run', ...IMAGE, '--serial', folder.at('absent/serial.log')], USAGE, /serial output .*absent\/serial.log/],
    ['disk that is absent', ['run', ...IMAGE, '--disk', 'absent.img'], FAILURE, /file absent.img: no such file/],
    ['disk of part of a sector', ['run', ...IMAGE, '--disk', spin], FAILURE, /spin.bin of 2 bytes: expected a multiple of 512/],
    ['disk with an unknown option', ['run', ...IMAGE, '--disk', `${spin},fast`], USAGE, /option "fast": expected readonly, snapshot/],
    ['CD that is a folder', ['run', ...IMAGE, '--cdrom', folder.path], FAILURE, /file .*: is a directory|expected a regular file/],
    ['disks in the configuration that are no list', ['run', ...IMAGE, '--config', folder.file('disks.json', '{"disks": "a.img"}')], USAGE, /disks is "a.img", expected a list of files/],
    ['file to disassemble that is absent', ['disassemble', folder.at('absent')], USAGE, /absent: no such file/],
  ] as readonly (readonly [string, readonly string[], number, RegExp])[])('%s', async (_what, args, status, message) => {
    const outcome = await folder.ringzero(args);
    expect(outcome.stderr).toMatch(message);
    expect(outcome.stderr).toMatch(/^ringzero: [^\n]*\n$/);
    expect(outcome.stdout).toBe('');
    expect(outcome.status).toBe(status);
  });

  it('an unknown option is a usage error', async () => {
    const { status, stderr } = await folder.ringzero(['run', '--fast']);
    expect([status, stderr]).toEqual([USAGE, "error: unknown option '--fast'\n"]);
  });

  it('leaves files alone when the run cannot begin', async () => {
    const serial = folder.file('kept.log', 'kept');
    const state = folder.at('never.json');
    await folder.ringzero(['run', '--kernel', foreign, '--serial', serial, '--state', state]);
    expect(readFileSync(serial, 'utf8')).toBe('kept');
    expect(existsSync(state)).toBe(false);
  });
});
