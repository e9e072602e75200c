import { isSegmentChecked, visitStatements, type GroupCheck, type Operation, type OperandPlace, type Statement } from '@ringzero/x86-semantics';
import type { ControlFlow } from '../region/control-flow.ts';
import { accessOf, type Access } from './operand-access.ts';
import { NOTHING, registerOf, REGISTERS, Symbols, SymbolicRegisters, type Symbolic } from './symbolic.ts';

/** Bytes from the first to the last of a group, at most: the more, the oftener one is in two pages. */
const MAX_SPAN = 128;
/** Bytes by which an address may change from one time round a loop to the next, for its page to be likely the same. */
const MAX_STRIDE = 64;
/** Groups of a region that remember their page, at most: each takes two locals through the loop. */
const MOST_REMEMBERED = 6;
/** Passes after which no register is taken to come round a loop unchanged. */
const MAX_PASSES = 5;
const ESP_NUMBER = 4;
const EBP_NUMBER = 5;
/** Group that nothing has joined yet. */
const ALONE = -1;
/** `Group.node` of one that is checked where the region is entered. */
const ENTRY = -1;

/** Places of an instruction's operands, by the numbers of their addresses. */
export type Places = ReadonlyMap<number, OperandPlace>;

/** An address: the contents of a register (undefined: none), and bytes from there. */
export interface RegisterAddress {
  readonly register: number | undefined;
  readonly offset: number;
}

/** The first operand of a group, which checks the page for all. */
export interface GroupLeader {
  readonly op: Operation;
  /** By the registers where the instruction begins; undefined: its effective address. */
  readonly address: RegisterAddress | undefined;
  readonly access: Access;
  readonly members: readonly GroupMember[];
}

/** Who relies on a group: where, in bytes from the first one's address, and how. */
export interface GroupMember {
  readonly op: Operation;
  readonly distance: number;
  readonly access: Access;
}

/** A group that is checked where the region is entered, for the loop that begins there. */
export interface EntryGroup {
  readonly group: number;
  readonly address: RegisterAddress;
  readonly check: GroupCheck;
  readonly members: readonly GroupMember[];
}

/** What was found of a region's operands. */
export interface PageGroups {
  /** By order of the node, and the instruction's index in it. */
  places(order: number, index: number): Places | undefined;
  readonly leaders: readonly GroupLeader[];
  readonly atEntry: readonly EntryGroup[];
}

interface Group {
  number: number;
  readonly symbol: number;
  /** The first one's. */
  readonly delta: number;
  readonly node: number;
  readonly check: MutableCheck;
  readonly members: GroupMember[];
  /** Called when it is one: a second operand joins, or its page is remembered. */
  readonly begin: () => void;
}

type MutableCheck = { -readonly [K in keyof GroupCheck]: GroupCheck[K] };

/** What is known where a node begins or ends. */
interface Knowledge {
  readonly registers: readonly Symbolic[];
  readonly groups: readonly Group[];
}

/**
 * Finds operands in memory that are near each other whatever the registers hold: fields of a structure, a stack's frame, what is
 * read and then written. The first one that is reached checks the page for those that are reached behind it; they need no look at the
 * TLB. What a region's loop reaches each time by registers that come round unchanged is checked where the region is entered. Nothing
 * that a region does itself takes a page out of the TLB but helpers, behind which all is forgotten. An operand of which that has failed
 * too often, as `Operation.isApart` says, is in no group.
 *
 * @param statementsOf as they are emitted.
 * @param hoists whether anything is checked at the entry.
 */
export function findPageGroups(flow: ControlFlow, statementsOf: (order: number, index: number) => readonly Statement[], hoists: boolean): PageGroups {
  // Which registers come round a loop unchanged is assumed, and then looked at.
  const changing = flow.nodes.map(() => 0);
  for (let pass = 1; ; pass++) {
    const finder = new PageGroupFinder(flow, statementsOf, hoists, changing);
    if (finder.refute(pass < MAX_PASSES)) continue;
    finder.remember();
    return finder;
  }
}

class PageGroupFinder implements PageGroups {
  readonly leaders: GroupLeader[] = [];
  readonly atEntry: EntryGroup[] = [];
  readonly #flow: ControlFlow;
  readonly #statementsOf: (order: number, index: number) => readonly Statement[];
  /** For each loop's header, a mask of the registers that do not come round it unchanged. */
  readonly #changing: number[];
  readonly #symbols = new Symbols();
  readonly #starts: Knowledge[] = [];
  readonly #ends: Knowledge[] = [];
  readonly #places: (Map<number, OperandPlace> | undefined)[][] = [];
  readonly #entryGroups: Group[] = [];
  /** Groups that are checked in a loop. */
  readonly #looped: Group[] = [];
  /** Members of the loop at the entry for which groups may be checked there; undefined where there is none. */
  readonly #hoisted: ReadonlySet<number> | undefined;
  #count = 0;

  constructor(flow: ControlFlow, statementsOf: (order: number, index: number) => readonly Statement[], hoists: boolean, changing: number[]) {
    this.#flow = flow;
    this.#statementsOf = statementsOf;
    this.#changing = changing;
    this.#hoisted = hoists && flow.targets.length === 0 && this.#keepsGroups(0) ? flow.loops[0] : undefined;
    for (const { order } of flow.nodes) this.#visit(order);
  }

  places(order: number, index: number): Places | undefined {
    return this.#places[order][index];
  }

  /** Notes which registers were taken to come round a loop unchanged and do not; all, unless it `mayTryAgain`. Returns whether there were any. */
  refute(mayTryAgain: boolean): boolean {
    let isRefuted = false;
    this.#flow.nodes.forEach((_, order) => {
      const { registers } = this.#starts[order];
      let mask = this.#changing[order];
      for (const from of this.#flow.predecessors[order]) {
        if (from < order) continue;
        this.#ends[from].registers.forEach((value, i) => void (isSame(value, registers[i]) || (mask |= 1 << i)));
      }
      if (mask === this.#changing[order]) return;
      isRefuted = true;
      this.#changing[order] = mask;
    });
    if (isRefuted && !mayTryAgain) this.#flow.loops.forEach((members, header) => void (members !== undefined && (this.#changing[header] = (1 << REGISTERS) - 1)));
    return isRefuted;
  }

  /** Has groups remember their page where it is likely to be the same the next time round the innermost loop. */
  remember(): void {
    let count = 0;
    const size = ({ node }: Group): number => this.#flow.loops[this.#innermost(node) as number]?.size ?? 0;
    for (const group of this.#looped.sort((a, b) => size(a) - size(b))) {
      if (count === MOST_REMEMBERED) return;
      if (!this.#staysInPage(group)) continue;
      count++;
      group.check.remembers = true;
      this.#begin(group);
    }
  }

  /** Whether the innermost loop finds a group in the page of the time before, mostly: it goes slowly through memory, or is a small table. */
  #staysInPage({ node, symbol, delta, check }: Group): boolean {
    const stride = this.#stride(this.#innermost(node) as number, symbol);
    if (stride !== undefined && stride <= MAX_STRIDE) return true;
    const bound = this.#symbols.bound(symbol);
    return bound !== undefined && (((delta + check.low) ^ (delta + bound + check.high)) & -4096) === 0;
  }

  /** The header of the smallest loop that a node is in. */
  #innermost(order: number): number | undefined {
    let found: number | undefined;
    this.#flow.loops.forEach((members, header) => {
      if (members?.has(order) === true && (found === undefined || members.size < (this.#flow.loops[found]?.size ?? 0))) found = header;
    });
    return found;
  }

  /** By how much at most what `symbol` stands for changes each time round a loop; undefined if that is not known. */
  #stride(header: number, symbol: number): number | undefined {
    if (symbol === NOTHING) return 0;
    const parts = this.#symbols.parts(symbol);
    if (parts !== undefined) {
      const [a, b] = [this.#stride(header, parts.a), this.#stride(header, parts.b)];
      return a === undefined || b === undefined ? undefined : a + (b << parts.shift);
    }
    const { registers } = this.#starts[header];
    const register = registers.findIndex((value) => value.symbol === symbol);
    if (register < 0) return undefined;
    const ends = this.#flow.predecessors[header].filter((from) => from >= header).map((from) => this.#ends[from].registers[register]);
    return ends.every((end) => end.symbol === symbol) ? Math.max(...ends.map((end) => Math.abs((end.delta - registers[register].delta) | 0))) : undefined;
  }

  #visit(order: number): void {
    const { end, programs, block } = this.#flow.nodes[order];
    const start = this.#atStart(order);
    const current = new SymbolicRegisters(this.#symbols, start.registers);
    this.#starts[order] = start;
    this.#places[order] = [];
    let known = start.groups;
    programs.forEach((_, index) => {
      known = this.#instruction(order, index, block.operations[index], current, known);
    });
    // A helper may change registers, and what is in the TLB.
    this.#ends[order] = end === 'helper' ? { registers: this.#symbols.registers(), groups: [] } : { registers: current.values, groups: known };
  }

  /** What all ways to a node agree on. */
  #atStart(order: number): Knowledge {
    const { loops, predecessors } = this.#flow;
    const ends = predecessors[order].filter((from) => from < order).map((from) => this.#ends[from]);
    const isLoop = loops[order] !== undefined;
    const [first] = ends;
    if (first === undefined) return { registers: this.#symbols.registers(), groups: [] };
    const registers = first.registers.map((value, i) => ((this.#changing[order] & (1 << i)) === 0 && ends.every((end) => isSame(end.registers[i], value)) ? value : this.#symbols.fresh()));
    const groups = isLoop && !this.#keepsGroups(order) ? [] : first.groups.filter((group) => ends.every((end) => end.groups.includes(group)));
    return { registers, groups };
  }

  /** Whether what is known of pages where a loop begins holds each time round. */
  #keepsGroups(header: number): boolean {
    const { loops, nodes } = this.#flow;
    const members = loops[header];
    return members !== undefined && [...members].every((order) => nodes[order].end !== 'helper');
  }

  /** Returns the groups that are known behind an instruction. */
  #instruction(order: number, index: number, op: Operation, registers: SymbolicRegisters, known: readonly Group[]): readonly Group[] {
    const found: Group[] = [];
    const statements = this.#statementsOf(order, index);
    const before = [...registers.values];
    registers.begin();
    for (const s of statements) {
      switch (s.k) {
        case 'let':
          registers.setTemp(s.id, registers.of(op, s.value));
          break;
        case 'setReg':
          registers.set(op, s.slot, s.width, registers.of(op, s.value));
          break;
        case 'address': {
          const access = op.isApart || isSegmentChecked(op, s.segment) || (!op.isMemory && s.segment === 'operand') ? undefined : accessOf(op, statements, s.id);
          const at = registers.of(op, s.offset);
          if (access === undefined || at === undefined) break;
          const join = (place: OperandPlace): void => void (this.#places[order][index] ??= new Map()).set(s.id, place);
          if (this.#hoists(order, op, at, access, join) || known.some((group) => this.#joins(group, group.node === order, op, at, access, join))) break;
          found.push(this.#leader(order, op, at, access, before, join));
          break;
        }
        case 'if':
          visitStatements([s], (inner) => {
            if (inner.k === 'setReg') registers.values[registerOf(op, inner.slot, inner.width)] = this.#symbols.fresh();
            else if (inner.k === 'let') registers.setTemp(inner.id, undefined);
          });
          break;
        default:
      }
    }
    return found.length === 0 ? known : [...known, ...found];
  }

  /** Takes an operand into a group, if it can be. `mayWrite`: whether one that is written may join those that are read: only where it is certain that the page will be written to, as in the same block. */
  #joins(group: Group, mayWrite: boolean, op: Operation, at: Symbolic, access: Access, join: (place: OperandPlace) => void): boolean {
    const { check, delta } = group;
    const distance = (at.delta - delta) | 0;
    const low = Math.min(check.low, distance);
    const high = Math.max(check.high, distance + access.size - 1);
    if (at.symbol !== group.symbol || high - low >= MAX_SPAN || (distance & access.mask) !== 0 || (access.writes && !check.writes && !mayWrite)) return false;
    check.writes ||= access.writes;
    check.mask |= access.mask;
    check.low = low;
    check.high = high;
    group.members.push({ op, distance, access });
    this.#begin(group);
    join({ group: group.number, distance, check: undefined });
    return true;
  }

  #begin(group: Group): void {
    if (group.number !== ALONE) return;
    group.number = this.#count++;
    group.begin();
  }

  /** A group of which the operand is the first, if others join it: what is reached behind it. */
  #leader(node: number, op: Operation, at: Symbolic, access: Access, before: readonly Symbolic[], join: (place: OperandPlace) => void): Group {
    const check = checkOf(access);
    const members: GroupMember[] = [];
    const group: Group = {
      number: ALONE,
      ...at,
      node,
      check,
      members,
      begin: () => {
        join({ group: group.number, distance: 0, check });
        this.leaders.push({ op, address: addressBy(before, at), access, members });
      },
    };
    const header = this.#innermost(node);
    if (header !== undefined && this.#keepsGroups(header)) this.#looped.push(group);
    return group;
  }

  /** Has an operand checked at the entry, if its address is the same each time round the loop there, and it is reached each time or in the stack. */
  #hoists(order: number, op: Operation, at: Symbolic, access: Access, join: (place: OperandPlace) => void): boolean {
    if (this.#hoisted?.has(order) !== true) return false;
    const { registers } = this.#starts[0];
    const address = addressBy(registers, at);
    if (address === undefined || (address.register !== undefined && (this.#changing[0] & (1 << address.register)) !== 0)) return false;
    const isCertain = address.register === ESP_NUMBER || address.register === EBP_NUMBER || this.#isReachedEachTime(order);
    const joins = (group: Group): boolean => this.#joins(group, isCertain, op, at, access, join);
    if (this.#entryGroups.some(joins)) return true;
    if (!isCertain) return false;
    const check = checkOf(access);
    const members: GroupMember[] = [];
    const group: Group = { number: ALONE, ...at, node: ENTRY, check, members, begin: () => void this.atEntry.push({ group: group.number, address, check, members }) };
    this.#entryGroups.push(group);
    return joins(group);
  }

  /** Whether the loop at the entry does not come round without a node. */
  #isReachedEachTime(order: number): boolean {
    const { dominator, predecessors } = this.#flow;
    return predecessors[0].every((from) => {
      let at = from;
      while (at > order) at = dominator[at];
      return at === order;
    });
  }
}

function isSame(a: Symbolic, b: Symbolic): boolean {
  return a.symbol === b.symbol && a.delta === b.delta;
}

function checkOf({ writes, mask, size }: Access): MutableCheck {
  return { writes, mask, low: 0, high: size - 1, remembers: false };
}

function addressBy(registers: readonly Symbolic[], at: Symbolic): RegisterAddress | undefined {
  if (at.symbol === NOTHING) return { register: undefined, offset: at.delta };
  const register = registers.findIndex(({ symbol }) => symbol === at.symbol);
  return register < 0 ? undefined : { register, offset: (at.delta - registers[register].delta) | 0 };
}
