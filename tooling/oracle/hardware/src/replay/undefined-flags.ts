import { Decoder, FORMS, Instruction, type Form } from '@ringzero/x86';
import type { Code, Outcome } from '../format/cases.ts';
import { EIP } from '../format/layout.ts';
import { entryOf } from '../format/start.ts';
import { modeOf } from './context.ts';

const BY_NAME: ReadonlyMap<string, Form> = new Map(FORMS.map((form) => [form.name, form]));
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

/** Flags that are undefined after forms, whatever their operands. */
function undefinedAfter(forms: readonly string[]): number {
  let mask = 0;
  for (const name of forms) {
    const form = formOf(name);
    const { written, cleared, set } = form.flags;
    if (!hasCount(form)) mask &= ~(written | cleared | set);
    mask |= form.flags.undefined;
  }
  return mask;
}

const CACHE = new WeakMap<Code, number>();

/** Flags that the manual leaves undefined after a code. At a fault in a sequence, those that earlier instructions left. */
export function undefinedFlags(code: Code, outcome: Outcome): number {
  if (code.forms.length > 1 && outcome.vector !== VECTOR_END) return undefinedAfter(code.forms.slice(0, completed(code, outcome)));
  let mask = CACHE.get(code);
  if (mask === undefined) CACHE.set(code, (mask = undefinedAfter(code.forms)));
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
