import { DATA_MD5 } from './initrd.ts';

/** A benchmark inside Linux: `run NAME SCALE` prints BEGIN, works, prints what it found, prints END. */
export interface LinuxBenchmark {
  readonly name: string;
  readonly description: string;
  /** The lines of the shell that do it; $n is the scale. */
  readonly script: string;
  /** What it must print, where that is known beforehand; else engines are compared with each other. */
  readonly expected?: (scale: number) => string;
}

const forks = (count: number): number => Math.floor(count / 64) * 2016 + ((count % 64) * ((count % 64) - 1)) / 2;

/** The benchmarks inside Linux, in the order in which one boot runs them. */
// prettier-ignore
export const LINUX_BENCHMARKS: readonly LinuxBenchmark[] = [
  { name: 'linux-syscall', description: 'a system call that does next to nothing', script: '$d/work syscall $((n*15000))', expected: (n) => `syscall ${n * 15000} ${n * 15000}` },
  { name: 'linux-fork', description: 'fork and wait', script: '$d/work fork $((n*60))', expected: (n) => `fork ${n * 60} ${forks(n * 60)}` },
  { name: 'linux-exec', description: 'fork, exec and wait', script: '$d/work exec $((n*30))', expected: (n) => `exec ${n * 30} ${n * 210}` },
  { name: 'linux-pipe', description: 'a byte back and forth between two processes', script: '$d/work pipe $((n*700))' },
  { name: 'linux-switch', description: 'two processes that yield to each other', script: '$d/work switch $((n*5000))', expected: (n) => `switch ${n * 5000} 3` },
  { name: 'linux-mmap', description: 'mapping, touching and unmapping 64 pages', script: '$d/work mmap $((n*30))', expected: (n) => `mmap ${n * 30} ${n * 30 * 2016}` },
  { name: 'linux-integer', description: 'the benchmark "integer" as a program of Linux', script: '$d/work integer $n' },
  { name: 'linux-shell', description: "loops, arithmetic and cases in busybox's shell",
    script: "i=0 s=0 t=; while [ $i -lt $((n*400)) ]; do i=$((i+1)); s=$(((s*31+i)%65521)); case $s in *7) t=$t.;; *3) t=${t#.};; esac; [ ${#t} -gt 40 ] && t=; done; echo $s $t" },
  { name: 'linux-commands', description: 'pipelines of small commands from a shell loop',
    script: "i=0; while [ $i -lt $((n*2)) ]; do i=$((i+1)); $b seq $i $((i+300)) | $b grep 7 | $b sort -r | $b tail -n 1; done | $b md5sum" },
  { name: 'linux-gzip', description: 'gzip and gunzip of the first megabyte of busybox',
    script: '$b head -c $((n*60000)) $b >f; $b gzip -c f >z; $b gunzip -c z | $b md5sum; $b wc -c <z' },
  { name: 'linux-md5sum', description: 'md5sum of a file of 16 MB', script: 'i=0; while [ $i -lt $(((n+19)/20)) ]; do i=$((i+1)); $b md5sum <$data; done',
    expected: (n) => Array.from({ length: Math.ceil(n / 20) }, () => `${DATA_MD5}  -`).join('\r\n') },
  { name: 'linux-compile', description: "Debian's tcc compiles four benchmarks, again and again",
    script: 'i=0; while [ $i -lt $n ]; do i=$((i+1)); for f in integer lz qsort switch; do $d/ld-linux.so.2 --library-path $d $d/tcc -c -nostdinc -I$d/include -o $f.o $d/src/$f.c; done; done; $b cat *.o | $b md5sum' },
];

/** The program `run`: busybox is $BUSYBOX and the folder with everything else $BENCH, so that it runs on a host too. */
export function linuxBenchmarkScript(): string {
  const cases = LINUX_BENCHMARKS.map(({ name, script }) => `${name}) ${script};;`).join('\n');
  return `b=\${BUSYBOX:-/bin/busybox} d=\${BENCH:-/bench} data=\${DATA:-/root/data.bin} n=$2
$b mkdir -p \${WORK:-/tmp/work}
cd \${WORK:-/tmp/work}
[ "$BENCH" ] || $b dmesg -n 1
echo BEGIN
case $1 in
${cases}
esac
echo END
`;
}
