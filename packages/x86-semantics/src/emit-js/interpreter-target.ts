import { byteOffset, lane32 } from '@ringzero/x86';
import { FLAG_KINDS, KIND_LOGIC, KIND_SUB, type FlagKindName } from '../flags/kinds.ts';
import type { AddressSegment, FactKind, FieldName, PointersTo, RegisterSlot, RequiredUnit, UnitName, VectorFile, Width } from '../ir/nodes.ts';
import { BUDGET, CHECKED_STACK, FAULT, FLAG_A, FLAG_B, FLAG_KIND, SCRATCH, STACK_MASK, TLB_SECTION } from '../vp/lanes.ts';
import { FSW_ES, REQUIREMENT_TESTS } from './requirements.ts';
import { instructionPointers, operandPointers, POINTER_LANES } from './pointer-text.ts';
import { doubleAt, singleAt, stateAt } from './state-access.ts';
import type { Target } from './target.ts';

const FSW = lane32('fsw');
const FSW_TOP = 0x3800;
/** Parts of `Operation.operands` and `Operation.numbers`, as its accessors take them, in text: no call is left to inline. */
const OPERAND = { reg: 'op.operands & 255', rm: 'op.operands >> 8 & 255' } as const;
const NUMBER = { reg: 'op.numbers & 15', rm: 'op.numbers >> 4 & 15' } as const;
export const EFFECTIVE_ADDRESS = 'R[op.operands >> 16 & 63] + (R[op.operands >> 22 & 63] << (op.operands >> 28 & 3)) + op.displacement';
/** Fields that the mode alone decides are lanes of the state. */
const MODE_LANES: Readonly<Partial<Record<FieldName, number>>> = { stackMask: STACK_MASK };

/** What an operand size adds to a kind of flags. */
export const SIZE_CODE: Readonly<Record<Width, number>> = { 8: 0, 16: 1, 32: 2 };
const SHIFT: Readonly<Record<Width, number>> = { 8: 24, 16: 16, 32: 0 };
const SEGMENT_FIELD: Readonly<Record<AddressSegment, readonly [field: string, number: string]>> = {
  operand: ['op.checkedSegment', 'op.checkedSegment'],
  stack: [`R[${CHECKED_STACK}]`, '2'],
  extra: ['op.checkedExtra', '0'],
};
/** Conditions that test the sign of, or zero in, a result or compare two operands: [after SUB, on a result alone]. */
const FAST_CONDITIONS: Readonly<Record<number, readonly [sub: string, result: string]>> = {
  4: [`R[${FLAG_A}] === R[${FLAG_B}]`, `R[${FLAG_A}] === 0`],
  5: [`R[${FLAG_A}] !== R[${FLAG_B}]`, `R[${FLAG_A}] !== 0`],
  8: [`(R[${FLAG_A}] - R[${FLAG_B}] | 0) < 0`, `R[${FLAG_A}] < 0`],
  9: [`(R[${FLAG_A}] - R[${FLAG_B}] | 0) >= 0`, `R[${FLAG_A}] >= 0`],
};
const SUB_CONDITIONS: Readonly<Record<number, string>> = {
  2: `R[${FLAG_A}] >>> 0 < R[${FLAG_B}] >>> 0`,
  3: `R[${FLAG_A}] >>> 0 >= R[${FLAG_B}] >>> 0`,
  6: `R[${FLAG_A}] >>> 0 <= R[${FLAG_B}] >>> 0`,
  7: `R[${FLAG_A}] >>> 0 > R[${FLAG_B}] >>> 0`,
  12: `R[${FLAG_A}] < R[${FLAG_B}]`,
  13: `R[${FLAG_A}] >= R[${FLAG_B}]`,
  14: `R[${FLAG_A}] <= R[${FLAG_B}]`,
  15: `R[${FLAG_A}] > R[${FLAG_B}]`,
};

const FLAGS_ARGUMENTS = `R[${FLAG_KIND}], R[${FLAG_A}], R[${FLAG_B}]`;

/** What a load or store of `width` compares to know that it stays in its page and hits the TLB. */
export function missTest(q: string, e: string, bytes: number): string {
  return bytes === 1 ? `(${e} & 1) !== 0` : `(${q} & 4095) + (${e} & 4095) > ${4096 - bytes}`;
}

/** A typed access of RAM at `at`. */
export function memoryGet(at: string, width: Width): string {
  return width === 32 ? `M.getInt32(${at}, true)` : width === 16 ? `M.getUint16(${at}, true)` : `M.getUint8(${at})`;
}

export function memorySet(at: string, width: Width, value: string): string {
  return width === 32 ? `M.setInt32(${at}, ${value}, true);` : width === 16 ? `M.setUint16(${at}, ${value}, true);` : `M.setUint8(${at}, ${value});`;
}

/**
 * Emits interpreter handlers: `function (op) { …; return op.next; }`, closures over R H B F (state views), TR TW (TLB),
 * M (RAM), vp, units, and the engine's `fail`, `refuse`, `leaveTaken`, `leaveNext`, `indirect`.
 */
export class InterpreterTarget implements Target {
  constant(_name?: FieldName): number | undefined {
    return undefined;
  }
  field(name: FieldName): string {
    const lane = MODE_LANES[name];
    return lane === undefined ? `op.${name}` : `R[${lane}]`;
  }
  temp(id: number): string {
    return `t${id}`;
  }
  setTemp(id: number, value: string): string {
    return `const t${id} = ${value};`;
  }
  register(slot: RegisterSlot, width: Width): string {
    if (width === 8) return `B[${this.#byteIndex(slot)}]`;
    const index = typeof slot === 'number' ? `${slot * 2}` : OPERAND[slot];
    return width === 32 ? `R[${index}]` : `(R[${index}] & 65535)`;
  }
  setRegister(slot: RegisterSlot, width: Width, value: string): string {
    if (width === 8) return `B[${this.#byteIndex(slot)}] = ${value};`;
    if (width === 32) return `R[${typeof slot === 'number' ? slot * 2 : OPERAND[slot]}] = ${value};`;
    return `H[${typeof slot === 'number' ? slot * 4 : `(${OPERAND[slot]}) << 1`}] = ${value};`;
  }
  #byteIndex(slot: RegisterSlot): string {
    if (typeof slot !== 'number') return OPERAND[slot];
    return `${slot < 4 ? slot * 8 : (slot - 4) * 8 + 1}`;
  }
  lane(lane: number): string {
    return `R[${lane}]`;
  }
  setLane(lane: number, value: string): string {
    return `R[${lane}] = ${value};`;
  }
  top(): string {
    return `(R[${FSW}] >>> 11 & 7)`;
  }
  setTop(value: string): string {
    return `R[${FSW}] = R[${FSW}] & ${~FSW_TOP} | ${value} << 11;`;
  }
  vector(slot: 'reg' | 'rm', file: VectorFile): string {
    return `(${byteOffset(file === 'xmm' ? 'xmm' : 'st')} + (${NUMBER[slot]}) * ${file === 'xmm' ? 32 : 16})`;
  }
  effectiveAddress(): string {
    return `(${EFFECTIVE_ADDRESS} & op.addressMask)`;
  }
  linear(address: number): string {
    return `q${address}`;
  }
  condition(code: number): string {
    const rest = `conditionOf(${code}, ${FLAGS_ARGUMENTS}) !== 0`;
    const fast = FAST_CONDITIONS[code];
    const isSub = `(R[${FLAG_KIND}] & -4) === ${KIND_SUB}`;
    if (fast !== undefined) return `(${isSub} ? ${fast[0]} : R[${FLAG_KIND}] >= ${KIND_LOGIC} ? ${fast[1]} : ${rest})`;
    const sub = SUB_CONDITIONS[code];
    return sub === undefined ? `(${rest})` : `(${isSub} ? ${sub} : ${rest})`;
  }
  carry(): string {
    return `carryOf(${FLAGS_ARGUMENTS})`;
  }
  flags(): string {
    return `flagsWord(${FLAGS_ARGUMENTS})`;
  }
  setFlags(kind: FlagKindName, width: Width, a: string, b: string): string {
    const shift = SHIFT[width];
    const top = (x: string): string => (shift === 0 ? x : `${x} << ${shift}`);
    const code = FLAG_KINDS[kind] | SIZE_CODE[width];
    if (kind === 'word') return `R[${FLAG_B}] = ${b}; R[${FLAG_KIND}] = 0;`;
    if (kind === 'logic') return `R[${FLAG_A}] = ${top(a)}; R[${FLAG_KIND}] = ${code};`;
    const second = kind === 'inc' || kind === 'dec' || kind === 'result' ? b : top(b);
    return `R[${FLAG_A}] = ${top(a)}; R[${FLAG_B}] = ${second}; R[${FLAG_KIND}] = ${code};`;
  }
  address(id: number, segment: AddressSegment, offset: string, size: number, write: boolean): string {
    const [field, number] = SEGMENT_FIELD[segment];
    return [
      `let q${id} = ${offset};`,
      `if (${field} >= 0) {`,
      `q${id} = vp.segmentLinear(${number}, q${id}, ${size}, ${write});`,
      `if (R[${FAULT}] !== 0) return fail(op);`,
      '}',
    ].join('\n');
  }
  load(id: number, address: number, width: Width): string {
    return this.#load(id, address, width, 'TR', `vp.load${width}(q${address}, op)`);
  }
  loadForWrite(id: number, address: number, width: Width): string {
    return this.#load(id, address, width, 'TW', `vp.loadForWrite(q${address}, ${width >> 3}, op)`);
  }
  #load(id: number, address: number, width: Width, table: string, slow: string): string {
    const q = `q${address}`;
    const e = `e${address}`;
    return [
      `const ${e} = ${table}[(${q} >>> 12) + R[${TLB_SECTION}]];`,
      `let t${id} = 0;`,
      `if (${missTest(q, e, width >> 3)}) {`,
      `t${id} = ${slow};`,
      `if (R[${FAULT}] !== 0) return fail(op);`,
      `} else t${id} = ${memoryGet(`${q} ^ ${e}`, width)};`,
    ].join('\n');
  }
  store(address: number, width: Width, value: string, checked: boolean): string {
    const q = `q${address}`;
    const e = `e${address}`;
    return [
      checked ? '' : `const ${e} = TW[(${q} >>> 12) + R[${TLB_SECTION}]];`,
      `if (${missTest(q, e, width >> 3)}) {`,
      `vp.store${width}(${q}, ${value}, op);`,
      `if (R[${FAULT}] !== 0) return fail(op);`,
      `} else ${memorySet(`${q} ^ ${e}`, width, value)}`,
    ].join('\n');
  }
  loadBlock(address: number, size: number, target: string): string {
    const q = `q${address}`;
    const e = `e${address}`;
    const slow = [`vp.loadBlock(${q}, ${size}, ${target}, op);`, `if (R[${FAULT}] !== 0) return fail(op);`];
    if (!isFastBlock(size)) return slow.join('\n');
    return [
      `const ${e} = TR[(${q} >>> 12) + R[${TLB_SECTION}]];`,
      `if (${missTest(q, e, size)}) {`,
      ...slow,
      '} else {',
      ...blockParts(size).map(([at, width]) => `${stateAt(width, target, at)} = ${memoryGet(`(${q} ^ ${e}) + ${at}`, width)};`),
      '}',
    ].join('\n');
  }
  loadPair(low: number, high: number, address: number): string {
    const q = `q${address}`;
    const e = `e${address}`;
    return [
      `const ${e} = TR[(${q} >>> 12) + R[${TLB_SECTION}]];`,
      `let t${low} = 0, t${high} = 0;`,
      `if (${missTest(q, e, 8)}) {`,
      `vp.loadBlock(${q}, 8, ${SCRATCH}, op);`,
      `if (R[${FAULT}] !== 0) return fail(op);`,
      `t${low} = R[${SCRATCH >> 2}];`,
      `t${high} = R[${(SCRATCH >> 2) + 1}];`,
      '} else {',
      `t${low} = ${memoryGet(`${q} ^ ${e}`, 32)};`,
      `t${high} = ${memoryGet(`(${q} ^ ${e}) + 4`, 32)};`,
      '}',
    ].join('\n');
  }
  storePair(address: number, low: string, high: string): string {
    return [`R[${SCRATCH >> 2}] = ${low};`, `R[${(SCRATCH >> 2) + 1}] = ${high};`, this.storeBlock(address, 8, `${SCRATCH}`)].join('\n');
  }
  loadDoubles(ids: readonly number[], named: boolean, address: number, target: string): string {
    return [this.loadBlock(address, ids.length * 8, target), ...(named ? ids : []).map((id, i) => this.setFloatTemp(id, doubleAt(target, 8 * i)))].join('\n');
  }
  storeDoubles(address: number, count: number, source: string): string {
    return this.storeBlock(address, count * 8, source);
  }
  floatTemp(id: number): string {
    return `f${id}`;
  }
  setFloatTemp(id: number, value: string): string {
    return `const f${id} = ${value};`;
  }
  pointers(to: PointersTo): string {
    if (to === 'publish' || to === 'reload') return '';
    const values = [...instructionPointers('op.ip', 'op.immediate'), ...(to === 'operand' ? operandPointers(this.effectiveAddress(), 'op.segment') : [])];
    return values.map(([name, value]) => `R[${POINTER_LANES[name]}] = ${value};`).join('\n');
  }
  probe(address: number, size: number): string {
    return `vp.probeStore(q${address}, ${size}, op);\nif (R[${FAULT}] !== 0) return fail(op);`;
  }
  storeBlock(address: number, size: number, source: string): string {
    const q = `q${address}`;
    const e = `e${address}`;
    const slow = [`vp.storeBlock(${q}, ${size}, ${source}, op);`, `if (R[${FAULT}] !== 0) return fail(op);`];
    if (!isFastBlock(size)) return slow.join('\n');
    return [
      `const ${e} = TW[(${q} >>> 12) + R[${TLB_SECTION}]];`,
      `if (${missTest(q, e, size)}) {`,
      ...slow,
      '} else {',
      ...blockParts(size).map(([at, width]) => memorySet(`(${q} ^ ${e}) + ${at}`, width, stateAt(width, source, at))),
      '}',
    ].join('\n');
  }
  raise(vector: number, error: number): string {
    return `vp.raise(${vector}, ${error}); return fail(op);`;
  }
  require(unit: RequiredUnit): string {
    const { atEntry, isPending } = REQUIREMENT_TESTS[unit];
    return `if (${[atEntry, isPending ? `(R[${FSW}] & ${FSW_ES}) !== 0` : ''].filter((test) => test !== '').join(' || ')}) return refuse(op, '${unit}');`;
  }
  unit(unit: UnitName, name: string, args: readonly string[], id: number, mayFault: boolean): string {
    const call = `${unit}.${name}(${args.join(', ')});`;
    const check = mayFault ? `\nif (R[${FAULT}] !== 0) return fail(op);` : '';
    return (id >= 0 ? `const t${id} = ${call}` : call) + check;
  }
  checkTarget(target: string): string {
    return `if (op.checkedCode >= 0 && vp.targetOutside(${target})) return fail(op);`;
  }
  branch(condition: string): string {
    return [`if (${condition}) {`, this.jump(), '}', this.#transfer('next', 'leaveNext')].join('\n');
  }
  jump(): string {
    return this.#transfer('taken', 'leaveTaken');
  }
  #transfer(field: string, leave: string): string {
    return [`const ${field} = op.${field};`, `if ((R[${BUDGET}] -= ${field}.count) < 0) return ${leave}(op);`, `return ${field};`].join('\n');
  }
  jumpTo(target: string): string {
    return `return indirect(op, ${target});`;
  }
  readElement(id: number, isDouble: boolean, at: string, offset: number): string {
    return this.setFloatTemp(id, isDouble ? doubleAt(at, offset) : singleAt(at, offset));
  }
  writeElement(isDouble: boolean, at: string, offset: number, value: string): string {
    return `${isDouble ? doubleAt(at, offset) : singleAt(at, offset)} = ${value};`;
  }
  changed(): void {
    // Handlers keep everything in the state: nothing to track.
  }
  fact(_about: FactKind, _at: string, _offset: number, _isDouble: boolean, test: () => string): string {
    return test();
  }
  guard(condition: string): string {
    return condition;
  }
  beginIf(): void {
    // See changed.
  }
  enterArm(): string {
    return '';
  }
  leaveArms(): string {
    return '';
  }
}

/** Sizes that are moved inline. */
export function isFastBlock(size: number): boolean {
  return size <= 16;
}

/** Pieces of a block: [offset, width]. */
export function blockParts(size: number): [number, Width][] {
  const parts: [number, Width][] = [];
  for (let at = 0; at < size; ) {
    const width: Width = size - at >= 4 ? 32 : size - at >= 2 ? 16 : 8;
    parts.push([at, width]);
    at += width >> 3;
  }
  return parts;
}
