export { bytecodeLengths, BYTECODE_CLIFF } from './bytecode.ts';
export type { FactoryText } from './bytecode.ts';
export { createDeoptCounter, createDeoptReader, TRACE_DEOPT, TRACE_DEOPT_LINES } from './deopts.ts';
export type { Deopt, DeoptCounter, DeoptCounts } from './deopts.ts';
export { forkSource } from './fork-source.ts';
export { sharesBy, startProfiler } from './profiler.ts';
