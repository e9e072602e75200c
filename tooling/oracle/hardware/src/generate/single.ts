import { SLOTS, type Form, type Instruction, type Slot } from '@ringzero/x86';
import type { Case } from '../format/cases.ts';
import { CODE_BASE, READ_ONLY_BYTES, SEGMENT_SETS, segmentBase, WINDOW_BASE, WINDOW_BYTES, type SegmentSet } from '../format/layout.ts';
import type { Sequence } from '../format/random.ts';
import { chooseAddress, solveAddress } from './addressing.ts';
import type { CodeBook } from './code-book.ts';
import { Draft } from './draft.ts';
import { Encoder } from './encoding.ts';
import { familyOf, isBranch, isString, profileOf } from './families.ts';
import { memoryOperand } from './operands.ts';
import { prepare } from './preparations.ts';
import { NOT_RECORDED } from '../replay/exceptions.ts';
import { variantsOf, type Variant } from './variants.ts';

const INT3 = 0xcc;
const TRIES = 12;
/** How far beyond the window an address may lie: unmapped space around it. */
const BEYOND = 0x1400;

/** A generator's state: codes, cases, and the seed of the next case. */
export interface Production {
  readonly random: Sequence;
  readonly book: CodeBook;
  readonly cases: Case[];
  /** A new seed for a case's initial state. */
  readonly nextSeed: () => number;
}

/** Offset in CS of a landing among the INT3s before or behind an instruction at `offset`, and the branch displacement to it. */
function chooseLanding(random: Sequence, length: number): number {
  return random.oneIn(3) ? -1 - random.below(40) : length + random.below(40);
}

function isNear(linear: number, bytes: number): boolean {
  const offset = (linear - WINDOW_BASE) | 0;
  return offset >= -BEYOND && offset + bytes <= WINDOW_BYTES + READ_ONLY_BYTES + BEYOND;
}

/** Immediate of forms whose immediate decides where they go, or which processor-specific things they do. */
function immediateOf(form: Form, random: Sequence, landing: number): readonly number[] | undefined {
  const bytes = [0, 8, 16, 24].map((shift) => (landing >> shift) & 0xff);
  if (form.operands.includes('Jb') || form.operands.includes('Jz')) return bytes;
  if (form.name === 'Int_Ib') return [random.pick([0, 1, 2, 3, 4, 5, 0x0d, 0x1f, 0x21, 0x7f, 0xff])];
  if (form.name === 'Enter_Iw_Ib') return [random.below(64), 0, random.pick([0, 0, 1, 2, 3, 7, 31, 33])];
  if (/^(Ret|Retf)_Iw$/.test(form.name)) return [random.pick([0, 4, 8, 0x7f, 0xff]), random.below(2)];
  return undefined;
}

/** A far pointer in the code: to a usable selector, or not. */
function farImmediate(random: Sequence, is16: boolean, operandSize: number, target: number): number[] {
  const selector = is16 ? random.pick([0x27, 0x27, 0, 0x37, 0x10]) : random.pick([0x23, 0x23, 0, 0x2b, 0x07, 0x37, 0x08, 0x88]);
  const offset = operandSize === 16 ? [target & 0xff, (target >> 8) & 0xff] : [0, 8, 16, 24].map((shift) => (target >> shift) & 0xff);
  return [...offset, selector, 0];
}

class SlotProduction {
  readonly #slot: Slot;
  readonly #form: Form;
  readonly #production: Production;
  readonly #encoder: Encoder;

  constructor(slot: Slot, production: Production) {
    this.#slot = slot;
    this.#form = slot.form;
    this.#production = production;
    this.#encoder = new Encoder(production.random);
  }

  /** One code with its cases. */
  add(variant: Variant): void {
    for (let i = 0; i < TRIES; i++) if (this.#try(variant)) return;
  }

  #try(variant: Variant): boolean {
    const { random, book } = this.#production;
    const form = this.#form;
    const { segments, prefixes, memory } = variant;
    const mode = segments === 'code16' ? 16 : 32;
    const branches = isBranch(form);
    if (!book.hasRoom(segments, 16)) return false;
    const offset = book.place(segments, branches);
    const base = mode === 16 ? 0 : CODE_BASE;
    const relative = random.oneIn(3) ? -40 + random.below(20) : 1 + random.below(30);
    const operandSize = (mode === 16) === prefixes.includes(0x66) ? 32 : 16;
    const addressSize = (mode === 16) === prefixes.includes(0x67) ? 32 : 16;
    const near = random.oneIn(2) ? -1 - random.below(40) : 24;
    const immediate = form.operands.includes('Ap') ? farImmediate(random, mode === 16, operandSize, base + offset + near) : immediateOf(form, random, relative);
    const absolute = this.#absolute(segments, prefixes, operandSize);
    const bytes = this.#encoder.encode(this.#slot, { mode, prefixes, memory, absolute, ...(immediate === undefined ? {} : { immediate }) });
    if (bytes === undefined || (addressSize === 16 && memory && segments === 'flat')) return false;
    const lock = prefixes[0] === 0xf0 ? 1 : 0;
    const instruction = this.#encoder.decode(bytes.subarray(lock), mode);
    const landing = base + offset + chooseLanding(random, bytes.length);
    const drafts: Draft[] = [];
    for (let i = 0; i < variant.states * 2 && drafts.length < variant.states; i++) {
      const draft = this.#draft(variant, instruction, landing);
      if (draft !== undefined) drafts.push(draft);
    }
    if (drafts.length === 0) return false;
    const code = { offset, bytes: Uint8Array.from([...bytes, INT3]), forms: [form.name], family: familyOf(form), profile: profileOf(form), segments };
    const index = book.add(code, branches);
    for (const draft of drafts) this.#production.cases.push(draft.finish(index));
    return true;
  }

  /** Offset of an absolute memory operand in the segment that it will have: overrides are known before. */
  #absolute(segments: SegmentSet, prefixes: readonly number[], operandSize: number): number {
    const override = [0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65].findIndex((byte) => prefixes.includes(byte));
    const selector = SEGMENT_SETS[segments][override < 0 ? 3 : override];
    return (chooseAddress(this.#production.random, memoryOperand(this.#form, operandSize)) - segmentBase(selector)) | 0;
  }

  #draft(variant: Variant, instruction: Instruction, landing: number): Draft | undefined {
    const { random, nextSeed } = this.#production;
    const form = this.#form;
    const draft = new Draft(profileOf(form), nextSeed(), variant.segments);
    let operand: number | undefined;
    if (instruction.isMemory && !/^Nop_|^Lea_/.test(form.name)) {
      const shape = memoryOperand(form, instruction.operandSize);
      const segment = segmentBase(draft.selectors[instruction.segment]);
      const isAbsolute = instruction.base < 0 && instruction.index < 0;
      const target = isAbsolute ? segment : chooseAddress(random, shape);
      for (const [register, value] of solveAddress(random, instruction, target, draft.selectors, (lane) => draft.state[lane])) draft.set(register, value);
      operand = (segment + this.#effective(draft, instruction)) | 0;
      if (!isNear(operand, shape.bytes)) return undefined;
    }
    if (!prepare({ draft, random, form, instruction, operand, landing, is16: variant.segments === 'code16' })) return undefined;
    if (operand !== undefined) {
      // What the form needed may have been in a register of the address.
      const segment = segmentBase(draft.selectors[instruction.segment]);
      const moved = (segment + this.#effective(draft, instruction)) | 0;
      if (moved !== operand && !(isString(form) || /^(Push|Pop|Call)/.test(form.name)) ) return undefined;
      if (!isNear(moved, 16)) return undefined;
    }
    return isNear(draft.stack, 4) || !/^(Push|Pop|Call|Ret|Iret|Enter|Leave)/.test(form.name) ? draft : undefined;
  }

  #effective(draft: Draft, { base, index, scale, displacement, addressSize }: Instruction): number {
    const sum = ((base < 0 ? 0 : draft.state[base]) + (index < 0 ? 0 : draft.state[index] << scale) + displacement) | 0;
    return addressSize === 16 ? sum & 0xffff : sum;
  }
}

/** Cases of one instruction, for every slot of the map that exists outside 64-bit mode. */
export function produceSingles(production: Production, scale: number): void {
  for (const slot of SLOTS) {
    const { form, opcode } = slot;
    if (form.mode === 'long' || opcode.rexW || NOT_RECORDED.some(({ forms }) => forms.test(form.name))) continue;
    const slotProduction = new SlotProduction(slot, production);
    for (const variant of variantsOf(slot, production.random)) {
      for (let i = 0; i < Math.max(1, Math.round(variant.codes * scale)); i++) slotProduction.add(variant);
    }
  }
}
