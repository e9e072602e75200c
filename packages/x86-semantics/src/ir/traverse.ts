import type { Expression, FloatExpression, Statement } from './nodes.ts';

// Walks over the IR. An integer expression may lie inside a float one, and the other way round.

type Map = (e: Expression) => Expression;

/** Integer expressions inside a float one, not below those. */
function integersOf(f: FloatExpression): readonly Expression[] {
  switch (f.k) {
    case 'double':
    case 'single':
      return [f.at];
    case 'floatBinary':
      return [...integersOf(f.a), ...integersOf(f.b)];
    case 'floatUnary':
      return integersOf(f.a);
    case 'fromInteger':
      return [f.a];
    default:
      return [];
  }
}

function mapFloat(f: FloatExpression, map: Map): FloatExpression {
  switch (f.k) {
    case 'double':
    case 'single':
      return { ...f, at: map(f.at) };
    case 'floatBinary':
      return { ...f, a: mapFloat(f.a, map), b: mapFloat(f.b, map) };
    case 'floatUnary':
      return { ...f, a: mapFloat(f.a, map) };
    case 'fromInteger':
      return { ...f, a: map(f.a) };
    default:
      return f;
  }
}

/** Integer expressions of a statement itself, not of statements inside it. */
export function expressionsOf(s: Statement): readonly Expression[] {
  const found: Expression[] = [];
  mapExpressions(s, (e) => {
    found.push(e);
    return e;
  });
  return found;
}

/** A statement with its own integer expressions replaced; those of statements inside it stay. */
export function mapExpressions(s: Statement, map: Map): Statement {
  switch (s.k) {
    case 'let':
    case 'store':
    case 'setReg':
    case 'setTop':
    case 'setLane':
      return { ...s, value: map(s.value) };
    case 'letFloat':
      return { ...s, value: mapFloat(s.value, map) };
    case 'setDouble':
    case 'setSingle':
      return { ...s, at: map(s.at), value: mapFloat(s.value, map) };
    case 'setStack':
      return { ...s, physical: map(s.physical), value: map(s.value) };
    case 'storePair':
      return { ...s, low: map(s.low), high: map(s.high) };
    case 'setWord':
      return { ...s, at: map(s.at), offset: map(s.offset), value: map(s.value) };
    case 'address':
      return { ...s, offset: map(s.offset) };
    case 'loadBlock':
    case 'loadDoubles':
    case 'jumpTo':
    case 'checkTarget':
      return { ...s, target: map(s.target) };
    case 'storeBlock':
    case 'storeDoubles':
      return { ...s, source: map(s.source) };
    case 'setFlags':
      return { ...s, a: map(s.a), b: map(s.b) };
    case 'if':
    case 'branch':
      return { ...s, condition: map(s.condition) };
    case 'unit':
      return { ...s, args: s.args.map(map) };
    case 'load':
    case 'loadForWrite':
    case 'loadPair':
    case 'pointers':
    case 'probe':
    case 'raise':
    case 'require':
    case 'jump':
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
    case 'stack':
      return [e.physical];
    case 'pure':
      return e.args;
    case 'floatCompare':
      return [...integersOf(e.a), ...integersOf(e.b)];
    case 'fact':
      return [e.at, e.test];
    case 'truncate':
      return integersOf(e.a);
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
export function mapExpression(e: Expression, map: Map): Expression {
  const inner = (part: Expression): Expression => mapExpression(part, map);
  switch (e.k) {
    case 'unary':
      return map({ ...e, a: inner(e.a) });
    case 'binary':
    case 'compare':
      return map({ ...e, a: inner(e.a), b: inner(e.b) });
    case 'select':
      return map({ ...e, c: inner(e.c), a: inner(e.a), b: inner(e.b) });
    case 'stack':
      return map({ ...e, physical: inner(e.physical) });
    case 'word':
      return map({ ...e, at: inner(e.at), offset: inner(e.offset) });
    case 'pure':
      return map({ ...e, args: e.args.map(inner) });
    case 'fact':
      return map({ ...e, at: inner(e.at), test: inner(e.test) });
    case 'floatCompare':
      return map({ ...e, a: mapFloat(e.a, inner), b: mapFloat(e.b, inner) });
    case 'truncate':
      return map({ ...e, a: mapFloat(e.a, inner) });
    default:
      return map(e);
  }
}
