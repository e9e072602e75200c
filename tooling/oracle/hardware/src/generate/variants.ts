import type { Slot } from '@ringzero/x86';
import type { SegmentSet } from '../format/layout.ts';
import type { Sequence } from '../format/random.ts';
import { isString } from './families.ts';
import { isMmx, isVector, isX87 } from './operands.ts';

/** One way to encode and to place a form, how many codes of it, and how many states for each. */
export interface Variant {
  readonly segments: SegmentSet;
  readonly prefixes: readonly number[];
  readonly memory: boolean;
  readonly codes: number;
  readonly states: number;
}

const MOD_MEMORY = 1;
const MOD_REGISTER = 2;
const PREFIX_ANY = 0;
const OPERAND_SIZE = 0x66;
const ADDRESS_SIZE = 0x67;
const LOCK = 0xf0;
const FS = 0x64;
const GS = 0x65;
const OVERRIDES = [0x26, 0x2e, 0x36, 0x3e];

function variant(segments: SegmentSet, prefixes: readonly number[], memory: boolean, codes: number, states: number): Variant {
  return { segments, prefixes, memory, codes, states };
}

function repeats(form: Slot['form']): readonly (readonly number[])[] {
  return isString(form) ? [[], [0xf3], [0xf2]] : [[]];
}

/** Register operands, and forms without a ModRM byte. */
function registerVariants(slot: Slot, sizes: readonly (readonly number[])[]): Variant[] {
  const { form, opcode } = slot;
  const isData = isVector(form) || isMmx(form) || isX87(form);
  const isBare = !opcode.hasModrm && !opcode.plus && form.operands.length === 0;
  const [codes, states] = isData ? (isX87(form) && opcode.rm >= 0 ? [2, 200] : [7, 34]) : isBare ? [1, 32] : [5, 17];
  return repeats(form).flatMap((repeat) => [
    ...sizes.map((size, i) => variant('flat', [...size, ...repeat], false, i === 0 ? codes : Math.ceil(codes / 2), i === 0 ? states : 10)),
    ...sizes.map((size) => variant('code16', [...size, ...repeat], false, isData ? 1 : 2, 5)),
    ...(isString(form) ? [variant('based', [FS, ...repeat], false, 2, 8), variant('limited', [ADDRESS_SIZE, ...repeat], false, 2, 8), variant('limited', [...repeat], false, 2, 8)] : []),
    variant('small', [...(isString(form) ? [ADDRESS_SIZE] : []), ...repeat], false, isData ? 1 : 2, isData ? 2 : 6),
  ]);
}

/** Memory operands: all ways of addressing, in every set of segments. */
function memoryVariants(slot: Slot, sizes: readonly (readonly number[])[], random: Sequence): Variant[] {
  const { form } = slot;
  const isData = isVector(form) || isMmx(form) || isX87(form);
  const plain = sizes.map((size, i) => variant('flat', size, true, i === 0 ? 7 : 4, i === 0 ? (isData ? 18 : 11) : 8));
  const others = sizes.slice(0, isData ? 1 : 2).flatMap((size) => [
    variant('based', [random.oneIn(2) ? FS : GS, ...size], true, 2, 6),
    variant('based', [random.oneIn(2) ? FS : GS, ADDRESS_SIZE, ...size], true, 1, 6),
    variant('flat', [random.pick(OVERRIDES), ...size], true, 1, 5),
    variant('limited', size, true, 2, 6),
    variant('limited', [ADDRESS_SIZE, ...size], true, 1, 6),
    variant('small', [ADDRESS_SIZE, ...size], true, 2, 5),
    variant('small', [random.pick([FS, GS, 0x26, 0x36]), ADDRESS_SIZE, ...size], true, 1, 5),
    variant('code16', size, true, 2, 6),
    variant('code16', [random.pick([FS, GS, ADDRESS_SIZE]), ...size], true, 1, 6),
  ]);
  return [...plain, ...others];
}

/** The variants of a slot. */
export function variantsOf(slot: Slot, random: Sequence): Variant[] {
  const { opcode, form } = slot;
  const sizes = opcode.prefix === PREFIX_ANY ? [[], [OPERAND_SIZE]] : [[]];
  const isOffset = form.operands.some((code) => code === 'Ob' || code === 'Ov');
  const hasMemory = isOffset || (opcode.hasModrm && opcode.mod !== MOD_REGISTER && !form.operands.includes('Rd'));
  const hasRegister = !isOffset && (!opcode.hasModrm || opcode.mod !== MOD_MEMORY);
  return [
    ...(hasRegister ? registerVariants(slot, sizes) : []),
    ...(hasMemory ? memoryVariants(slot, sizes, random) : []),
    ...(hasMemory && opcode.hasModrm ? [variant('flat', [LOCK], true, 2, form.lock ? 8 : 2), variant('code16', [LOCK], true, 1, 3)] : []),
    ...(hasRegister ? [variant('flat', [LOCK], false, 1, 2)] : []),
  ];
}
