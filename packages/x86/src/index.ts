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
export { FORMS, FORM_IDS } from './stopgap/map.ts';
export { Decoder, formatInstruction } from './stopgap/decoder.ts';
