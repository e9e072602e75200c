import { BENCHMARKS, benchmarkChecksum, DEFAULT_SCALE } from '@ringzero/guests';
import { buildDebianDisk } from '@ringzero/guests/node';

/** The engines, as `--backend` names them. */
export const ENGINES = ['interpreter', 'jit'] as const;
export type Engine = (typeof ENGINES)[number];

/** What a person would do at a guest's serial console, and see there. */
export interface Step {
  /** Text that its output must have before the next step. */
  readonly await: string;
  /** Typed then, with a line feed. */
  readonly type?: string;
}

/** A run of a guest with the command, that ends with the status 0. */
export interface Check {
  /** The guest's name in the catalogue, or that of a way to boot. */
  readonly guest: string;
  /** What it shows, as a row of the table says. */
  readonly shows: string;
  /** Arguments of `ringzero run`, without backend and clock, or what finds them. */
  readonly args: readonly string[] | (() => Promise<readonly string[]>);
  readonly steps: readonly Step[];
  /** Device types besides the board's that the guest has used when it ends. */
  readonly devices: readonly string[];
  /** Seconds, on a host with other work. */
  readonly patience: number;
  /** Fetches or builds something, or takes minutes: by hand. */
  readonly isLong: boolean;
}

const MONITOR: Check = {
  guest: 'monitor',
  shows: 'commands, faults that it survives, power off',
  args: ['monitor'],
  steps: [{ await: '> ', type: 'cpuid' }, { await: 'GenuineIntel' }, { await: '> ', type: 'fault pf' }, { await: 'survived' }, { await: '> ', type: 'poweroff' }],
  devices: [],
  patience: 120,
  isLong: false,
};

const DEBIAN: Check = {
  guest: 'debian',
  shows: 'the kernel, a shell, arithmetic, power off by ACPI',
  args: ['debian'],
  steps: [{ await: 'shell ready' }, { await: '# ', type: 'echo $((6 * 7))-$(md5sum < /bin/busybox | wc -c)' }, { await: '42-36' }, { await: '# ', type: 'poweroff -f' }],
  devices: [],
  patience: 1200,
  isLong: true,
};

const DEBIAN_DISK: Check = {
  guest: 'debian-disk',
  shows: 'a root file system on a virtio disk: apt, Python, gcc',
  args: ['debian-disk'],
  steps: [
    { await: '# ', type: 'apt list --installed 2>/dev/null | wc -l; python3 -c "print(6 * 7, \\"from python\\")"' },
    { await: '42 from python' },
    { await: '# ', type: 'echo "int main(void){return puts(\\"from \\" \\"gcc\\")<0;}" > /tmp/a.c; gcc -w -include stdio.h -o /tmp/a /tmp/a.c && /tmp/a && sync' },
    { await: 'from gcc' },
    { await: '# ', type: 'poweroff -f' },
  ],
  devices: ['virtio-block', 'virtio-rng'],
  patience: 3600,
  isLong: true,
};

const DISK_GRUB: Check = {
  ...DEBIAN_DISK,
  guest: 'disk-grub',
  shows: 'SeaBIOS, GRUB from an IDE disk, Debian’s root file system there: apt, Python, gcc',
  args: async () => ['--disk', `${(await buildDebianDisk()).disk},snapshot`, '--memory', '256M'],
  devices: ['ide'],
};

const GRUB_RESCUE: Check = {
  guest: 'grub-rescue',
  shows: 'SeaBIOS, GRUB from a CD, Debian’s kernel from there',
  args: ['grub-rescue'],
  steps: [{ await: 'grub>', type: 'debian' }, { await: '# ', type: 'echo $((6 * 7)) from the CD' }, { await: '42 from the CD' }, { await: '# ', type: 'poweroff -f' }],
  devices: ['ide'],
  patience: 3600,
  isLong: true,
};

const MEMTEST: Check = {
  guest: 'memtest',
  shows: 'a pass of its tests without an error, on the screen and the serial port',
  args: ['memtest', '--exit-on', 'Pass:  1        Errors: 0 '],
  steps: [],
  devices: ['vga'],
  patience: 3600,
  isLong: true,
};

/** The benchmarks judge themselves: the checksum is that of the same sources run natively. */
function benchmarkChecks(): Check[] {
  return BENCHMARKS.map(({ name }) => ({
    guest: name,
    shows: 'the checksum of the same program run natively',
    args: [name],
    steps: [{ await: benchmarkChecksum(name, DEFAULT_SCALE)! }],
    devices: [],
    patience: 600,
    isLong: true,
  }));
}

/** Guests of the catalogue booted otherwise than by their name. */
export const WAYS: readonly Check[] = [DISK_GRUB];

/** Every guest of the catalogue once, and the other ways to boot. */
export const CHECKS: readonly Check[] = [...WAYS, MONITOR, DEBIAN, DEBIAN_DISK, GRUB_RESCUE, MEMTEST, ...benchmarkChecks()];
