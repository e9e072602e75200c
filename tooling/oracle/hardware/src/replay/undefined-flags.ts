import { Decoder, EFLAGS_OF, FORMS, Instruction, type Form } from '@ringzero/x86';
import type { Code, Outcome } from '../format/cases.ts';
import { ECX, EIP } from '../format/layout.ts';
import { entryOf } from '../format/start.ts';
import { Context, modeOf } from './context.ts';

const BY_NAME: ReadonlyMap<string, Form> = new Map(FORMS.map((form) => [form.name, form]));
const DOUBLE_SHIFT = /^Sh[lr]d_/;
const ARITHMETIC = 0x8d5;
const VECTOR_END = 3;

/** The form of a name. Throws for one that the map no longer has. */
export function formOf(name: string): Form {
  const form = BY_NAME.get(name);
  if (form === undefined) throw new RangeError(`form ${name} of the corpus is not in the opcode map: record the corpus again`);
  return form;
}

/** Whether a form's flags depend on a count: it may leave them all alone. */
export function hasCount(form: Form): boolean {
  return /^(Rol|Ror|Rcl|Rcr|Shl|Shr|Sar|Shld|Shrd)_/.test(form.name);
}

/** Flags that are undefined after forms, whatever their operands; of a SHLD or SHRD alone, more is known. */
function undefinedAfter(forms: readonly string[], isAlone: boolean): number {
  let mask = 0;
  for (const name of forms) {
    const form = formOf(name);
    const { written, cleared, set } = form.flags;
    if (!hasCount(form)) mask &= ~(written | cleared | set);
    mask |= form.flags.undefined;
    // SHLD and SHRD: OF beyond a count of 1, everything beyond the operand's size.
    if (DOUBLE_SHIFT.test(name)) mask |= isAlone ? 0 : ARITHMETIC;
  }
  return mask;
}

const CACHE = new WeakMap<Code, number>();

/** Flags that the manual leaves undefined after a code, started in a state. At a fault in a sequence, those that earlier instructions left. */
export function undefinedFlags(code: Code, start: Int32Array, outcome: Outcome): number {
  if (code.forms.length > 1 && outcome.vector !== VECTOR_END) return undefinedAfter(code.forms.slice(0, completed(code, outcome)), false);
  let mask = CACHE.get(code);
  if (mask === undefined) CACHE.set(code, (mask = undefinedAfter(code.forms, code.forms.length === 1)));
  if (code.forms.length === 1 && DOUBLE_SHIFT.test(code.forms[0])) {
    const count = doubleShiftCount(code, start);
    if (count !== 1) mask |= EFLAGS_OF;
    if (isBeyondSize(code, start)) mask |= ARITHMETIC;
  }
  return mask;
}

/** How many instructions of a sequence lie before the EIP of its outcome. */
function completed(code: Code, outcome: Outcome): number {
  const eip = outcome.lanes.find(({ lane }) => lane === EIP)?.value ?? entryOf(code);
  const decoder = new Decoder(modeOf(code));
  const instruction = new Instruction();
  let count = 0;
  for (let at = 0; entryOf(code) + at < eip && count < code.forms.length; count++) at += Math.max(1, decoder.decode(code.bytes, at, code.bytes.length, instruction));
  return count;
}

function contextOf(code: Code, start: Int32Array): Context {
  return new Context(code, start, { vector: 3, errorCode: 0, cr2: 0, lanes: [], memory: [] }, []);
}

function doubleShiftCount(code: Code, start: Int32Array): number {
  return (code.forms[0].endsWith('CL') ? start[ECX] : contextOf(code, start).instruction.immediate) & 31;
}

/** Whether a SHLD or SHRD of 16 bits has a count above 16: result and flags are undefined (vol. 2, SHLD). */
export function isBeyondSize(code: Code, start: Int32Array): boolean {
  return contextOf(code, start).instruction.operandSize === 16 && doubleShiftCount(code, start) > 16;
}
