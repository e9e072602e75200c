// For engines built on the interpreter: `@ringzero/backend-interpreter/engine`.
export { NO_MEMORY, type Block, type BlockProfile, type Successor } from './blocks/block.ts';
export { createEvaluatorHypervisor } from './evaluator/evaluator.ts';
export { EXIT } from './blocks/links.ts';
export type { BlockCache } from './blocks/block-cache.ts';
export { Execution } from './engine/execution.ts';
export type { Transfers } from './engine/transfers.ts';
export { DEFAULT_CAPACITY, requireCapacity } from './blocks/operation-store.ts';
export { SWITCH_USES, type SwitchUse } from './engine/switch-loop.ts';
export { hostMilliseconds } from './processor/host-clock.ts';
export { createSoftwareHypervisor } from './partition/hypervisor.ts';
export type { EngineAttachment, SoftwareEngine } from './partition/hypervisor.ts';
export { EXIT_CASES } from './handlers/switch-table.ts';
