import type { BootSource } from '@ringzero/machine';
import { resolveEmbeddedGuest } from '@ringzero/guests';
import { locateGuest } from '@ringzero/guests/node';

/** A guest, and what is typed at its prompts to keep it busy. */
export interface Load {
  readonly memoryBytes: number;
  /** What its output ends with when it waits for a line. */
  readonly prompt: string;
  /** Typed one after the other, a line at each prompt; the last one is typed again and again. */
  readonly lines: readonly string[];
  /** Nanoseconds after which it is at work. */
  readonly begin: number;
  read(): BootSource;
}

/** Processes, pipes, compression, checksums, sorting and the file system, with a line of output for each turn. */
const DEBIAN_LINE = [
  'i=0; while :; do i=$((i+1))',
  'dd if=/bin/busybox bs=4k 2>/dev/null | gzip -c | gunzip -c | md5sum',
  'seq 1 2000 | sort -r | tail -n 1',
  'mkdir -p /tmp/d; for f in 1 2 3 4 5 6 7 8; do echo $i $f > /tmp/d/$f; done; cat /tmp/d/* | cksum; rm -r /tmp/d',
  'uptime',
  'echo turn $i; done',
].join('; ');

const MONITOR: Load = {
  memoryBytes: 32 << 20,
  prompt: '> ',
  lines: ['help', 'cpuid', 'fault pf', 'tasks', 'bench', 'mem'],
  begin: 5e7,
  read: () => resolveEmbeddedGuest('monitor'),
};

/** The load of a guest: `monitor`, or `debian`, which is fetched where need be. */
export async function resolveLoad(guest: 'monitor' | 'debian'): Promise<Load> {
  if (guest === 'monitor') return MONITOR;
  const located = await locateGuest('debian');
  return {
    memoryBytes: located.memoryBytes,
    prompt: '# ',
    lines: [DEBIAN_LINE],
    begin: 60e9,
    read: () => {
      const { image, initrd, commandLine } = located.read();
      return { kind: 'linux', image, commandLine, name: 'debian', ...(initrd === undefined ? {} : { initrd }) };
    },
  };
}
