import type { BootSource, GuestInfo, GuestOptions } from './boot-source.ts';
import { decodeBase64 } from './base64.ts';
import { GuestError } from './guest-error.ts';
import { IMAGES } from './generated/images.ts';
import { BENCHMARKS } from './benchmarks.ts';

const MEGABYTE = 1024 * 1024;

const MONITOR: GuestInfo = {
  name: 'monitor',
  description: 'a small system with a command line: help, mem, cpuid, regs, tasks, bench, fault, poweroff',
  kind: 'embedded',
};

const DEBIAN: GuestInfo = {
  name: 'debian',
  description: "Debian's i386 kernel and busybox, fetched through apt on first use",
  kind: 'download',
};

/** Every guest, in the order to show them. */
export function listGuests(): GuestInfo[] {
  const benchmarks = BENCHMARKS.map(({ name, description }): GuestInfo => ({ name, description: `benchmark: ${description}`, kind: 'benchmark' }));
  return [MONITOR, DEBIAN, ...benchmarks];
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
    memoryBytes: 64 * MEGABYTE,
    readyText: isBenchmark ? 'READY' : 'Ringzero monitor',
  };
}
