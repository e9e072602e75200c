import { EFLAGS_CF, FORMS, SLOTS, type Form, type Instruction, type Slot } from '@ringzero/x86';
import type { Profile } from '../format/initial-state.ts';
import { hasCount } from '../replay/undefined-flags.ts';
import { NOT_RECORDED } from '../replay/exceptions.ts';
import { chooseAddress } from './addressing.ts';
import { Draft } from './draft.ts';
import { Encoder } from './encoding.ts';
import { familyOf, profileOf } from './families.ts';
import { memoryOperand } from './operands.ts';
import type { Production } from './single.ts';

const INT3 = 0xcc;
const MOST = 6;
const ARITHMETIC = 0x8d5;
const ESP = 4;
const EBP = 5;
const TRIES = 60;

/** Forms that a sequence has none of: they move ESP or EBP elsewhere, go elsewhere, or are compared with a tolerance. */
const LEFT_OUT =
  /^(Popa|Leave|Enter|Xlat|Bound|Int|Iret|Ret|Callf|Jmpf|Call_Ev|Jmp_Ev|J|Loop|Pop_[DESFG]S|Push_[ECDSFG]S|Popf|Pushf|Maskmov|Fldenv|Frstor|Fxrstor|F2xm1|Fyl2x|Fptan|Fpatan|Fsin|Fcos|Rcp|Rsqrt|Salc|Hint|Fnsave|Ldmxcsr|Into|Mov_.*Ob|Mov_.*Ov)/;

/** What a kind of sequence is made of. */
interface Kind {
  readonly name: string;
  readonly profile: Profile;
  readonly families: readonly string[];
  /** Names of forms that may come last. */
  readonly last: readonly string[];
  readonly codes: number;
}

const KINDS: readonly Kind[] = [
  { name: 'sequence-integer', profile: 'integer', families: ['integer', 'stack'], last: ['Pushf', 'Lahf'], codes: 2600 },
  { name: 'sequence-x87', profile: 'x87', families: ['x87'], last: ['Fnstenv_M', 'Fnstsw_AX', 'Fnsave_M', 'Fnstcw_Mw', 'Fwait'], codes: 1500 },
  { name: 'sequence-mmx', profile: 'mmx', families: ['mmx', 'ssse3'], last: ['Emms', 'Fnstenv_M', 'Fld_STi'], codes: 400 },
  { name: 'sequence-sse', profile: 'sse', families: ['sse', 'sse2', 'sse3', 'sse4.1'], last: ['Stmxcsr_Md', 'Comiss_Vss_Wss'], codes: 900 },
];
const STATES = 12;

/** Flags that a form truly depends on: a shift's count of 0 passes them on, which is no use of them. */
function readFlags(form: Form): number {
  if (hasCount(form)) return /^Rc[lr]_/.test(form.name) ? EFLAGS_CF : 0;
  return form.flags.read & ARITHMETIC;
}

/** Whether an instruction's explicit register operands leave ESP and EBP alone. */
function sparesStack(form: Form, instruction: Instruction): boolean {
  return form.operands.every((code) => {
    if (code === 'Gb' || code === 'Zb' || (code === 'Eb' && !instruction.isMemory)) return true;
    const isReg = code.startsWith('G') || code.startsWith('Z');
    const isRm = /^[ER]/.test(code) && !instruction.isMemory;
    const register = isReg ? instruction.reg : isRm ? instruction.rm : -1;
    return register !== ESP && register !== EBP;
  });
}

class SequenceProduction {
  readonly #production: Production;
  readonly #kind: Kind;
  readonly #encoder: Encoder;
  readonly #slots: readonly Slot[];
  readonly #lastSlots: readonly Slot[];

  constructor(kind: Kind, production: Production) {
    this.#kind = kind;
    this.#production = production;
    this.#encoder = new Encoder(production.random);
    const usable = SLOTS.filter(({ form, opcode }) => form.mode !== 'long' && !opcode.rexW && !NOT_RECORDED.some(({ forms }) => forms.test(form.name)));
    this.#slots = usable.filter(({ form }) => kind.families.includes(familyOf(form)) && !LEFT_OUT.test(form.name) && (kind.profile === profileOf(form) || kind.profile !== 'mmx'));
    this.#lastSlots = usable.filter(({ form }) => kind.last.includes(form.name));
  }

  /** Bytes of one instruction, or undefined when the draw does not suit the sequence. */
  #instruction(slot: Slot, undefinedFlags: number): Uint8Array | undefined {
    const { random } = this.#production;
    const { form } = slot;
    if ((readFlags(form) & undefinedFlags) !== 0 || (form.name === 'Pushf' && undefinedFlags !== 0)) return undefined;
    const memory = random.oneIn(3);
    const prefixes = slot.opcode.prefix === 0 && random.oneIn(4) && !/^Sh[lr]d/.test(form.name) ? [0x66] : [];
    const absolute = chooseAddress(random, memoryOperand(form, 32), false);
    const bytes = this.#encoder.encode(slot, { mode: 32, prefixes, memory, absolute, plainMemory: true });
    if (bytes === undefined) return undefined;
    const instruction = this.#encoder.decode(bytes, 32);
    if (!sparesStack(form, instruction)) return undefined;
    // A bit offset in a register reaches anywhere.
    return instruction.isMemory && /^Bt.?_Ev_Gv/.test(form.name) ? undefined : bytes;
  }

  /** One sequence with its cases. */
  add(): void {
    const { random, book, cases, nextSeed } = this.#production;
    const wanted = 2 + random.below(MOST - 1);
    const pieces: Uint8Array[] = [];
    const forms: string[] = [];
    let undefinedFlags = 0;
    let skipAt = -1;
    for (let tries = 0; forms.length < wanted && tries < TRIES; tries++) {
      const isLast = forms.length === wanted - 1;
      const slot = isLast && random.oneIn(2) ? random.pick(this.#lastSlots) : random.pick(this.#slots);
      const bytes = this.#instruction(slot, undefinedFlags);
      if (bytes === undefined) continue;
      if (undefinedFlags === 0 && skipAt < 0 && !isLast && random.oneIn(4) && wanted - forms.length > 2) {
        // A condition that jumps over the instruction, or does not.
        const condition = random.below(16);
        skipAt = pieces.length;
        pieces.push(Uint8Array.of(0x70 | condition, bytes.length));
        forms.push(this.#jump(condition));
      }
      pieces.push(bytes);
      forms.push(slot.form.name);
      const { written, cleared, set } = slot.form.flags;
      if (!hasCount(slot.form)) undefinedFlags &= ~(written | cleared | set);
      undefinedFlags |= slot.form.flags.undefined | (/^Sh[lr]d_/.test(slot.form.name) ? ARITHMETIC : 0);
    }
    const bytes = Uint8Array.from([...pieces.flatMap((piece) => [...piece]), INT3]);
    const { name: family, profile } = this.#kind;
    const index = book.add({ offset: book.place('flat', false), bytes, forms, family, profile, segments: 'flat' }, false);
    for (let i = 0; i < STATES; i++) cases.push(new Draft(profile, nextSeed(), 'flat').finish(index));
  }

  #jump(condition: number): string {
    return FORMS.find((form) => form.condition === condition && form.operands[0] === 'Jb')?.name ?? 'Jo_Jb';
  }
}

/** Sequences of two to six instructions: flags handed on, the stack, branches within, x87 and SSE state carried along. */
export function produceSequences(production: Production, scale: number): void {
  for (const kind of KINDS) {
    const sequences = new SequenceProduction(kind, production);
    for (let i = 0; i < Math.max(20, kind.codes * scale); i++) sequences.add();
  }
}
