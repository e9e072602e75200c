import { CONTROL_ROWS } from './control.ts';
import { featureOf } from './features.ts';
import { flagEffects } from './flags.ts';
import type { Form, Row } from './form.ts';
import { INTEGER_ROWS } from './integer.ts';
import { parseOpcode, type Opcode } from './opcode.ts';
import { LATER_SIMD_ROWS } from './simd-later.ts';
import { SIMD_ROWS } from './simd.ts';
import { SYSTEM_ROWS } from './system.ts';
import { X87_ROWS } from './x87.ts';

/** An opcode that leads to a form. */
export interface Slot {
  readonly opcode: Opcode;
  readonly form: Form;
}

const INVALID: Form = { id: 0, name: 'Invalid', mnemonic: '(bad)', opcode: '', operands: [], flags: flagEffects('', undefined), lock: false, mode: 'all', default64: false };
const OPERAND = /^(sI[bz]|[A-Z][a-z0-9]*|AL|AX|CL|DX|rAX|eAX|ST0|STi|[ECSDFG]S|1)$/;

function build(): { forms: Form[]; slots: Slot[] } {
  const forms: Form[] = [INVALID];
  const slots: Slot[] = [];
  const byName = new Map<string, Form>();
  const rows: readonly Row[] = [...INTEGER_ROWS, ...CONTROL_ROWS, ...SYSTEM_ROWS, ...X87_ROWS, ...SIMD_ROWS, ...LATER_SIMD_ROWS];
  for (const { opcode, name, options } of rows) {
    let form = byName.get(name);
    if (form === undefined) {
      const [first = '', ...operands] = name.split('_');
      const bad = operands.find((operand) => !OPERAND.test(operand));
      if (bad !== undefined) throw new SyntaxError(`form ${name}: operand code ${bad} is none of the manual's`);
      const feature = featureOf(name, opcode);
      form = {
        id: forms.length,
        name,
        mnemonic: options.mnemonic ?? first.toLowerCase(),
        opcode,
        operands,
        ...(options.condition === undefined ? {} : { condition: options.condition }),
        flags: flagEffects(name, options.condition),
        ...(feature === undefined ? {} : { feature }),
        lock: options.lock ?? false,
        mode: options.mode ?? 'all',
        default64: options.default64 ?? false,
      };
      forms.push(form);
      byName.set(name, form);
    }
    // The same form may be reachable in fewer modes through another opcode: the slot says so.
    slots.push({ opcode: parseOpcode(opcode), form: options.mode === undefined || options.mode === form.mode ? form : { ...form, mode: options.mode } });
  }
  return { forms, slots };
}

const built = build();

/** Every form; index 0 is the undefined opcode. */
export const FORMS: readonly Form[] = built.forms;

/** Ids by name. */
export const FORM_IDS: Readonly<Record<string, number>> = Object.fromEntries(built.forms.map((form) => [form.name, form.id]));

/** Every opcode of the map. */
export const SLOTS: readonly Slot[] = built.slots;
