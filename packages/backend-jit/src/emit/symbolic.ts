import { fold, ZERO, type ArithmeticOperator, type Expression, type Operation, type RegisterSlot, type Width } from '@ringzero/x86-semantics';

/** A value that is known but for what `symbol` stands for: symbol + `delta`. */
export interface Symbolic {
  readonly symbol: number;
  readonly delta: number;
}

/** Symbol `a` + (`b` << `shift`). */
export interface SymbolicSum {
  readonly a: number;
  readonly b: number;
  readonly shift: number;
}

/** Stands for 0. */
export const NOTHING = 0;
/** General registers. */
export const REGISTERS = 8;

/** Names what is not known: registers at some point, and sums of them. */
export class Symbols {
  #last = NOTHING;
  readonly #sums = new Map<string, number>();
  readonly #parts = new Map<number, SymbolicSum>();
  readonly #bounds = new Map<number, number>();

  fresh(): Symbolic {
    return { symbol: ++this.#last, delta: 0 };
  }

  /** Something between 0 and `most`. */
  bounded(most: number): Symbolic {
    const value = this.fresh();
    this.#bounds.set(value.symbol, most);
    return value;
  }

  /** The most that `symbol` may stand for, if it is between 0 and that. */
  bound(symbol: number): number | undefined {
    const parts = this.#parts.get(symbol);
    if (symbol === NOTHING || parts === undefined) return symbol === NOTHING ? 0 : this.#bounds.get(symbol);
    const [a, b] = [this.bound(parts.a), this.bound(parts.b)];
    return a === undefined || b === undefined ? undefined : a + b * 2 ** parts.shift;
  }

  /** Registers of which nothing is known. */
  registers(): readonly Symbolic[] {
    return Array.from({ length: REGISTERS }, () => this.fresh());
  }

  /** `a` + (`b` << `shift`). */
  sum(a: Symbolic, b: Symbolic, shift: number): Symbolic {
    const delta = (a.delta + (b.delta << shift)) | 0;
    if (b.symbol === NOTHING) return { symbol: a.symbol, delta };
    const key = `${a.symbol} ${b.symbol} ${shift}`;
    let symbol = this.#sums.get(key);
    if (symbol === undefined) {
      this.#sums.set(key, (symbol = ++this.#last));
      this.#parts.set(symbol, { a: a.symbol, b: b.symbol, shift });
    }
    return { symbol, delta };
  }

  /** What `symbol` is the sum of, if it is one. */
  parts(symbol: number): SymbolicSum | undefined {
    return this.#parts.get(symbol);
  }
}

/** The general registers, as far as they are known from each other. */
export class SymbolicRegisters {
  readonly values: Symbolic[];
  readonly #symbols: Symbols;
  readonly #temps = new Map<number, Symbolic>();

  constructor(symbols: Symbols, values: readonly Symbolic[]) {
    this.#symbols = symbols;
    this.values = [...values];
  }

  /** Another instruction begins: its temporaries are its own. */
  begin(): void {
    this.#temps.clear();
  }

  setTemp(id: number, value: Symbolic | undefined): void {
    if (value === undefined) this.#temps.delete(id);
    else this.#temps.set(id, value);
  }

  set(op: Operation, slot: RegisterSlot, width: Width, value: Symbolic | undefined): void {
    this.values[registerOf(op, slot, width)] = (width === 32 ? value : undefined) ?? this.#symbols.fresh();
  }

  /** What an expression is, where that is known. */
  of(op: Operation, e: Expression): Symbolic | undefined {
    switch (e.k) {
      case 'const':
        return constant(e.value);
      case 'field':
        return constant(op[e.name]);
      case 'reg':
        return e.width === 32 ? this.values[registerOf(op, e.slot, 32)] : this.#symbols.bounded(e.width === 8 ? 0xff : 0xffff);
      case 'temp':
        return this.#temps.get(e.id);
      case 'ea':
        return this.#effectiveAddress(op);
      case 'unary':
        return this.#unary(op, e);
      case 'binary':
        return this.#binary(e.op, this.of(op, e.a), this.of(op, e.b));
      case 'select': {
        const folded = fold(e, (name) => op[name]);
        return folded.k === 'select' ? undefined : this.of(op, folded);
      }
      default:
        return undefined;
    }
  }

  #unary(op: Operation, { op: operator, a }: Extract<Expression, { k: 'unary' }>): Symbolic | undefined {
    if (operator === 'zext8') return this.#symbols.bounded(0xff);
    const value = operator === 'not' ? this.of(op, a) : undefined;
    return value?.symbol === NOTHING ? constant(~value.delta) : undefined;
  }

  #binary(operator: ArithmeticOperator, a: Symbolic | undefined, b: Symbolic | undefined): Symbolic | undefined {
    const [left, right] = [known(a), known(b)];
    switch (operator) {
      case 'and':
        if (left === 0 || right === 0) return constant(0);
        if (left === -1) return b;
        if (right === -1) return a;
        return right !== undefined && right > 0 ? this.#symbols.bounded(right) : undefined;
      case 'or':
        return left === 0 ? b : right === 0 ? a : undefined;
      case 'add':
        if (a === undefined || b === undefined || (left === undefined && right === undefined)) return undefined;
        return { symbol: left === undefined ? a.symbol : b.symbol, delta: (a.delta + b.delta) | 0 };
      case 'sub':
        return a === undefined || right === undefined ? undefined : { symbol: a.symbol, delta: (a.delta - right) | 0 };
      default:
        return undefined;
    }
  }

  #effectiveAddress(op: Operation): Symbolic | undefined {
    if (op.addressMask !== -1) return undefined;
    const constant = { symbol: NOTHING, delta: op.displacement };
    const base = op.base === ZERO ? constant : this.#symbols.sum(this.values[op.base >> 1], constant, 0);
    return op.index === ZERO ? base : this.#symbols.sum(base, this.values[op.index >> 1], op.scale);
  }
}

/** The general register that holds what `slot` names. */
export function registerOf(op: Operation, slot: RegisterSlot, width: Width): number {
  const number = slot === 'reg' ? op.regNumber : slot === 'rm' ? op.rmNumber : slot;
  return width === 8 && number >= 4 ? number - 4 : number;
}

function constant(value: number): Symbolic {
  return { symbol: NOTHING, delta: value };
}

/** The value, if it is a number. */
function known(value: Symbolic | undefined): number | undefined {
  return value?.symbol === NOTHING ? value.delta : undefined;
}
