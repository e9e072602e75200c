import { GuestMemory } from '@ringzero/guest-memory';
import { Execution } from '@ringzero/backend-interpreter/engine';
import { ALL_FEATURES, FORMS, type Form } from '@ringzero/x86';
import { createHelpers, createSemanticsTable, Vp } from '@ringzero/x86-semantics';
import { PlainClock } from '../replay/clock.ts';

/** How an engine does a form: from the IR, by calling the shared helper, or not at all. */
export type Support = 'IR' | 'helper' | 'none';

export interface EngineSupport {
  readonly interpreter: Support;
  readonly jit: Support;
  readonly evaluator: Support;
}

const SHAPES = [16, 32].flatMap((operandSize) => [false, true].map((isMemory) => ({ operandSize, isMemory })));

/** Asks the handler table of the interpreter, and the table of semantics that the JIT and the evaluator take programs from. */
export function engineSupport(): (form: Form) => EngineSupport {
  const execution = new Execution(new Vp({ index: 0, apicId: 0, memory: new GuestMemory(0x10_0000), clock: new PlainClock(), features: ALL_FEATURES }));
  const semantics = createSemanticsTable();
  const helpers = createHelpers().run;
  return (form) => {
    const hasProgram = form.mode !== 'long' && SHAPES.some(({ operandSize, isMemory }) => semantics.build(form, { operandSize: operandSize as 16 | 32, isMemory }) !== undefined);
    const hasHandler = SHAPES.some(({ operandSize, isMemory }) => execution.handlers.find(form.id, operandSize, isMemory) !== undefined);
    const kind = helpers[form.name] !== undefined ? 'helper' : hasProgram ? 'IR' : 'none';
    // The JIT compiles what has a program and the evaluator walks it; both call the helpers as the interpreter does.
    return { interpreter: hasHandler ? kind : 'none', jit: hasHandler ? kind : 'none', evaluator: hasHandler ? kind : 'none' };
  };
}

/** Forms of the map, without the undefined opcode. */
export const MAPPED_FORMS: readonly Form[] = FORMS.slice(1);
