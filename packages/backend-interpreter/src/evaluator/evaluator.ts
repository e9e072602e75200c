import type { Hypervisor } from '@ringzero/processor';
import { FORMS } from '@ringzero/x86';
import { BUDGET, createSemanticsTable, evaluate, FAULT, STATUS_BRANCHED, STATUS_OK, type EvaluatedUnits, type Handler, type Operation, type Program } from '@ringzero/x86-semantics';
import type { Execution } from '../engine/execution.ts';
import { createSoftwareHypervisor, type SoftwareEngine } from '../partition/hypervisor.ts';

/** The program of an operation's form and shape; null where it is a helper. */
type ProgramOf = (op: Operation) => Program | null;

/** Programs are built when they are first met. */
function createPrograms(): ProgramOf {
  const table = createSemanticsTable();
  const programs: (Program | null | undefined)[] = [];
  return (op) => {
    const operandSize = op.operandSize === 16 ? 16 : 32;
    const key = op.form * 4 + (operandSize === 16 ? 0 : 2) + (op.isMemory ? 1 : 0);
    return (programs[key] ??= table.build(FORMS[op.form], { operandSize, isMemory: op.isMemory }) ?? null);
  };
}

/** In place of a generated handler: reads the program's IR node by node. Helpers stay what they are. */
function evaluating(execution: Execution, programOf: ProgramOf): (original: Handler) => Handler {
  const { vp, transfers, handlers } = execution;
  const { R } = vp;
  // Names of the units' functions are in the IR, which is checked when handlers are generated from it.
  const units = execution.units as unknown as EvaluatedUnits;
  return (original) =>
    function evaluated(op) {
      const program = programOf(op);
      if (program === null) return original(op);
      const status = evaluate(program, vp, op, units);
      if (status === STATUS_BRANCHED) return transfers.branched(op);
      if (status !== STATUS_OK) {
        R[FAULT] = status;
        return transfers.fail(op);
      }
      const next = op.next;
      if (handlers.endsBlock(op.form) && (R[BUDGET] -= next.count) < 0) return transfers.leaveNext(op);
      return next;
    };
}

/**
 * The engine that walks the IR directly, every memory access on the slow path: slow and plain. What the interpreter's
 * handlers and compiled blocks are compared with.
 */
export function createEvaluatorHypervisor(): Hypervisor {
  const programOf = createPrograms();
  const engine: SoftwareEngine = {
    name: 'evaluator',
    attach(execution) {
      execution.switchLoop.use = 'never';
      execution.handlers.wrap(evaluating(execution, programOf));
      return { counters: () => ({}) };
    },
  };
  return createSoftwareHypervisor(engine);
}
