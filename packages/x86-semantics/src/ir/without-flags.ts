import { expressionsOf, visitExpression } from './analyze.ts';
import type { Program, Statement } from './nodes.ts';

function usesOf(statements: readonly Statement[], uses: Set<number>): void {
  for (const s of statements) {
    for (const e of expressionsOf(s)) visitExpression(e, (each) => void (each.k === 'temp' && uses.add(each.id)));
    if (s.k !== 'if') continue;
    usesOf(s.then, uses);
    usesOf(s.otherwise, uses);
  }
}

function dropSetters(statements: readonly Statement[]): Statement[] {
  return statements.flatMap((s): Statement[] => {
    if (s.k === 'setFlags') return [];
    if (s.k !== 'if') return [s];
    const [then, otherwise] = [dropSetters(s.then), dropSetters(s.otherwise)];
    return then.length === 0 && otherwise.length === 0 ? [] : [{ ...s, then, otherwise }];
  });
}

function dropUnused(statements: readonly Statement[], uses: ReadonlySet<number>): Statement[] {
  return statements.flatMap((s): Statement[] => {
    if (s.k === 'let') return uses.has(s.id) ? [s] : [];
    return s.k === 'if' ? [{ ...s, then: dropUnused(s.then, uses), otherwise: dropUnused(s.otherwise, uses) }] : [s];
  });
}

/** The program without what it does for the flags alone: for where nobody sees them. Loads stay, since they may fault. */
export function withoutFlags(program: Program): Program {
  let statements = dropSetters(program.statements);
  for (;;) {
    const uses = new Set<number>();
    usesOf(statements, uses);
    const kept = dropUnused(statements, uses);
    if (kept.length === statements.length) return { ...program, statements };
    statements = kept;
  }
}
