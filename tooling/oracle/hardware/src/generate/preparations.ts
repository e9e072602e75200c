import { PREFIX_REP, PREFIX_REPNE, type Form, type Instruction } from '@ringzero/x86';
import { EAX, EBX, ECX, EDI, EDX, EFLAGS, ESI, ESP, ldtSelector, READ_ONLY_BYTES, segmentBase, USER_CS, USER_DS, WINDOW_BASE, WINDOW_BYTES } from '../format/layout.ts';
import type { Sequence } from '../format/random.ts';
import { chooseAddress } from './addressing.ts';
import type { Draft } from './draft.ts';
import { isString, isTransfer } from './families.ts';

/** What a preparation knows. */
export interface Preparation {
  readonly draft: Draft;
  readonly random: Sequence;
  readonly form: Form;
  readonly instruction: Instruction;
  /** Linear address of the memory operand, if there is one. */
  readonly operand: number | undefined;
  /** Offset in CS of an INT3 that belongs to the code. */
  readonly landing: number;
  readonly is16: boolean;
}

/** Selectors to load: usable ones, null, of ring 0, not present, not data, beyond the tables. Not the ones of threads, which hosts set up. */
const DATA_SELECTORS = [0, 3, USER_DS, USER_DS, USER_CS, ldtSelector(0), ldtSelector(1), ldtSelector(2), ldtSelector(3), ldtSelector(5), ldtSelector(6), 0x10, 0x18, 0x40, 0x88, ldtSelector(9), ldtSelector(0) & ~3, 0x33];
/** For CS: 64-bit code is left out, which a 32-bit processor does not have. */
const CODE_SELECTORS = [USER_CS, USER_CS, USER_CS, 0, USER_DS, ldtSelector(0), ldtSelector(5), ldtSelector(6), 0x08, 0x10, 0x88, ldtSelector(9)];
/** Linux sets CR0.AM: misaligned operands then raise #AC. */
const FLAG_AC = 0x4_0000;
/** A single-step trap after the instruction. */
const FLAG_TF = 0x100;
/** They put a single-step trap off, past the INT3 behind them and into the handler. */
const LOADS_SS = /^(Pop_SS|Lss_|Mov_Sw_)/;
const FLAG_NT = 0x4000;
const CONTROL_FLAGS = [0, 0, 0x100, 0x40000, 0x20_0000, 0x3000, 0x4000, 0x1_0000, 0x2_0000, 0x18_0000];
const STACK_FORMS = /^(Push|Pop|Pusha|Popa|Pushf|Popf|Enter|Leave|Call|Callf|Ret|Retf|Iret)(_|$)/;
/** A bit of MXCSR that AMD alone has. */
const MXCSR_MISALIGNED = 0x2_0000;
const UNMAPPED = 0x3000_0000;

/** An offset in CS to go to: the code's own INT3, memory that may not be executed, or none at all. */
function branchTarget({ random, landing, is16 }: Preparation): number {
  if (is16 || !random.oneIn(8)) return landing;
  return random.pick([WINDOW_BASE + 0x123, WINDOW_BASE + WINDOW_BYTES, UNMAPPED + random.below(0x1000), WINDOW_BASE - 1]);
}

/** A code selector, and an offset that fits it. */
function farTarget(p: Preparation): { selector: number; offset: number } {
  const { random, is16, landing } = p;
  if (is16) return { selector: random.pick([ldtSelector(4), ldtSelector(4), 0, ldtSelector(6), 0x10]), offset: landing };
  const selector = random.pick(CODE_SELECTORS);
  return { selector, offset: selector === ldtSelector(5) ? random.below(16) : branchTarget(p) };
}

function popReturn(p: Preparation, isFar: boolean, hasFlags: boolean): void {
  const { draft, random, instruction } = p;
  const size = instruction.operandSize / 8;
  // What is popped must be known, or the processor would go anywhere.
  if (!draft.holds(draft.stack, 6 * size)) draft.stack = random.oneIn(2) ? WINDOW_BASE + WINDOW_BYTES + READ_ONLY_BYTES : WINDOW_BASE + 0x1e00;
  const { selector, offset } = isFar ? farTarget(p) : { selector: 0, offset: branchTarget(p) };
  const flags = 0x202 | (random.next() & 0xcd5) | random.pick(CONTROL_FLAGS);
  draft.patchWords(draft.stack, [offset, ...(isFar ? [selector] : []), ...(hasFlags ? [flags & ~FLAG_NT] : [])], size);
}

/** Addresses and counts of string instructions. */
function prepareString({ draft, random, form, instruction }: Preparation): void {
  const { addressSize, operandSize, prefixes } = instruction;
  const bytes = form.operands.some((code) => code.endsWith('b')) ? 1 : operandSize / 8;
  const repeats = (prefixes & (PREFIX_REP | PREFIX_REPNE)) !== 0;
  const place = (): number => (random.oneIn(5) ? chooseAddress(random, { bytes, region: 'integer' }) : WINDOW_BASE + 0x200 + random.below(0x1800) - random.below(2) * 0x100);
  const source = place();
  const isEqual = random.oneIn(3);
  const target = isEqual && /^Cmps/.test(form.name) ? source : place();
  draft.setSized(ESI, source - segmentBase(draft.selectors[instruction.segment]), addressSize);
  draft.setSized(EDI, target - segmentBase(draft.selectors[0]), addressSize);
  const count = random.pick([0, 1, 2, 3, 5, 8, 13, 31, 64]);
  if (repeats || random.oneIn(4)) draft.setSized(ECX, repeats && random.oneIn(12) ? 0x2000 : count, addressSize);
  if (repeats && /^Cmps/.test(form.name) && isEqual) draft.setSized(EDI, target + bytes * random.below(2) - segmentBase(draft.selectors[0]), addressSize);
  if (/^Scas/.test(form.name) && random.oneIn(2)) {
    const run = 16 * random.below(4) + random.below(16);
    const value = draft.state[EAX] & 0xff;
    draft.set(EAX, value * 0x0101_0101);
    draft.patch((draft.state[EFLAGS] & 0x400) !== 0 ? target - run : target, new Uint8Array(run).fill(value));
  }
}

/** Images that loads of x87 and SSE state find: control words with few reserved bits, the rest what is there. */
function prepareImage({ draft, random, form, operand }: Preparation): void {
  if (operand === undefined) return;
  if (form.name === 'Ldmxcsr_Md') draft.patchWords(operand, [random.next() & (random.oneIn(8) ? ~MXCSR_MISALIGNED : 0xffff)], 4);
  else if (form.name === 'Fldcw_Mw') draft.patchWords(operand, [random.next() & (random.oneIn(4) ? 0xffff : 0x0f7f)], 2);
  else if (/^(Fxrstor|Xrstor)/.test(form.name)) {
    draft.patchWords(operand, [(random.next() & 0x0f7f) | (random.next() << 16), random.next() & 0x07ff_00ff, random.next(), 0, random.next(), 0, random.next() & (random.oneIn(4) ? 0x1_ffff : 0xffff), 0], 4);
    if (form.name === 'Xrstor_M') draft.patchWords(operand + 512, [random.below(4), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 4);
  }
}

/** Bit offsets of BT and its like reach beyond the operand. */
function prepareBits({ draft, random, instruction, operand }: Preparation): boolean {
  const register = instruction.reg;
  if (operand === undefined) return true;
  if (register === instruction.base || register === instruction.index) return false;
  const offset = (operand - WINDOW_BASE) | 0;
  const least = Math.max(-0x400, -offset) * 8;
  const most = Math.min(0x400, WINDOW_BYTES - 4 - offset) * 8;
  if (most <= least) return false;
  draft.setSized(register, least + random.below(most - least), instruction.operandSize);
  return true;
}

/** Selectors in registers and memory for forms that load or check them. */
function prepareSelector({ draft, random, instruction, operand }: Preparation, bytesBefore: number): void {
  const selector = random.pick(DATA_SELECTORS);
  if (operand === undefined) draft.setSized(instruction.rm, selector, 16);
  else if (draft.holds(operand, bytesBefore + 2)) draft.patchWords(operand + bytesBefore, [selector], 2);
}

/**
 * Gives a case what its form needs to do something of interest, and nothing beyond the window. False when these registers
 * cannot serve the form.
 */
export function prepare(p: Preparation): boolean {
  const { draft, random, form, instruction, operand } = p;
  const { name } = form;
  const mnemonic = name.split('_', 1)[0];
  const size = instruction.operandSize / 8;
  if (random.oneIn(10)) draft.set(EFLAGS, draft.state[EFLAGS] | FLAG_AC);
  if (random.oneIn(isTransfer(form) ? 10 : 48) && !LOADS_SS.test(name)) draft.set(EFLAGS, draft.state[EFLAGS] | FLAG_TF);
  // The high half of a 16-bit stack's ESP is not free: no target, and no mask.
  if (draft.isSmallStack && /^(Jmp|Call)_Ev$/.test(name) && !instruction.isMemory && instruction.rm === ESP) return false;
  if (/^(Xsave|Xrstor)/.test(name) && [EAX, EDX].some((register) => register === instruction.base || register === instruction.index)) return false;
  if (STACK_FORMS.test(name) && random.oneIn(10) && !/^(Ret|Retf|Iret)/.test(name)) draft.stack += 1 + random.below(7);
  if (STACK_FORMS.test(name) && random.oneIn(8) && instruction.base !== 4 && instruction.reg !== 4) draft.stack = chooseAddress(random, { bytes: size, region: 'any' });
  if (isString(form)) prepareString(p);
  else if (/^Bt[src]?_Ev_Gv/.test(name)) return prepareBits(p);
  else if (mnemonic === 'Xlat') draft.setSized(EBX, chooseAddress(random, { bytes: 1, region: 'integer' }) - segmentBase(draft.selectors[instruction.segment]) - (draft.state[EAX] & 0xff), instruction.addressSize);
  else if (/^Maskmov/.test(name)) draft.setSized(EDI, chooseAddress(random, { bytes: name.includes('dq') ? 16 : 8, region: 'integer' }) - segmentBase(draft.selectors[instruction.segment]), instruction.addressSize);
  else if (name === 'Ret' || name === 'Ret_Iw') popReturn(p, false, false);
  else if (/^Retf/.test(name)) popReturn(p, true, false);
  else if (name === 'Iret') popReturn(p, true, true);
  else if (name === 'Popf') draft.patchWords(draft.stack, [0x202 | (random.next() & 0xcd5) | random.pick(CONTROL_FLAGS)], size);
  else if (/^Pop_[DESFG]S$/.test(name)) draft.patchWords(draft.stack, [random.pick(DATA_SELECTORS)], 2);
  else if (/^(Mov_Sw_Ew|Verr|Verw|Lar|Lsl|Arpl)/.test(name)) prepareSelector(p, 0);
  else if (/^(Lds|Les|Lss|Lfs|Lgs)_/.test(name)) prepareSelector(p, size);
  else if (/^(Jmp|Call)_Ev$/.test(name)) {
    if (operand === undefined) draft.setSized(instruction.rm, branchTarget(p), instruction.operandSize);
    else if (draft.holds(operand, size)) draft.patchWords(operand, [branchTarget(p)], size);
    else return operand - WINDOW_BASE >= WINDOW_BYTES + READ_ONLY_BYTES || operand - WINDOW_BASE + size <= 0;
  } else if (/^(Jmpf|Callf)_Mp$/.test(name)) {
    if (operand === undefined || !draft.holds(operand, size + 2)) return false;
    const { selector, offset } = farTarget(p);
    draft.patchWords(operand, [offset], size);
    draft.patchWords(operand + size, [selector], 2);
  } else if (/^(Ldmxcsr|Fldcw|Fxrstor|Xrstor)/.test(name)) prepareImage(p);
  else if (/^Loop|^Jcxz/.test(name)) draft.setSized(ECX, random.pick([0, 1, 2, 5, -1]), instruction.addressSize);
  if (/^(Xsave|Xrstor)/.test(name)) {
    draft.set(EAX, random.below(4));
    draft.set(EDX, 0);
  }
  return true;
}
