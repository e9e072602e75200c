import { expressionsOf, mapExpression, mapExpressions, visitExpression } from './traverse.ts';
import type { Expression, RegisterSlot, Statement, Width } from './nodes.ts';

const FIXED: ReadonlySet<Expression['k']> = new Set(['const', 'field', 'unary', 'binary', 'compare', 'select', 'pure']);

/** Which registers ModRM names: what an instruction's own reads and writes of registers may overlap in. */
export interface NamedRegisters {
  readonly reg: number;
  readonly rm: number;
}

/** The general register (0..7) that a byte, word or doubleword register is part of. */
function whole(slot: RegisterSlot, width: Width, named: NamedRegisters): number {
  const number = slot === 'reg' ? named.reg : slot === 'rm' ? named.rm : slot;
  return width === 8 && number >= 4 ? number - 4 : number;
}

/** What an expression's value depends on besides temporaries: registers as a mask, flags, and other state. */
interface Reads {
  registers: number;
  flags: boolean;
  state: boolean;
}

function readsOf(expression: Expression, named: NamedRegisters): Reads {
  const reads: Reads = { registers: 0, flags: false, state: false };
  visitExpression(expression, (e) => {
    if (e.k === 'reg') reads.registers |= 1 << whole(e.slot, e.width, named);
    else if (e.k === 'ea') reads.registers = -1;
    else if (e.k === 'condition' || e.k === 'carry' || e.k === 'flags') reads.flags = true;
    else if (e.k === 'lane' || e.k === 'top' || e.k === 'stack' || e.k === 'word' || e.k === 'floatCompare' || e.k === 'truncate') reads.state = true;
  });
  return reads;
}

/** Whether a statement may change what was read. Those inside an `if` may do anything. */
function changes(s: Statement, reads: Reads, named: NamedRegisters): boolean {
  switch (s.k) {
    case 'setReg':
      return (reads.registers & (1 << whole(s.slot, s.width, named))) !== 0;
    case 'setFlags':
      return reads.flags;
    case 'setLane':
    case 'setTop':
    case 'setStack':
    case 'setWord':
    case 'setDouble':
    case 'setSingle':
    case 'loadBlock':
    case 'loadDoubles':
    case 'letFloat':
    case 'pointers':
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

/** Whether decoding alone fixes the value. */
function isFixed(expression: Expression): boolean {
  let fixed = true;
  visitExpression(expression, (e) => void (fixed &&= FIXED.has(e.k)));
  return fixed;
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
function mayInline(statements: readonly Statement[], index: number, value: Expression, id: number, named: NamedRegisters): boolean {
  const rest = statements.slice(index + 1);
  const isSimple = value.k === 'reg' && value.width === 32;
  if (!isSimple && countUses(rest, id) > 1) return false;
  const last = lastUse(rest, id);
  if (last < 0) return false;
  const reads = readsOf(value, named);
  // Flags are set one part of their record after the other.
  if (reads.flags && rest.some((s) => s.k === 'setFlags' && countUses([s], id) > 0)) return false;
  return rest.slice(0, last).every((s) => !changes(s, reads, named));
}

/**
 * The statements of an instruction with temporaries that are copies, fixed by decoding, or used once read in place. Means
 * the same; compiled code is shorter, which counts before V8 optimises it.
 */
export function specialize(program: readonly Statement[], named: NamedRegisters): Statement[] {
  let statements = [...program];
  for (let i = 0; i < statements.length; ) {
    const s = statements[i];
    if (s.k !== 'let') {
      i++;
      continue;
    }
    const isFree = s.value.k === 'temp' || isFixed(s.value);
    if (!isFree && countUses(statements, s.id) > 0 && !mayInline(statements, i, s.value, s.id, named)) {
      i++;
      continue;
    }
    statements = [...statements.slice(0, i), ...replaceTemp(statements.slice(i + 1), s.id, s.value)];
  }
  return statements;
}
