import type { Expression, Program, Statement } from './nodes.ts';

/** What a program does, as far as block formation and flag liveness ask. */
export interface Effects {
  /** Ends a block: the last thing it does is transfer control. */
  readonly endsBlock: boolean;
  /** May leave before its end with the state untouched (a miss, a fault, a unit that is off). */
  readonly mayExit: boolean;
  /** Reads arithmetic flags. */
  readonly readsFlags: boolean;
  /** Writes all of them on every path. */
  readonly writesFlags: boolean;
}

/** Expressions of a statement itself, not of statements inside it. */
export function expressionsOf(s: Statement): readonly Expression[] {
  switch (s.k) {
    case 'let':
    case 'store':
    case 'setReg':
    case 'setLane':
      return [s.value];
    case 'setWord':
      return [s.at, s.offset, s.value];
    case 'address':
      return [s.offset];
    case 'loadBlock':
      return [s.target];
    case 'storeBlock':
      return [s.source];
    case 'setFlags':
      return [s.a, s.b];
    case 'if':
    case 'branch':
      return [s.condition];
    case 'unit':
      return s.args;
    case 'jumpTo':
    case 'checkTarget':
      return [s.target];
    default:
      return [];
  }
}

/** A statement with its own expressions replaced; those of statements inside it stay. */
export function mapExpressions(s: Statement, map: (e: Expression) => Expression): Statement {
  switch (s.k) {
    case 'let':
    case 'store':
    case 'setReg':
    case 'setLane':
      return { ...s, value: map(s.value) };
    case 'setWord':
      return { ...s, at: map(s.at), offset: map(s.offset), value: map(s.value) };
    case 'address':
      return { ...s, offset: map(s.offset) };
    case 'loadBlock':
      return { ...s, target: map(s.target) };
    case 'storeBlock':
      return { ...s, source: map(s.source) };
    case 'setFlags':
      return { ...s, a: map(s.a), b: map(s.b) };
    case 'if':
    case 'branch':
      return { ...s, condition: map(s.condition) };
    case 'unit':
      return { ...s, args: s.args.map(map) };
    case 'jumpTo':
    case 'checkTarget':
      return { ...s, target: map(s.target) };
    default:
      return s;
  }
}

/** Expressions directly inside one. */
function partsOf(e: Expression): readonly Expression[] {
  switch (e.k) {
    case 'unary':
      return [e.a];
    case 'binary':
    case 'compare':
      return [e.a, e.b];
    case 'select':
      return [e.c, e.a, e.b];
    case 'word':
      return [e.at, e.offset];
    case 'pure':
      return e.args;
    default:
      return [];
  }
}

/** Visits an expression and those inside it. */
export function visitExpression(e: Expression, visit: (e: Expression) => void): void {
  visit(e);
  for (const part of partsOf(e)) visitExpression(part, visit);
}

/** An expression with each one inside it, and then itself, replaced. */
export function mapExpression(e: Expression, map: (e: Expression) => Expression): Expression {
  const inner = (part: Expression): Expression => mapExpression(part, map);
  switch (e.k) {
    case 'unary':
      return map({ ...e, a: inner(e.a) });
    case 'binary':
    case 'compare':
      return map({ ...e, a: inner(e.a), b: inner(e.b) });
    case 'select':
      return map({ ...e, c: inner(e.c), a: inner(e.a), b: inner(e.b) });
    case 'word':
      return map({ ...e, at: inner(e.at), offset: inner(e.offset) });
    case 'pure':
      return map({ ...e, args: e.args.map(inner) });
    default:
      return map(e);
  }
}

function readsFlags(e: Expression): boolean {
  if (e.k === 'condition' || e.k === 'carry' || e.k === 'flags') return true;
  return partsOf(e).some(readsFlags);
}

const EXITING: ReadonlySet<Statement['k']> = new Set(['load', 'loadForWrite', 'store', 'loadBlock', 'storeBlock', 'probe', 'raise', 'require', 'checkTarget']);
const ENDING: ReadonlySet<Statement['k']> = new Set(['branch', 'jump', 'jumpTo']);

/** Effects of a list of statements. */
export function effectsOf(statements: readonly Statement[]): Effects {
  let endsBlock = false;
  let mayExit = false;
  let reads = false;
  let writes = false;
  for (const s of statements) {
    if (ENDING.has(s.k)) endsBlock = true;
    if (EXITING.has(s.k) || (s.k === 'unit' && s.mayFault)) mayExit = true;
    if (expressionsOf(s).some(readsFlags)) reads = true;
    if (s.k === 'setFlags') writes = true;
    if (s.k === 'if') {
      const then = effectsOf(s.then);
      const otherwise = effectsOf(s.otherwise);
      if (then.mayExit || otherwise.mayExit) mayExit = true;
      if (then.readsFlags || otherwise.readsFlags) reads = true;
      if (then.writesFlags && otherwise.writesFlags) writes = true;
    }
  }
  return { endsBlock, mayExit, readsFlags: reads, writesFlags: writes };
}

/** Effects of a program. */
export function analyze(program: Program): Effects {
  return effectsOf(program.statements);
}

/** Visits every statement, those inside arms included. */
export function visitStatements(statements: readonly Statement[], visit: (s: Statement) => void): void {
  for (const s of statements) {
    visit(s);
    if (s.k !== 'if') continue;
    visitStatements(s.then, visit);
    visitStatements(s.otherwise, visit);
  }
}
