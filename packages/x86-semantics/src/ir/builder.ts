import type { FlagKindName } from '../flags/kinds.ts';
import type { AddressSegment, ArithmeticOperator, CompareOperator, Expression, FieldName, FloatCompareOperator, FloatExpression, FloatFunction, FloatOperator, PointersTo, Program, PureName, RegisterSlot, RequiredUnit, StackPart, Statement, UnaryOperator, UnitName, VectorFile, Width } from './nodes.ts';
import { fold } from './fold.ts';
import type { Operand } from './operands.ts';

/** An address that was checked against its segment. */
export interface Address {
  readonly id: number;
  readonly size: number;
}

/** An int32 value: an expression, or a constant. */
export type Value = Expression | number;

const ESP_NUMBER = 4;

/** Builds the {@link Program} of one instruction. Semantics functions call it; they never see an engine. */
export class Builder {
  #statements: Statement[] = [];
  #temps = 0;
  #addresses = 0;
  #floatTemps = 0;
  /** Operand memory that was read for writing. */
  #locked: Address | null = null;

  // Values.
  const(value: number): Expression {
    return { k: 'const', value: value | 0 };
  }
  field(name: FieldName): Expression {
    return { k: 'field', name };
  }
  get immediate(): Expression {
    return this.field('immediate');
  }
  reg(slot: RegisterSlot, width: Width = 32): Expression {
    return { k: 'reg', slot, width };
  }
  lane(lane: number): Expression {
    return { k: 'lane', lane };
  }
  vector(slot: 'reg' | 'rm', file: VectorFile): Expression {
    return { k: 'vector', slot, file };
  }
  /** The doubleword at byte `at` + `offset` of the state. */
  word(at: Value, offset: Value = 0): Expression {
    return { k: 'word', at: this.#of(at), offset: this.#of(offset) };
  }
  get top(): Expression {
    return { k: 'top' };
  }
  stack(physical: Value, part: StackPart): Expression {
    return { k: 'stack', physical: this.#of(physical), part };
  }
  unary(op: UnaryOperator, a: Value): Expression {
    return { k: 'unary', op, a: this.#of(a) };
  }
  binary(op: ArithmeticOperator, a: Value, b: Value): Expression {
    return { k: 'binary', op, a: this.#of(a), b: this.#of(b) };
  }
  compare(op: CompareOperator, a: Value, b: Value): Expression {
    return { k: 'compare', op, a: this.#of(a), b: this.#of(b) };
  }
  add(a: Value, b: Value): Expression {
    return this.binary('add', a, b);
  }
  sub(a: Value, b: Value): Expression {
    return this.binary('sub', a, b);
  }
  mul(a: Value, b: Value): Expression {
    return this.binary('mul', a, b);
  }
  and(a: Value, b: Value): Expression {
    return this.binary('and', a, b);
  }
  or(a: Value, b: Value): Expression {
    return this.binary('or', a, b);
  }
  xor(a: Value, b: Value): Expression {
    return this.binary('xor', a, b);
  }
  shl(a: Value, b: Value): Expression {
    return this.binary('shl', a, b);
  }
  shr(a: Value, b: Value): Expression {
    return this.binary('shr', a, b);
  }
  sar(a: Value, b: Value): Expression {
    return this.binary('sar', a, b);
  }
  not(a: Value): Expression {
    return this.unary('not', a);
  }
  neg(a: Value): Expression {
    return this.unary('neg', a);
  }
  eq(a: Value, b: Value): Expression {
    return this.compare('eq', a, b);
  }
  ne(a: Value, b: Value): Expression {
    return this.compare('ne', a, b);
  }
  select(c: Value, a: Value, b: Value): Expression {
    return { k: 'select', c: this.#of(c), a: this.#of(a), b: this.#of(b) };
  }
  condition(code: number): Expression {
    return { k: 'condition', code };
  }
  get carry(): Expression {
    return { k: 'carry' };
  }
  get flags(): Expression {
    return { k: 'flags' };
  }
  pure(name: PureName, ...args: Value[]): Expression {
    return { k: 'pure', name, args: args.map((a) => this.#of(a)) };
  }
  double(at: Value, offset: number = 0): FloatExpression {
    return { k: 'double', at: this.#of(at), offset };
  }
  single(at: Value, offset: number = 0): FloatExpression {
    return { k: 'single', at: this.#of(at), offset };
  }
  float(op: FloatOperator, a: FloatExpression, b: FloatExpression): FloatExpression {
    return { k: 'floatBinary', op, a, b };
  }
  floatUnary(op: FloatFunction, a: FloatExpression): FloatExpression {
    return { k: 'floatUnary', op, a };
  }
  floatConst(value: number): FloatExpression {
    return { k: 'floatConst', value };
  }
  fromInteger(a: Value): FloatExpression {
    return { k: 'fromInteger', a: this.#of(a) };
  }
  floatCompare(op: FloatCompareOperator, a: FloatExpression, b: FloatExpression | number): Expression {
    return { k: 'floatCompare', op, a, b: typeof b === 'number' ? this.floatConst(b) : b };
  }
  /** A test of the element at byte `at` + `offset` of the state. */
  elementFact(about: 'number' | 'whole', at: Value, offset: number, isDouble: boolean, test: Expression): Expression {
    return { k: 'fact', about, at: this.#of(at), offset, isDouble, test };
  }
  /** A test that MXCSR has the host's arithmetic serve. */
  roundingFact(test: Expression): Expression {
    return { k: 'fact', about: 'rounding', at: this.const(0), offset: 0, isDouble: false, test };
  }
  truncate(a: FloatExpression): Expression {
    return { k: 'truncate', a };
  }
  /** The low `width` bits, zero-extended. */
  zeroExtend(a: Value, width: Width): Expression {
    return width === 32 ? this.#of(a) : this.unary(width === 16 ? 'zext16' : 'zext8', a);
  }
  /** The low `width` bits, sign-extended. */
  signExtend(a: Value, width: Width): Expression {
    return width === 32 ? this.#of(a) : this.unary(width === 16 ? 'sext16' : 'sext8', a);
  }

  // Statements.
  /** Evaluates `value` once. */
  let(value: Value): Expression {
    const folded = fold(this.#of(value), () => undefined);
    if (folded.k === 'const') return folded;
    const id = this.#temps++;
    this.#push({ k: 'let', id, value: folded });
    return { k: 'temp', id };
  }
  letFloat(value: FloatExpression): FloatExpression {
    const id = this.#floatTemps++;
    this.#push({ k: 'letFloat', id, value });
    return { k: 'floatTemp', id };
  }
  /** `isWhole`: neither denormal nor a NaN. */
  setDouble(at: Value, offset: number, value: FloatExpression, isWhole: boolean = false): void {
    this.#push({ k: 'setDouble', at: this.#of(at), offset, value, isWhole });
  }
  setSingle(at: Value, offset: number, value: FloatExpression, isWhole: boolean = false): void {
    this.#push({ k: 'setSingle', at: this.#of(at), offset, value, isWhole });
  }
  /** Offset of the memory operand. */
  get effectiveAddress(): Expression {
    return { k: 'ea' };
  }
  /** Checks an address; the linear address may then be loaded from and stored to. */
  address(segment: AddressSegment, offset: Value, size: number, write: boolean): Address {
    const id = this.#addresses++;
    this.#push({ k: 'address', id, segment, offset: this.#of(offset), size, write });
    return { id, size };
  }
  /** Address of the memory operand. */
  operandAddress(size: number, write: boolean): Address {
    return this.address('operand', this.effectiveAddress, size, write);
  }
  linear(address: Address): Expression {
    return { k: 'linear', address: address.id };
  }
  load(address: Address, width: Width): Expression {
    const id = this.#temps++;
    this.#push({ k: 'load', id, address: address.id, width });
    return { k: 'temp', id };
  }
  /** Loads 8 bytes: low and high half. */
  loadPair(address: Address): readonly [low: Expression, high: Expression] {
    const low = this.#temps++;
    const high = this.#temps++;
    this.#push({ k: 'loadPair', low, high, address: address.id });
    return [{ k: 'temp', id: low }, { k: 'temp', id: high }];
  }
  storePair(address: Address, low: Value, high: Value): void {
    this.#push({ k: 'storePair', address: address.id, low: this.#of(low), high: this.#of(high) });
  }
  /** Copies the doubles at `address` to byte offset `target` of the state, for use as numbers as well. */
  loadDoubles(address: Address, target: Value): readonly FloatExpression[] {
    const ids = Array.from({ length: address.size >> 3 }, () => this.#floatTemps++);
    this.#push({ k: 'loadDoubles', ids, named: true, address: address.id, target: this.#of(target) });
    return ids.map((id) => ({ k: 'floatTemp', id }));
  }
  copyDoubles(address: Address, target: Value): void {
    const ids = Array.from({ length: address.size >> 3 }, () => this.#floatTemps++);
    this.#push({ k: 'loadDoubles', ids, named: false, address: address.id, target: this.#of(target) });
  }
  storeDoubles(address: Address, source: Value): void {
    this.#push({ k: 'storeDoubles', address: address.id, count: address.size >> 3, source: this.#of(source) });
  }
  pointers(to: PointersTo): void {
    this.#push({ k: 'pointers', to });
  }
  loadForWrite(address: Address, width: Width): Expression {
    const id = this.#temps++;
    this.#push({ k: 'loadForWrite', id, address: address.id, width });
    return { k: 'temp', id };
  }
  store(address: Address, width: Width, value: Value): void {
    this.#push({ k: 'store', address: address.id, width, value: this.#of(value), checked: false });
  }
  /** Store after `loadForWrite`. */
  storeBack(address: Address, width: Width, value: Value): void {
    this.#push({ k: 'store', address: address.id, width, value: this.#of(value), checked: true });
  }
  /** Copies `address.size` bytes of memory to byte offset `target` of the state. */
  loadBlock(address: Address, target: Value): void {
    this.#push({ k: 'loadBlock', address: address.id, size: address.size, target: this.#of(target) });
  }
  storeBlock(address: Address, source: Value): void {
    this.#push({ k: 'storeBlock', address: address.id, size: address.size, source: this.#of(source) });
  }
  /** Takes the fault that a store to the whole operand would take. */
  probe(address: Address): void {
    this.#push({ k: 'probe', address: address.id, size: address.size });
  }
  setReg(slot: RegisterSlot, width: Width, value: Value): void {
    this.#push({ k: 'setReg', slot, width, value: this.#of(value) });
  }
  setLane(lane: number, value: Value): void {
    this.#push({ k: 'setLane', lane, value: this.#of(value) });
  }
  setTop(value: Value): void {
    this.#push({ k: 'setTop', value: this.#of(value) });
  }
  setStack(physical: Value, part: StackPart, value: Value): void {
    this.#push({ k: 'setStack', physical: this.#of(physical), part, value: this.#of(value) });
  }
  setWord(at: Value, offset: Value, value: Value): void {
    this.#push({ k: 'setWord', at: this.#of(at), offset: this.#of(offset), value: this.#of(value) });
  }
  setFlags(kind: FlagKindName, width: Width, a: Value, b: Value = 0): void {
    this.#push({ k: 'setFlags', kind, width, a: this.#of(a), b: this.#of(b) });
  }
  if(condition: Value, then: () => void, otherwise: () => void = () => undefined): void {
    const outer = this.#statements;
    const inner = (body: () => void): Statement[] => {
      this.#statements = [];
      body();
      return this.#statements;
    };
    const thenStatements = inner(then);
    const otherwiseStatements = inner(otherwise);
    this.#statements = outer;
    this.#push({ k: 'if', condition: this.#of(condition), then: thenStatements, otherwise: otherwiseStatements });
  }
  raise(vector: number, error: number = -1): void {
    this.#push({ k: 'raise', vector, error });
  }
  require(unit: RequiredUnit): void {
    this.#push({ k: 'require', unit });
  }
  /** Calls a unit's function for its effect. */
  unit(unit: UnitName, name: string, args: readonly Value[], mayFault: boolean = false): void {
    this.#push({ k: 'unit', unit, name, args: args.map((a) => this.#of(a)), id: -1, mayFault });
  }
  /** Calls a unit's function for its result. */
  unitValue(unit: UnitName, name: string, args: readonly Value[], mayFault: boolean = false): Expression {
    const id = this.#temps++;
    this.#push({ k: 'unit', unit, name, args: args.map((a) => this.#of(a)), id, mayFault });
    return { k: 'temp', id };
  }
  /** Before an indirect branch changes anything: is its target inside CS? */
  checkTarget(target: Value): void {
    this.#push({ k: 'checkTarget', target: this.#of(target) });
  }
  branch(condition: Value): void {
    this.#push({ k: 'branch', condition: this.#of(condition) });
  }
  jump(): void {
    this.#push({ k: 'jump' });
  }
  jumpTo(target: Value): void {
    this.#push({ k: 'jumpTo', target: this.#of(target) });
  }

  // Operands.
  /** The operand's value; 8 and 16 bits zero-extended, immediates as decoded. */
  read(operand: Operand): Expression {
    switch (operand.k) {
      case 'gpr':
        return this.reg(operand.slot, operand.width);
      case 'immediate':
        return this.field(operand.second ? 'immediate2' : 'immediate');
      case 'constant':
        return this.const(operand.value);
      case 'memory':
        return this.load(this.operandAddress(operand.size, false), (operand.size * 8) as Width);
      case 'vector':
        return this.vector(operand.slot, operand.file);
    }
  }
  /** Like `read` for an operand that is written afterwards. */
  readForWrite(operand: Operand): Expression {
    if (operand.k !== 'memory') return this.let(this.read(operand));
    this.#locked = this.operandAddress(operand.size, true);
    return this.loadForWrite(this.#locked, (operand.size * 8) as Width);
  }
  write(operand: Operand, value: Value): void {
    if (operand.k === 'gpr') this.setReg(operand.slot, operand.width, value);
    else if (operand.k === 'memory') {
      const width = (operand.size * 8) as Width;
      if (this.#locked !== null) this.storeBack(this.#locked, width, value);
      else this.store(this.operandAddress(operand.size, true), width, value);
    } else throw new TypeError(`operand of kind ${operand.k} cannot be written`);
  }

  // Stack (vol. 1 §6.2).
  /** Checks the slot below the stack pointer, writes `value`, and moves the pointer. */
  push(width: 16 | 32, value: Value): void {
    const pointer = this.let(this.sub(this.reg(ESP_NUMBER), width >> 3));
    this.store(this.address('stack', this.and(pointer, this.field('stackMask')), width >> 3, true), width, value);
    this.setStackPointer(pointer);
  }
  /** Reads the top of the stack; the pointer does not move yet. */
  peek(width: 16 | 32): Expression {
    return this.load(this.address('stack', this.and(this.reg(ESP_NUMBER), this.field('stackMask')), width >> 3, false), width);
  }
  /** Writes ESP, or SP on a 16-bit stack. */
  setStackPointer(value: Value): void {
    const mask = this.field('stackMask');
    const merged = this.or(this.and(this.reg(ESP_NUMBER), this.not(mask)), this.and(value, mask));
    this.setReg(ESP_NUMBER, 32, merged);
  }

  build(): Program {
    return { statements: this.#statements, temps: this.#temps, floatTemps: this.#floatTemps, addresses: this.#addresses };
  }

  #of(value: Value): Expression {
    return typeof value === 'number' ? this.const(value) : value;
  }
  #push(statement: Statement): void {
    this.#statements.push(statement);
  }
}
