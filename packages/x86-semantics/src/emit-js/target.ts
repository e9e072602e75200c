import type { AddressSegment, FactKind, FieldName, PointersTo, RegisterSlot, RequiredUnit, UnitName, VectorFile, Width } from '../ir/nodes.ts';
import type { FlagKindName } from '../flags/kinds.ts';

/**
 * Where JavaScript is emitted for: an interpreter handler (operands are fields of `op`) or a compiled block (operands are baked).
 * Methods return source text: expressions of int32 type, or statements.
 */
export interface Target {
  /** The value of a field where it is known now. */
  constant(name: FieldName): number | undefined;
  field(name: FieldName): string;
  temp(id: number): string;
  /** A declaration or assignment of a temporary. */
  setTemp(id: number, value: string): string;
  register(slot: RegisterSlot, width: Width): string;
  setRegister(slot: RegisterSlot, width: Width, value: string): string;
  lane(lane: number): string;
  setLane(lane: number, value: string): string;
  top(): string;
  setTop(value: string): string;
  vector(slot: 'reg' | 'rm', file: VectorFile): string;
  effectiveAddress(): string;
  linear(address: number): string;
  /** A boolean expression. */
  condition(code: number): string;
  carry(): string;
  flags(): string;
  setFlags(kind: FlagKindName, width: Width, a: string, b: string): string;
  address(id: number, segment: AddressSegment, offset: string, size: number, write: boolean): string;
  load(id: number, address: number, width: Width): string;
  loadForWrite(id: number, address: number, width: Width): string;
  store(address: number, width: Width, value: string, checked: boolean): string;
  loadBlock(address: number, size: number, target: string): string;
  storeBlock(address: number, size: number, source: string): string;
  loadPair(low: number, high: number, address: number): string;
  storePair(address: number, low: string, high: string): string;
  loadDoubles(ids: readonly number[], named: boolean, address: number, target: string): string;
  storeDoubles(address: number, count: number, source: string): string;
  /** Temporaries that are doubles. */
  floatTemp(id: number): string;
  setFloatTemp(id: number, value: string): string;
  /** Assigns the double or single at byte `at` + `offset` of the state to a temporary. */
  readElement(id: number, isDouble: boolean, at: string, offset: number): string;
  /** Writes one. `id`: the temporary that `value` is, if it is one. */
  writeElement(isDouble: boolean, at: string, offset: number, value: string, isWhole: boolean, id: number | undefined): string;
  /** Something else has written `bytes` bytes of the state. */
  changed(at: string, bytes: number): void;
  /** A boolean expression that may be remembered; `test` is its source. */
  fact(about: FactKind, at: string, offset: number, isDouble: boolean, test: () => string): string;
  /** The condition of an `if`, once it is complete. */
  guard(condition: string): string;
  pointers(to: PointersTo): string;
  probe(address: number, size: number): string;
  raise(vector: number, error: number): string;
  require(unit: RequiredUnit): string;
  unit(unit: UnitName, name: string, args: readonly string[], id: number, mayFault: boolean): string;
  checkTarget(target: string): string;
  branch(condition: string): string;
  jump(): string;
  jumpTo(target: string): string;
  /** Around the arms of an `if`, for what the target knows: source that an arm begins with, and that the second ends with. */
  beginIf(): void;
  enterArm(): string;
  leaveArms(): string;
}
