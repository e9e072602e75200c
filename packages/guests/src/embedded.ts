import type { BootSource, GuestInfo, GuestMachine, GuestOptions } from './boot-source.ts';
import { decodeBase64 } from './base64.ts';
import { GuestError } from './guest-error.ts';
import { IMAGES } from './generated/images.ts';
import { BENCHMARKS } from './benchmarks.ts';

const MEGABYTE = 1024 * 1024;

/** A machine without devices of its own. */
function plain(megabytes: number): GuestMachine {
  return { memoryBytes: megabytes * MEGABYTE, devices: [], media: [] };
}

const EMBEDDED_MACHINE = plain(64);

const MONITOR: GuestInfo = {
  name: 'monitor',
  description: 'a small system with a command line: help, mem, cpuid, regs, tasks, bench, fault, poweroff',
  kind: 'embedded',
  machine: EMBEDDED_MACHINE,
};

const DEBIAN: GuestInfo = {
  name: 'debian',
  description: "Debian's i386 kernel and busybox, fetched through apt on first use",
  kind: 'download',
  machine: plain(256),
};

const DEBIAN_DISK: GuestInfo = {
  name: 'debian-disk',
  description: 'Debian for i386 on a disk, with apt, Python and gcc, built from its packages on first use',
  kind: 'download',
  machine: { memoryBytes: 256 * MEGABYTE, devices: [{ type: 'virtio-rng' }], media: [{ name: 'root', kind: 'disk', interface: 'virtio' }] },
};

const GRUB_RESCUE: GuestInfo = {
  name: 'grub-rescue',
  description: "a CD with GRUB's prompt, started by SeaBIOS: debian, memtest and disk boot one of these; built on first use",
  kind: 'download',
  machine: { memoryBytes: 256 * MEGABYTE, devices: [], media: [{ name: 'rescue', kind: 'cdrom', interface: 'ide' }] },
};

const MEMTEST: GuestInfo = {
  name: 'memtest',
  description: 'Memtest86+ on the screen and the serial port, fetched through apt on first use',
  kind: 'download',
  machine: { memoryBytes: 64 * MEGABYTE, devices: [{ type: 'vga', id: 'screen' }], media: [] },
};

/** Every guest, in the order to show them. */
export function listGuests(): GuestInfo[] {
  const benchmarks = BENCHMARKS.map(({ name, description }): GuestInfo => ({ name, description: `benchmark: ${description}`, kind: 'benchmark', machine: EMBEDDED_MACHINE }));
  return [MONITOR, DEBIAN, DEBIAN_DISK, GRUB_RESCUE, MEMTEST, ...benchmarks];
}

/** The names that {@link resolveEmbeddedGuest} knows. */
export function isEmbeddedGuest(name: string): boolean {
  return listGuests().some((guest) => guest.name === name && guest.kind !== 'download');
}

function commandLine(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join(' ');
}

/**
 * The image of a guest that is part of this package.
 *
 * @throws GuestError `unknown-guest` if there is none of that name, `invalid-option` for a scale that is no positive integer.
 */
export function resolveEmbeddedGuest(name: string, options: GuestOptions = {}): BootSource {
  const encoded = Object.hasOwn(IMAGES, name) ? IMAGES[name] : undefined;
  if (encoded === undefined || !isEmbeddedGuest(name)) {
    const known = listGuests().map((guest) => guest.name);
    throw new GuestError('unknown-guest', `no guest is called "${name}"; there are ${known.join(', ')}`);
  }
  const { scale } = options;
  if (scale !== undefined && !(Number.isInteger(scale) && scale >= 1 && scale <= 1_000_000)) {
    throw new GuestError('invalid-option', `the scale of a benchmark is a whole number from 1 to 1000000, not ${scale}`);
  }
  const isBenchmark = name !== MONITOR.name;
  return {
    kind: 'multiboot',
    image: decodeBase64(encoded),
    commandLine: commandLine(name, isBenchmark && scale !== undefined ? `scale=${scale}` : undefined, options.append),
    memoryBytes: EMBEDDED_MACHINE.memoryBytes,
    readyText: isBenchmark ? 'READY' : 'Ringzero monitor',
  };
}
