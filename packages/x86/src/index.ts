export { byteOffset, LAYOUT, lane32, STATE_BYTES } from './state/layout.ts';
export type { Field, FieldName, FieldType } from './state/layout.ts';
export { createStateViews } from './state/views.ts';
export type { StateViews } from './state/views.ts';
export { INVALID_FORM, Instruction, RIP_BASE } from './decode/instruction.ts';
export {
  PREFIX_ADDRESS_SIZE,
  PREFIX_LOCK,
  PREFIX_OPERAND_SIZE,
  PREFIX_REP,
  PREFIX_REPNE,
  PREFIX_SEGMENT,
} from './decode/instruction.ts';
export * from './definitions/index.ts';
export { Decoder } from './decode/decoder.ts';
export { formatInstruction } from './format/format.ts';
export type { FormatOptions } from './format/format.ts';
export { CACHE_LINE_BYTES } from './cpu-models/cpu-model.ts';
export type { CacheParameters, CpuModel } from './cpu-models/cpu-model.ts';
export { CPU_MODELS, cpuModel, DEFAULT_CPU_MODEL, MAX_CPU_MODEL } from './cpu-models/cpu-models.ts';
export { ALL_FEATURES, featuresOfCpuid, hasForm } from './map/features.ts';
export type { Feature, ImpliedFeature } from './map/features.ts';
export type { FlagEffects } from './map/flags.ts';
export type { Form } from './map/form.ts';
export { FORM_IDS, FORMS, SLOTS } from './map/forms.ts';
export type { Slot } from './map/forms.ts';
export { parseOpcode } from './map/opcode.ts';
export type { Opcode } from './map/opcode.ts';
