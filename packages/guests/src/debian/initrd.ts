import { writeCpio } from './cpio.ts';
import type { CpioEntry } from './cpio.ts';

/** Changes whenever the initial RAM disk does, so that an old one in the cache is not used. */
export const INITRD_REVISION = 1;

/** The line that shows the shell is up. */
export const READY_TEXT = 'ringzero: shell ready';

/** Size of /root/data.bin in bytes. */
export const DATA_BYTES: number = 16 * 1024 * 1024;

/** MD5 of /root/data.bin, for checking what a guest computes. */
export const DATA_MD5 = '7f0c8dcee639a7f9fff5a0dacda383a0';

const INIT = `#!/bin/busybox sh
export PATH=/sbin:/bin HOME=/root TERM=linux
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
hostname ringzero
cd /root
echo '${READY_TEXT}'
while :; do
  setsid cttyhack sh -l
done
`;

// busybox's own applets ask init to do it, and init is the script above.
const PROFILE = `PS1='# '
poweroff() { sync; busybox poweroff -f; }
reboot() { sync; busybox reboot -f; }
halt() { sync; busybox halt -f; }
`;

/** Bytes that do not compress, the same every time (xorshift, little-endian words). */
export function dataFile(): Uint8Array {
  const words = new Uint32Array(DATA_BYTES / 4);
  let state = 0x2545f491;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}

function text(content: string): Uint8Array {
  return Uint8Array.from(content, (character) => character.charCodeAt(0));
}

/** An initial RAM disk with busybox, a console, and /root/data.bin. Not compressed: a guest unpacks it faster. */
export function buildInitrd(busybox: Uint8Array): Uint8Array {
  const folders = ['bin', 'dev', 'etc', 'proc', 'root', 'sbin', 'sys', 'tmp'];
  const entries: CpioEntry[] = folders.map((path) => ({ type: 'directory', path, mode: 0o755 }));
  entries.push(
    { type: 'character-device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { type: 'character-device', path: 'dev/null', mode: 0o666, major: 1, minor: 3 },
    { type: 'file', path: 'bin/busybox', mode: 0o755, content: busybox },
    { type: 'file', path: 'init', mode: 0o755, content: text(INIT) },
    { type: 'file', path: 'etc/profile', mode: 0o644, content: text(PROFILE) },
    { type: 'file', path: 'etc/passwd', mode: 0o644, content: text('root::0:0:root:/root:/bin/sh\n') },
    { type: 'file', path: 'root/data.bin', mode: 0o644, content: dataFile() },
  );
  return writeCpio(entries);
}
