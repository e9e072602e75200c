import type { FactKind } from '../ir/nodes.ts';
import { joined } from './operand-place.ts';
import { SCRATCH } from '../vp/lanes.ts';
import { doubleAt, singleAt } from './state-access.ts';

/** What may be known of an element's value: nothing, that it is no NaN, or that it is not denormal either. */
const ANYTHING = 0;
const NUMBER = 1;
const WHOLE = 2;
const CERTAINTY = { number: NUMBER, whole: WHOLE } as const;

/** A double or single of the state. */
interface Element {
  readonly byte: number;
  readonly size: number;
  readonly certainty: number;
  /** Whether its value is in the local of its name. */
  readonly isLocal: boolean;
}

/** What is known somewhere in the text. */
export interface Facts {
  readonly elements: ReadonlyMap<string, Element>;
  /** Whether MXCSR has the host's arithmetic serve. */
  readonly rounding: boolean;
  /** Whether the local {@link LOST} says if it still holds. */
  readonly isGuarded: boolean;
}

/** Elements of doubles and singles by their place, and whether MXCSR is known as well. */
export interface FactRequest {
  readonly elements: readonly { readonly byte: number; readonly isDouble: boolean }[];
  readonly rounding: boolean;
}

export const NO_FACTS: Facts = { elements: new Map(), rounding: false, isGuarded: false };

/** An `if` whose arms are being emitted. */
interface Arms {
  readonly before: Facts;
  isFirst: boolean;
  then: Facts | undefined;
  /** Whether an arm has changed elements or MXCSR, and whether the first has made something known. */
  hasChanged: boolean;
  hasLearnt: boolean;
  /** Whether the second calls a unit. */
  hasCalled: boolean;
  /** Locals that the first arm assigns. */
  readonly assigned: Set<string>;
}

/** Local that is 1 where an arm has gone another way than the facts behind its `if` have it, or nothing was known yet: then none of them holds. */
export const LOST = 'vd';
const VIEWS = { true: doubleAt, false: singleAt } as const;
/** Name of what is known of MXCSR, among those that were missed. */
const ROUNDING = 'rounding';
const CONSTANT = /^\d+$/;
const WORD = 4;

/** Whether facts are kept of a place. What is in the scratch operand is one instruction's. */
function isPlace(at: string): boolean {
  return CONSTANT.test(at) && Number(at) < SCRATCH;
}

/** Whether all of `wanted` is known. */
export function areKnown(wanted: Facts, { elements, isGuarded, rounding }: Facts): boolean {
  if (!isGuarded || (wanted.rounding && !rounding)) return false;
  return Array.from(wanted.elements).every(([name, { certainty }]) => {
    const element = elements.get(name);
    return element !== undefined && element.isLocal && element.certainty >= certainty;
  });
}

/** What is known wherever control comes from. */
export function commonFacts(all: readonly Facts[]): Facts {
  const [first, ...others] = all;
  if (first === undefined || !all.every(({ isGuarded }) => isGuarded)) return NO_FACTS;
  const elements = new Map<string, Element>();
  for (const [name, element] of first.elements) {
    const same = others.map((facts) => facts.elements.get(name));
    if (same.some((each) => each === undefined)) continue;
    const certainty = Math.min(element.certainty, ...same.map((each) => each!.certainty));
    elements.set(name, { ...element, certainty, isLocal: element.isLocal && same.every((each) => each!.isLocal) });
  }
  return { elements, rounding: all.every(({ rounding }) => rounding), isGuarded: true };
}

/** What of `facts` is to be tested again for them to hold: doubles and singles that are neither denormal nor NaNs, of those that were `missed`. */
export function requestOf({ elements, rounding }: Facts, missed: ReadonlySet<string>): FactRequest {
  const wanted = Array.from(elements).filter(([name, { certainty }]) => certainty === WHOLE && missed.has(name));
  return { elements: wanted.map(([, { byte, size }]) => ({ byte, isDouble: size === 8 })), rounding: rounding && missed.has(ROUNDING) };
}

function sizeOf(isDouble: boolean): number {
  return isDouble ? 8 : 4;
}
function nameOf(isDouble: boolean, byte: number): string {
  return `${isDouble ? 'd' : 's'}${byte}`;
}

/**
 * What compiled code knows of the vector registers' elements from one instruction to the next: an instruction that was tested to be
 * one for the host's arithmetic leaves a number in a local that need not be read or tested again. Facts are those of the arm of
 * an `if` where its tests hold; in the other one, which the vector unit serves, {@link LOST} is set, and whatever relies on a fact
 * tests that first. The state itself is always up to date.
 */
export class ElementFacts {
  readonly #elements = new Map<string, Element>();
  #rounding = false;
  #isGuarded = false;
  readonly #locals = new Set<string>();
  readonly #arms: Arms[] = [];
  /** Elements that floating-point temporaries of this instruction were read from. */
  readonly #origins = new Map<number, string>();
  /** What holds if the tests of the next `if` do. */
  readonly #pending: { readonly name: string; readonly element: Element }[] = [];
  #isRoundingPending = false;
  /** Whether this instruction relies on facts. */
  #isUsed = false;
  /** Whether the condition that is being emitted has tests to remember. */
  #isTested = false;
  /** Names of what was read or tested, since it was not known, in this part of the text and as it was at its begin; what was written in it; and whether anything may have been. */
  #missed = new Set<string>();
  readonly #written = new Set<number>();
  #isUnknown = false;

  /** The next instruction begins. */
  begin(): void {
    this.#origins.clear();
    this.#pending.length = 0;
    this.#isRoundingPending = false;
    this.#isUsed = false;
    this.#isTested = false;
  }

  save(): Facts {
    return { elements: new Map(this.#elements), rounding: this.#rounding, isGuarded: this.#isGuarded };
  }
  restore({ elements, rounding, isGuarded }: Facts): void {
    this.#elements.clear();
    for (const [name, element] of elements) this.#elements.set(name, element);
    this.#rounding = rounding;
    this.#isGuarded = isGuarded;
  }

  /** Assigns an element to temporary `id`, which is local `temp`. */
  read(id: number, temp: string, isDouble: boolean, at: string, offset: number): string {
    const source = VIEWS[`${isDouble}`](at, offset);
    if (!isPlace(at)) return `${temp} = ${source};`;
    const byte = Number(at) + offset;
    const name = nameOf(isDouble, byte);
    this.#origins.set(id, name);
    const known = this.#elements.get(name);
    if (known?.isLocal === true) {
      this.#isUsed = true;
      return `${temp} = ${name};`;
    }
    this.#miss(name, byte);
    return joined(this.#guarded(), `${temp} = ${this.#assign(name, { byte, size: sizeOf(isDouble), certainty: known?.certainty ?? ANYTHING, isLocal: true })} = ${source};`);
  }

  /** Source of the local that a double at `byte` of the state is about to be assigned to as well, whatever it is; what else is known of the place is forgotten. */
  loaded(byte: number): { readonly guard: string; readonly name: string } {
    this.changed(`${byte}`, 8);
    const guard = this.#guarded();
    return { guard, name: this.#assign(nameOf(true, byte), { byte, size: 8, certainty: ANYTHING, isLocal: true }) };
  }

  /** The local of a double that has one. */
  localOf(byte: number): { readonly name: string; readonly isNumber: boolean } | undefined {
    const name = nameOf(true, byte);
    const known = this.#elements.get(name);
    if (known?.isLocal !== true) return undefined;
    return { name, isNumber: known.certainty >= NUMBER };
  }

  /** Writes an element. `isWhole`: it is neither denormal nor a NaN; otherwise that depends on what temporary `id`, if it is one, was read from. */
  write(isDouble: boolean, at: string, offset: number, value: string, isWhole: boolean, id: number | undefined): string {
    const target = VIEWS[`${isDouble}`](at, offset);
    const origin = id === undefined ? undefined : this.#elements.get(this.#origins.get(id) ?? '');
    this.changed(isPlace(at) ? `${Number(at) + offset}` : at, sizeOf(isDouble));
    if (!isPlace(at)) return `${target} = ${value};`;
    const byte = Number(at) + offset;
    const certainty = isWhole ? WHOLE : (origin?.certainty ?? ANYTHING);
    return joined(this.#guarded(), `${target} = ${this.#assign(nameOf(isDouble, byte), { byte, size: sizeOf(isDouble), certainty, isLocal: true })} = ${value};`);
  }

  /** Something else writes `bytes` bytes of the state at a place. */
  changed(at: string, bytes: number): void {
    if (!CONSTANT.test(at)) {
      this.forget();
      return;
    }
    if (!isPlace(at)) return;
    this.#note((arms) => (arms.hasChanged = true));
    const from = Number(at);
    if (!this.#isLost()) for (let byte = from; byte < from + bytes; byte += WORD) this.#written.add(byte);
    for (const [name, { byte, size }] of this.#elements) if (byte < from + bytes && from < byte + size) this.#elements.delete(name);
  }

  /** Something may have changed all of it. */
  forget(): void {
    this.#note((arms) => {
      arms.hasChanged = true;
      if (arms.then !== undefined) arms.hasCalled = true;
    });
    this.#elements.clear();
    this.#rounding = false;
    this.#isGuarded = false;
    this.#isUnknown ||= !this.#isLost();
  }

  /** A condition that is remembered where it was tested; `test` is its source. */
  holds(about: FactKind, at: string, offset: number, isDouble: boolean, test: () => string): string {
    this.#isTested = true;
    if (about === 'rounding') {
      if (this.#rounding) return this.#known();
      if (!this.#isUnknown) this.#missed.add(ROUNDING);
      this.#isRoundingPending = true;
      return test();
    }
    if (!isPlace(at)) return test();
    const byte = Number(at) + offset;
    const name = nameOf(isDouble, byte);
    const known = this.#elements.get(name);
    const certainty = CERTAINTY[about];
    if (known !== undefined && known.certainty >= certainty) return this.#known();
    if (this.#pending.some((each) => each.name === name && each.element.certainty >= certainty)) return 'true';
    this.#miss(name, byte);
    this.#pending.push({ name, element: { byte, size: sizeOf(isDouble), certainty, isLocal: false } });
    return test();
  }

  /** The condition of an `if`: with facts to remember in it, and in an instruction that relies on some, those must hold still. */
  guard(condition: string): string {
    const isTested = this.#isTested;
    this.#isTested = false;
    if (!isTested || !this.#isUsed) return condition;
    return condition === 'true' ? this.stillHolds() : `(${this.stillHolds()} && ${condition})`;
  }

  /** Source of the test that facts hold. */
  stillHolds(): string {
    return `(${LOST} === 0)`;
  }

  beginIf(): void {
    this.#arms.push({ before: this.save(), isFirst: true, then: undefined, hasChanged: false, hasLearnt: false, hasCalled: false, assigned: new Set() });
  }

  /** Source of what an arm begins with. The first comes with what was tested, the second with what was known before. */
  enterArm(): string {
    const arms = this.#arms[this.#arms.length - 1]!;
    if (arms.isFirst) {
      arms.isFirst = false;
    } else {
      arms.then = this.save();
      this.restore(arms.before);
    }
    if (arms.then === undefined && this.#pending.length + (this.#isRoundingPending ? 1 : 0) > 0) {
      const guard = this.#guarded();
      for (const { name, element } of this.#pending) this.#learn(name, { ...element, isLocal: this.#elements.get(name)?.isLocal ?? false });
      this.#rounding ||= this.#isRoundingPending;
      arms.hasLearnt = true;
      this.#pending.length = 0;
      this.#isRoundingPending = false;
      return guard;
    }
    return '';
  }

  /** Source of what the second arm ends with. Behind it holds what did at the end of the first. */
  leaveArms(): string {
    const { assigned, hasCalled, hasChanged, hasLearnt, then = NO_FACTS } = this.#arms.pop()!;
    this.restore(then);
    this.#note((outer) => {
      outer.hasChanged ||= hasChanged;
      outer.hasLearnt ||= hasLearnt;
    });
    if (!(hasChanged || hasLearnt) || (then.elements.size === 0 && !then.rounding)) return '';
    // The values of locals would be kept from before, to no purpose, and around calls that is costly.
    const kept = Array.from(then.elements).flatMap(([name, { isLocal }]) => (isLocal && (hasCalled || assigned.has(name)) ? [name] : []));
    return joined(`${LOST} = 1;`, kept.length === 0 ? '' : `${[...kept, '0'].join(' = ')};`);
  }

  /** Locals, with their values before anything is known. */
  declarations(): string[] {
    return Array.from(this.#locals, (name) => `${name} = ${name === LOST ? 1 : 0}`);
  }

  /** What was missed in the part that ends, and was not written in it before. */
  takeMissed(): ReadonlySet<string> {
    const missed = this.#missed;
    this.#missed = new Set();
    this.#written.clear();
    this.#isUnknown = false;
    return missed;
  }

  /** Whether this is a second arm, behind which nothing holds that it changes. */
  #isLost(): boolean {
    return this.#arms.some(({ then }) => then !== undefined);
  }

  #miss(name: string, byte: number): void {
    if (!this.#isUnknown && !this.#written.has(byte)) this.#missed.add(name);
  }

  #known(): string {
    this.#isUsed = true;
    return 'true';
  }

  #learn(name: string, element: Element): void {
    this.#elements.set(name, element);
    this.#note((arms) => (arms.hasLearnt = true));
  }

  /** The same of an element whose local is assigned. */
  #assign(name: string, element: Element): string {
    this.#learn(name, element);
    this.#locals.add(name);
    this.#note((arms) => arms.then === undefined && arms.assigned.add(name));
    return name;
  }

  #guarded(): string {
    if (this.#isGuarded) return '';
    this.#isGuarded = true;
    this.#locals.add(LOST);
    return `${LOST} = 0;`;
  }

  #note(what: (arms: Arms) => unknown): void {
    const arms = this.#arms[this.#arms.length - 1];
    if (arms !== undefined) what(arms);
  }
}
