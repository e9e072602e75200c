import { mapExpression, expressionsOf, mapExpressions, visitExpression } from './analyze.ts';
import { fold } from './fold.ts';
import type { Expression, FieldName, RegisterSlot, Statement, Width } from './nodes.ts';

/** What decoding fixed for one instruction. */
export interface Decoded {
  constant(name: FieldName): number;
  /** Number of the register in a slot. */
  register(slot: RegisterSlot): number;
}

/** The general register (0..7) that a byte, word or doubleword register is part of. */
function whole(number: number, width: Width): number {
  return width === 8 && number >= 4 ? number - 4 : number;
}

/** What an expression's value depends on besides temporaries: registers as a mask, flags, and other state. */
interface Reads {
  registers: number;
  flags: boolean;
  state: boolean;
}

function readsOf(expression: Expression, decoded: Decoded): Reads {
  const reads: Reads = { registers: 0, flags: false, state: false };
  visitExpression(expression, (e) => {
    if (e.k === 'reg') reads.registers |= 1 << whole(decoded.register(e.slot), e.width);
    else if (e.k === 'ea') reads.registers = -1;
    else if (e.k === 'condition' || e.k === 'carry' || e.k === 'flags') reads.flags = true;
    else if (e.k === 'lane' || e.k === 'word') reads.state = true;
  });
  return reads;
}

/** Whether a statement may change what was read. Those inside an `if` may do anything. */
function changes(s: Statement, reads: Reads, decoded: Decoded): boolean {
  switch (s.k) {
    case 'setReg':
      return (reads.registers & (1 << whole(decoded.register(s.slot), s.width))) !== 0;
    case 'setFlags':
      return reads.flags;
    case 'setLane':
    case 'setWord':
    case 'loadBlock':
      return reads.state;
    case 'unit':
      return reads.state || reads.flags;
    case 'if':
      return reads.registers !== 0 || reads.flags || reads.state;
    default:
      return false;
  }
}

function countUses(statements: readonly Statement[], id: number): number {
  let uses = 0;
  for (const s of statements) {
    for (const e of expressionsOf(s)) visitExpression(e, (each) => void (each.k === 'temp' && each.id === id && uses++));
    if (s.k === 'if') uses += countUses(s.then, id) + countUses(s.otherwise, id);
  }
  return uses;
}

function replaceTemp(statements: readonly Statement[], id: number, value: Expression): Statement[] {
  return statements.map((s) => {
    const mapped = mapExpressions(s, (e) => mapExpression(e, (each) => (each.k === 'temp' && each.id === id ? value : each)));
    return mapped.k === 'if' ? { ...mapped, then: replaceTemp(mapped.then, id, value), otherwise: replaceTemp(mapped.otherwise, id, value) } : mapped;
  });
}

/** Folds constants, and drops arms that are never taken. */
function foldAll(statements: readonly Statement[], decoded: Decoded): Statement[] {
  return statements.flatMap((s): Statement[] => {
    const folded = mapExpressions(s, (e) => fold(e, (name) => decoded.constant(name)));
    if (folded.k !== 'if') return [folded];
    if (folded.condition.k === 'const') return foldAll(folded.condition.value !== 0 ? folded.then : folded.otherwise, decoded);
    const [then, otherwise] = [foldAll(folded.then, decoded), foldAll(folded.otherwise, decoded)];
    return then.length + otherwise.length === 0 ? [] : [{ ...folded, then, otherwise }];
  });
}

/** Index of the last statement that uses the temporary, if all uses are at this level; −1 where one is inside an `if`. */
function lastUse(statements: readonly Statement[], id: number): number {
  let last = -1;
  for (let i = 0; i < statements.length; i++) {
    const s = statements[i];
    if (s.k === 'if' && countUses([...s.then, ...s.otherwise], id) > 0) return -1;
    if (countUses([s], id) > 0) last = i;
  }
  return last;
}

/** Whether `let` at `index` may be read where it is used instead. */
function mayInline(statements: readonly Statement[], index: number, value: Expression, id: number, decoded: Decoded): boolean {
  const rest = statements.slice(index + 1);
  const isSimple = value.k === 'reg' && value.width === 32;
  if (!isSimple && countUses(rest, id) > 1) return false;
  const last = lastUse(rest, id);
  if (last < 0) return false;
  const reads = readsOf(value, decoded);
  // Flags are set one part of their record after the other.
  if (reads.flags && rest.some((s) => s.k === 'setFlags' && countUses([s], id) > 0)) return false;
  return rest.slice(0, last).every((s) => !changes(s, reads, decoded));
}

/**
 * The statements of one decoded instruction: constants folded, temporaries that are constants, copies or used once read in
 * place. Means the same; compiled code is shorter, which counts before V8 optimises it.
 */
export function specialize(program: readonly Statement[], decoded: Decoded): Statement[] {
  let statements = foldAll(program, decoded);
  for (let i = 0; i < statements.length; ) {
    const s = statements[i];
    if (s.k !== 'let') {
      i++;
      continue;
    }
    const uses = countUses(statements, s.id);
    const isFree = s.value.k === 'const' || s.value.k === 'temp';
    if (uses > 0 && !isFree && !mayInline(statements, i, s.value, s.id, decoded)) {
      i++;
      continue;
    }
    const rest = replaceTemp(statements.slice(i + 1), s.id, s.value);
    statements = [...statements.slice(0, i), ...(s.value.k === 'const' ? foldAll(rest, decoded) : rest)];
  }
  return statements;
}
