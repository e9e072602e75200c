import type { Expression, Program, Statement } from './nodes.ts';
import { expressionsOf, visitExpression } from './traverse.ts';

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

function readsFlags(e: Expression): boolean {
  let found = false;
  visitExpression(e, ({ k }) => void (found ||= k === 'condition' || k === 'carry' || k === 'flags'));
  return found;
}

const EXITING: ReadonlySet<Statement['k']> = new Set(['load', 'loadForWrite', 'store', 'loadBlock', 'storeBlock', 'loadPair', 'storePair', 'loadDoubles', 'storeDoubles', 'probe', 'raise', 'require', 'checkTarget']);
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
