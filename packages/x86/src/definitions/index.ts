export * from './control-registers.ts';
export * from './cpuid.ts';
export * from './debug-registers.ts';
export * from './exceptions.ts';
export * from './flags.ts';
export * from './msr.ts';
export * from './segments.ts';
