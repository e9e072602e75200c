export { CODE, FlatMachine } from './flat-machine.ts';
export { createFlatVp } from './flat-vp.ts';
export { describeEngine } from './describe-engine.ts';
export { refusal, runWithoutDynamicCode, SUM } from './dynamic-code.ts';
