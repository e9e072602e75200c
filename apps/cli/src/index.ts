export { createProgram } from './program.ts';
export type { Config } from './config/config-file.ts';
