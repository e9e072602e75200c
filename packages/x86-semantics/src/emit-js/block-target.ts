import { byteOffset, lane32 } from '@ringzero/x86';
import { FLAG_KINDS, KIND_INC, KIND_WORD, type FlagKindName } from '../flags/kinds.ts';
import type { AddressSegment, FactKind, FieldName, PointersTo, RegisterSlot, RequiredUnit, UnitName, VectorFile, Width } from '../ir/nodes.ts';
import { FAULT, FLAG_A, FLAG_B, FLAG_KIND, SCRATCH, SEG_BASE, SEG_LIMIT, SEG_READ_LIMIT, SEG_WRITE_LIMIT, ZERO } from '../vp/lanes.ts';
import type { Operation } from '../vp/operation.ts';
import { ElementFacts, type Facts } from './element-facts.ts';
import { isFastBlock, blockParts, memoryGet, memorySet, missTest, SIZE_CODE } from './interpreter-target.ts';
import { conditionText } from './condition-text.ts';
import { carryText, flagsText } from './flag-text.ts';
import { element, groupMissTest, isSegmentChecked, joined, NO_PAGE, otherPageTest, type GroupCheck, type OperandPlace } from './operand-place.ts';
import { PointerLocals } from './pointer-text.ts';
import { FSW_ES, REQUIREMENT_TESTS } from './requirements.ts';
import { MXCSR } from '../simd/mxcsr.ts';
import { doubleAt, stateAt } from './state-access.ts';
import type { Target } from './target.ts';

const FSW = lane32('fsw');
const FTW = lane32('ftw');
const FSW_TOP = 0x3800;
const SHIFT: Readonly<Record<Width, number>> = { 8: 24, 16: 16, 32: 0 };
const SEGMENT_NUMBER: Readonly<Record<AddressSegment, number>> = { operand: -1, stack: 2, extra: 0 };

/** How control passes on at the end of a block: statements, the last of which jumps. */
export interface BlockExits {
  branch(condition: string): string;
  jump(): string;
  computed(target: string): string;
}

/** The kind of the flag record where it is not known when the text is emitted. */
export const DYNAMIC_KIND = -1;
/** Marks in `#kindsAfter`: no arm begun, first arm begun. */
const NO_ARM = -2;
const FIRST_ARM = -3;
const NO_PLACES: ReadonlyMap<number, OperandPlace> = new Map();

/**
 * Emits the instructions of a compiled function. Registers are locals `r0`…`r7`, the flag record `fk fa fb`; whatever cannot
 * go on sets `pc` to the instruction's index and breaks to `OUT`, which spills and hands that instruction to the interpreter.
 * Text holds numbers and fixed names only.
 */
export class BlockTarget implements Target {
  /** General registers read or written, and written, as bit masks. */
  used = 0;
  written = 0;
  floatTemps = 0;
  /** Groups of which the page is remembered. */
  readonly #remembered = new Set<number>();
  /** Whether the x87 unit's status word `xw`, its TOP `xt` and the tags `xg` are in locals. */
  usesStack = false;
  readonly #pointers: PointerLocals = new PointerLocals();
  usesFlags = false;
  writesFlags = false;
  /** Temporaries, addresses and groups of operands that need declaring. */
  temps = 0;
  addresses = 0;
  groups = 0;
  /** Tests that must all fail for the function to be entered. */
  readonly entryTests: Set<string> = new Set();
  /** Kind of the flag record here, as far as it is known. */
  kind: number = DYNAMIC_KIND;
  #exits!: BlockExits;
  #op!: Operation;
  #index = 0;
  #flagsLive = true;
  #places = NO_PLACES;
  readonly #facts: ElementFacts = new ElementFacts();
  /** Source of what fills the scratch operand, where that was put off. */
  #scratch = '';
  readonly #kindsBefore: number[] = [];
  readonly #kindsAfter: number[] = [];

  /**
   * The next statements belong to the instruction that `OUT` finds at `index`. `flagsLive`: whether flags it sets can be seen.
   * `places`: what is known of its operands in memory, by their addresses' numbers.
   */
  begin(op: Operation, index: number, flagsLive: boolean, exits: BlockExits, places: ReadonlyMap<number, OperandPlace> = NO_PLACES): void {
    this.#places = places;
    this.#op = op;
    this.#index = index;
    this.#flagsLive = flagsLive;
    this.#exits = exits;
    this.#scratch = '';
    this.#facts.begin();
  }

  constant(name: FieldName): number {
    return this.#op[name];
  }
  field(name: FieldName): string {
    return `${this.#op[name]}`;
  }
  temp(id: number): string {
    if (id >= this.temps) this.temps = id + 1;
    return `t${id}`;
  }
  setTemp(id: number, value: string): string {
    return `${this.temp(id)} = ${value};`;
  }

  #local(register: number): string {
    this.used |= 1 << register;
    return `r${register}`;
  }
  /** Register number, and for 8 bits whether it is the second byte. */
  #resolve(slot: RegisterSlot, width: Width): readonly [register: number, isHigh: boolean] {
    const number = slot === 'reg' ? this.#op.regNumber : slot === 'rm' ? this.#op.rmNumber : slot;
    return width === 8 && number >= 4 ? [number - 4, true] : [number, false];
  }
  register(slot: RegisterSlot, width: Width): string {
    const [register, isHigh] = this.#resolve(slot, width);
    const local = this.#local(register);
    if (width === 32) return local;
    if (width === 16) return `(${local} & 65535)`;
    return isHigh ? `(${local} >>> 8 & 255)` : `(${local} & 255)`;
  }
  setRegister(slot: RegisterSlot, width: Width, value: string): string {
    const [register, isHigh] = this.#resolve(slot, width);
    const local = this.#local(register);
    this.written |= 1 << register;
    if (width === 32) return `${local} = ${value};`;
    if (width === 16) return `${local} = ${local} & -65536 | ${value} & 65535;`;
    return isHigh ? `${local} = ${local} & -65281 | (${value} & 255) << 8;` : `${local} = ${local} & -256 | ${value} & 255;`;
  }
  lane(lane: number): string {
    if (lane !== FSW && lane !== FTW) return `R[${lane}]`;
    this.usesStack = true;
    return lane === FSW ? 'xw' : 'xg';
  }
  setLane(lane: number, value: string): string {
    if (lane === MXCSR) this.#facts.forget();
    return `${this.lane(lane)} = ${value};`;
  }
  /** TOP is a local of its own: otherwise each register's place would wait for the flags of the result before. */
  top(): string {
    this.usesStack = true;
    return 'xt';
  }
  setTop(value: string): string {
    return `${this.top()} = ${value};`;
  }
  vector(slot: 'reg' | 'rm', file: VectorFile): string {
    const number = slot === 'reg' ? this.#op.regNumber : this.#op.rmNumber;
    return `${byteOffset(file === 'xmm' ? 'xmm' : 'st', file === 'xmm' ? number : number & 7)}`;
  }

  effectiveAddress(): string {
    const op = this.#op;
    const parts: string[] = [];
    if (op.base !== ZERO) parts.push(this.#local(op.base >> 1));
    if (op.index !== ZERO) parts.push(op.scale === 0 ? this.#local(op.index >> 1) : `(${this.#local(op.index >> 1)} << ${op.scale})`);
    if (op.displacement !== 0 || parts.length === 0) parts.push(op.displacement < 0 && parts.length > 0 ? `(${op.displacement})` : `${op.displacement}`);
    const sum = parts.join(' + ');
    if (op.addressMask !== -1) return `(${sum} & ${op.addressMask})`;
    return parts.length === 1 ? sum : `(${sum} | 0)`;
  }
  linear(address: number): string {
    return `q${address}`;
  }

  #flags(): readonly [kind: number | undefined, kindText: string] {
    this.usesFlags = true;
    return this.kind === DYNAMIC_KIND ? [undefined, 'fk'] : [this.kind, `${this.kind}`];
  }
  condition(code: number): string {
    const [kind, text] = this.#flags();
    return conditionText(code, kind, text);
  }
  carry(): string {
    const [kind] = this.#flags();
    // INC and DEC keep the carry in `fb`: a loop that counts with one of them comes round with it.
    return kind === undefined ? `((fk & -8) === ${KIND_INC} ? fb : carryOf(fk, fa, fb))` : carryText(kind);
  }
  flags(): string {
    const [kind] = this.#flags();
    return kind === undefined ? 'flagsWord(fk, fa, fb)' : flagsText(kind);
  }
  setFlags(kind: FlagKindName, width: Width, a: string, b: string): string {
    const shift = SHIFT[width];
    const top = (x: string): string => (shift === 0 ? x : `${x} << ${shift}`);
    const code = kind === 'word' ? KIND_WORD : FLAG_KINDS[kind] | SIZE_CODE[width];
    this.kind = code;
    if (!this.#flagsLive) return '';
    this.usesFlags = true;
    this.writesFlags = true;
    if (kind === 'word') return `fb = ${b}; fk = 0;`;
    if (kind === 'logic') return `fa = ${top(a)}; fk = ${code};`;
    const second = kind === 'inc' || kind === 'dec' || kind === 'result' ? b : top(b);
    return `fa = ${top(a)}; fb = ${second}; fk = ${code};`;
  }

  #exit(): string {
    return `{ pc = ${this.#index}; break OUT; }`;
  }
  #address(id: number): void {
    if (id >= this.addresses) this.addresses = id + 1;
  }
  address(id: number, segment: AddressSegment, offset: string, size: number, write: boolean): string {
    this.#address(id);
    const op = this.#op;
    const place = this.#places.get(id);
    if (place !== undefined && place.check === undefined) return '';
    if (!isSegmentChecked(op, segment)) return `q${id} = ${offset};`;
    const number = segment === 'operand' ? op.segment : SEGMENT_NUMBER[segment];
    const limit = (write ? SEG_WRITE_LIMIT : SEG_READ_LIMIT) + number;
    const last = size === 1 ? `(q${id} >>> 0)` : `(q${id} >>> 0) + ${size - 1}`;
    return `q${id} = ${offset}; if (${last} > F[${limit}]) ${this.#exit()} q${id} = q${id} + R[${SEG_BASE + 2 * number}] | 0;`;
  }
  #entry(address: number, table: string): string {
    const section = this.#op.tlb === 0 ? '' : ` + ${this.#op.tlb}`;
    return `e${address} = ${table}[(q${address} >>> 12)${section}];`;
  }
  #check(address: number, table: string, bytes: number): string {
    return this.#groupCheck(address) ?? `${this.#entry(address, table)} if (${missTest(`q${address}`, `e${address}`, bytes)}) ${this.#exit()}`;
  }
  /** The check of a group where the function is entered; `exit` leaves it. `op`: an operation of the block there. */
  groupAtEntry(op: Operation, group: number, register: number | undefined, offset: number, check: GroupCheck, exit: string): string {
    this.#op = op;
    this.#address(0);
    const address = register === undefined ? `${offset}` : `${this.#local(register)} + ${offset < 0 ? `(${offset})` : offset} | 0`;
    return `q0 = ${address}; ${this.#groupTest(0, group, check, exit)}`;
  }
  /** The check of an operand in a group: the first one's is for all, and notes the place; undefined of others. */
  #groupCheck(address: number): string | undefined {
    const place = this.#places.get(address);
    if (place === undefined) return undefined;
    if (place.check === undefined) {
      if (place.group >= this.groups) this.groups = place.group + 1;
      return '';
    }
    return this.#groupTest(address, place.group, place.check, this.#exit());
  }
  #groupTest(address: number, group: number, check: GroupCheck, exit: string): string {
    if (group >= this.groups) this.groups = group + 1;
    const [q, e, g] = [`q${address}`, `e${address}`, `g${group}`];
    const look = `${this.#entry(address, check.writes ? 'TW' : 'TR')} if (${groupMissTest(q, e, check)}) ${exit}`;
    if (!check.remembers) return `${look} ${g} = ${q} ^ ${e};`;
    const [page, entry] = [`p${group}`, `c${group}`];
    this.#remembered.add(group);
    return `if (${otherPageTest(q, page, check)}) { ${look} ${page} = ${q} & -4096; ${entry} = ${e}; } ${g} = ${q} ^ ${entry};`;
  }
  /** Where the operand is in RAM, once it was checked. */
  #at(address: number): string {
    const place = this.#places.get(address);
    if (place === undefined) return `q${address} ^ e${address}`;
    return place.distance === 0 ? `g${place.group}` : `g${place.group} + ${place.distance < 0 ? `(${place.distance})` : place.distance}`;
  }
  /** The same, to be added to. */
  #start(address: number): string {
    return this.#places.has(address) ? this.#at(address) : `(${this.#at(address)})`;
  }
  load(id: number, address: number, width: Width): string {
    return joined(this.#checkElement(address, 'TR', width), `${this.temp(id)} = ${this.#get(address, width)};`);
  }
  loadForWrite(id: number, address: number, width: Width): string {
    return joined(this.#checkElement(address, 'TW', width), `${this.temp(id)} = ${this.#get(address, width)};`);
  }
  store(address: number, width: Width, value: string, checked: boolean): string {
    const at = this.#at(address);
    return joined(checked ? '' : this.#checkElement(address, 'TW', width), this.#usesView(width) ? memorySet(at, width, value) : `${element(at, width)} = ${value};`);
  }
  #get(address: number, width: Width): string {
    const at = this.#at(address);
    return this.#usesView(width) ? memoryGet(at, width) : element(at, width);
  }
  #usesView(width: Width): boolean {
    return width !== 8 && this.#op.isMisaligned;
  }
  /** An element of an array has an aligned address, and so is in one page. */
  #checkElement(address: number, table: string, width: Width): string {
    if (width === 8 || this.#usesView(width)) return this.#check(address, table, width >> 3);
    return this.#groupCheck(address) ?? `${this.#entry(address, table)} if (((q${address} | e${address}) & ${(width >> 3) - 1}) !== 0) ${this.#exit()}`;
  }
  loadBlock(address: number, size: number, target: string): string {
    if (!isFastBlock(size)) return this.#exit();
    this.#facts.changed(target, size);
    const moves = blockParts(size).map(([at, width]) => `${stateAt(width, target, at)} = ${memoryGet(`${this.#start(address)} + ${at}`, width)};`);
    return joined(this.#check(address, 'TR', size), ...moves);
  }
  storeBlock(address: number, size: number, source: string): string {
    if (!isFastBlock(size)) return this.#exit();
    const moves = blockParts(size).map(([at, width]) => memorySet(`${this.#start(address)} + ${at}`, width, stateAt(width, source, at)));
    return joined(this.#check(address, 'TW', size), ...moves);
  }
  loadPair(low: number, high: number, address: number): string {
    return joined(this.#check(address, 'TR', 8), `${this.temp(low)} = ${memoryGet(this.#at(address), 32)};`, `${this.temp(high)} = ${memoryGet(`${this.#start(address)} + 4`, 32)};`);
  }
  storePair(address: number, low: string, high: string): string {
    return joined(this.#check(address, 'TW', 8), memorySet(this.#at(address), 32, low), memorySet(`${this.#start(address)} + 4`, 32, high));
  }
  /** A double's bits survive the way through a JavaScript number unless it is a NaN. */
  loadDoubles(ids: readonly number[], named: boolean, address: number, target: string): string {
    const check = this.#check(address, 'TR', 8 * ids.length);
    const words = (i: number): string => blockParts(8).map(([at, width]) => `${stateAt(width, target, 8 * i + at)} = ${memoryGet(`${this.#start(address)} + ${8 * i + at}`, width)};`).join(' ');
    // What goes to the scratch operand is for a unit that may be called; until then it can be read again.
    const isScratch = target === `${SCRATCH}`;
    this.#facts.changed(target, 8 * ids.length);
    if (isScratch) this.#scratch = ids.map((_, i) => words(i)).join(' ');
    const isPlace = /^\d+$/.test(target);
    const moves = ids.map((id, i) => {
      const value = `M.getFloat64(${this.#start(address)} + ${8 * i}, true)`;
      if (isScratch) return this.setFloatTemp(id, value);
      const name = isPlace && !named ? this.#facts.loaded(Number(target) + 8 * i) : this.floatTemp(id);
      return joined(`${name} = ${value};`, `if (${name} === ${name}) ${doubleAt(target, 8 * i)} = ${name}; else { ${words(i)} }`);
    });
    return joined(check, ...moves);
  }
  storeDoubles(address: number, count: number, source: string): string {
    const moves = Array.from({ length: count }, (_, i) => {
      const place = `${this.#start(address)} + ${8 * i}`;
      const words = blockParts(8).map(([at, width]) => memorySet(`${place} + ${at}`, width, stateAt(width, source, 8 * i + at)));
      const local = /^\d+$/.test(source) ? this.#facts.localOf(Number(source) + 8 * i) : undefined;
      const value = local ?? doubleAt(source, 8 * i);
      return `if (${value} === ${value}) M.setFloat64(${place}, ${value}, true); else { ${words.join(' ')} }`;
    });
    return joined(this.#check(address, 'TW', 8 * count), ...moves);
  }
  floatTemp(id: number): string {
    if (id >= this.floatTemps) this.floatTemps = id + 1;
    return `f${id}`;
  }
  setFloatTemp(id: number, value: string): string {
    return `${this.floatTemp(id)} = ${value};`;
  }
  readElement(id: number, isDouble: boolean, at: string, offset: number): string {
    return this.#facts.read(id, this.floatTemp(id), isDouble, at, offset);
  }
  writeElement(isDouble: boolean, at: string, offset: number, value: string, isWhole: boolean, id: number | undefined): string {
    return this.#facts.write(isDouble, at, offset, value, isWhole, id);
  }
  changed(at: string, bytes: number): void {
    this.#facts.changed(at, bytes);
  }
  fact(about: FactKind, at: string, offset: number, isDouble: boolean, test: () => string): string {
    return this.#facts.holds(about, at, offset, isDouble, test());
  }
  guard(condition: string): string {
    return this.#facts.guard(condition);
  }
  /** What is known of vector registers' elements here. */
  get facts(): Facts {
    return this.#facts.save();
  }
  set facts(facts: Facts) {
    this.#facts.restore(facts);
  }
  /** Names of what was not known of them where it was needed, from the last call on: of what they were there. */
  takeMissed(): ReadonlySet<string> {
    return this.#facts.takeMissed();
  }
  pointers(to: PointersTo): string {
    const op = this.#op;
    switch (to) {
      case 'publish':
        return this.#pointers.spill();
      case 'reload':
        return this.#pointers.loads().map((part) => `${part};`).join(' ');
      case 'instruction':
        return this.#pointers.record(op.ip, op.immediate);
      case 'operand':
        return this.#pointers.record(op.ip, op.immediate, this.effectiveAddress(), op.segment);
    }
  }
  probe(address: number, size: number): string {
    return this.#check(address, 'TW', size);
  }
  raise(): string {
    return this.#exit();
  }
  /** What control registers decide is tested once, where the function is entered: nothing in it writes them. */
  require(unit: RequiredUnit): string {
    const { atEntry, isPending } = REQUIREMENT_TESTS[unit];
    if (atEntry !== '') this.entryTests.add(atEntry);
    return isPending ? `if ((${this.lane(FSW)} & ${FSW_ES}) !== 0) ${this.#exit()}` : '';
  }
  unit(unit: UnitName, name: string, args: readonly string[], id: number, mayFault: boolean): string {
    const call = `${unit}.${name}(${args.join(', ')});`;
    const text = id >= 0 ? `${this.temp(id)} = ${call}` : call;
    const check = mayFault ? ` if (R[${FAULT}] !== 0) { R[${FAULT}] = 0; pc = ${this.#index}; break OUT; }` : '';
    if (unit === 'x87') return text + check;
    this.#facts.forget();
    if (unit === 'vector') return joined(this.#scratch, text + check);
    this.usesStack = true;
    return `${this.#spillStack()} ${text} ${this.#stackLoads().join('; ')};${check}`;
  }
  #spillStack(): string {
    return `R[${FSW}] = xw & ${~FSW_TOP} | xt << 11; R[${FTW}] = xg;`;
  }
  #stackLoads(): readonly string[] {
    return [`xw = R[${FSW}]`, 'xt = xw >>> 11 & 7', `xg = R[${FTW}]`];
  }
  checkTarget(target: string): string {
    return this.#op.checkedCode < 0 ? '' : `if (${target} >>> 0 > R[${SEG_LIMIT + 1}] >>> 0) ${this.#exit()}`;
  }

  /** Registers and flags back to the state. Call after everything else was emitted. */
  spill(): string {
    const parts: string[] = [];
    for (let register = 0; register < 8; register++) if ((this.written & (1 << register)) !== 0) parts.push(`R[${register * 2}] = r${register};`);
    if (this.writesFlags) parts.push(`R[${FLAG_KIND}] = fk; R[${FLAG_A}] = fa; R[${FLAG_B}] = fb;`);
    if (this.usesStack) parts.push(this.#spillStack());
    if (this.#pointers.isUsed) parts.push(this.#pointers.spill());
    return parts.join(' ');
  }
  /** Assignments that load registers and flags into their locals, without what ends a statement. Call after everything else was emitted. */
  loads(): string[] {
    const parts: string[] = [];
    for (let register = 0; register < 8; register++) if ((this.used & (1 << register)) !== 0) parts.push(`r${register} = R[${register * 2}]`);
    if (this.usesFlags || this.writesFlags) parts.push(`fk = R[${FLAG_KIND}]`, `fa = R[${FLAG_A}]`, `fb = R[${FLAG_B}]`);
    return parts;
  }
  /** Statements that load everything that a helper may have changed. */
  reload(): string {
    const forgotten = [...this.#remembered].map((group) => `p${group} = ${NO_PAGE}`);
    return [...this.loads(), ...this.#unitLoads(), ...forgotten].map((part) => `${part};`).join(' ');
  }
  #unitLoads(): string[] {
    return [...(this.usesStack ? this.#stackLoads() : []), ...(this.#pointers.isUsed ? this.#pointers.loads() : [])];
  }
  /** Declarations of what is in locals besides registers and flags. Call after everything else was emitted. */
  declarations(): string {
    const pages = [...this.#remembered].map((group) => `p${group} = ${NO_PAGE}, c${group} = 0`);
    const all = [...pages, ...this.#facts.declarations(), ...Array.from({ length: this.floatTemps }, (_, i) => `f${i} = 0`), ...this.#unitLoads()];
    return all.length === 0 ? '' : `let ${all.join(', ')};`;
  }
  branch(condition: string): string {
    return this.#exits.branch(condition);
  }
  jump(): string {
    return this.#exits.jump();
  }
  jumpTo(target: string): string {
    return this.#exits.computed(target);
  }

  beginIf(): void {
    this.#kindsBefore.push(this.kind);
    this.#kindsAfter.push(NO_ARM);
    this.#facts.beginIf();
  }
  enterArm(): string {
    this.#merge();
    this.kind = this.#kindsBefore[this.#kindsBefore.length - 1];
    return this.#facts.enterArm();
  }
  leaveArms(): string {
    this.#merge();
    this.#kindsBefore.pop();
    this.kind = this.#kindsAfter.pop() as number;
    return this.#facts.leaveArms();
  }
  /** Folds the kind at the end of an arm into what holds after the `if`. The first call comes before any arm and only notes that. */
  #merge(): void {
    const last = this.#kindsAfter.length - 1;
    const seen = this.#kindsAfter[last];
    if (seen === NO_ARM) this.#kindsAfter[last] = FIRST_ARM;
    else if (seen === FIRST_ARM) this.#kindsAfter[last] = this.kind;
    else if (seen !== this.kind) this.#kindsAfter[last] = DYNAMIC_KIND;
  }
}
