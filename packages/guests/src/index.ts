export type { BootSource, GuestInfo, GuestOptions } from './boot-source.ts';
export { BENCHMARKS, benchmarkChecksum, benchmarkInstructions, DEFAULT_SCALE } from './benchmarks.ts';
export type { Benchmark } from './benchmarks.ts';
export { LINUX_BENCHMARKS } from './debian/linux-benchmarks.ts';
export type { LinuxBenchmark } from './debian/linux-benchmarks.ts';
export { isEmbeddedGuest, listGuests, resolveEmbeddedGuest } from './embedded.ts';
export { GuestError } from './guest-error.ts';
export type { GuestErrorCode } from './guest-error.ts';
