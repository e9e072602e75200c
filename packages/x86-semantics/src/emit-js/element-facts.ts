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
  /** Locals that the first arm assigns. */
  readonly assigned: Set<string>;
  /** Whether the second calls a unit. */
  hasCalled: boolean;
}

/** What a temporary of floating point was read from. */
interface Origin {
  readonly element: Element;
  readonly name: string;
  /** How certain that was when it was overwritten; undefined until then. */
  certainty: number | undefined;
}

/** Local that is 0 while everything that is known of values holds. An arm sets it to 1 that goes another way than what is known behind its `if`. */
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
  if (first === undefined) return NO_FACTS;
  const isGuarded = all.every((facts) => facts.isGuarded);
  const elements = new Map<string, Element>();
  for (const [name, element] of first.elements) {
    const same = [element, ...others.flatMap((facts) => facts.elements.get(name) ?? [])];
    if (same.length < all.length) continue;
    const certainty = isGuarded ? Math.min(...same.map((each) => each.certainty)) : ANYTHING;
    elements.set(name, { ...element, certainty, isLocal: same.every(({ isLocal }) => isLocal) });
  }
  return { elements, rounding: isGuarded && all.every(({ rounding }) => rounding), isGuarded };
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
 * What compiled code knows of the vector registers' elements from one instruction to the next. An element that was read or written
 * is in a local as well, and stays there; the state is always up to date. What was tested of its value need not be tested again:
 * that it is one for the host's arithmetic, as is what this leaves. Such facts are those of the arm of an `if` where its tests hold.
 * The other one, which the vector unit serves, sets {@link LOST}: from there on, to where facts begin anew, who relies on one tests
 * again.
 */
export class ElementFacts {
  readonly #elements = new Map<string, Element>();
  #rounding = false;
  /** Whether {@link LOST} says if what is known of values holds; nothing is, otherwise. */
  #isGuarded = false;
  readonly #locals = new Set<string>();
  readonly #arms: Arms[] = [];
  /** Elements that temporaries of this instruction were read from. */
  readonly #origins = new Map<number, Origin>();
  /** What holds if the tests of the next `if` do, and sources of those that were left out since they are known to. */
  readonly #pending: { readonly name: string; readonly element: Element }[] = [];
  #isRoundingPending = false;
  readonly #known: string[] = [];
  /** Names of what was read or tested, since it was not known, in this part of the text and as it was at its begin; what was written in it; and whether anything may have been. */
  #missed = new Set<string>();
  readonly #written = new Set<number>();
  #isUnknown = false;

  /** The next instruction begins. */
  begin(): void {
    this.#origins.clear();
    this.#pending.length = 0;
    this.#isRoundingPending = false;
    this.#known.length = 0;
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
    const known = this.#elements.get(name);
    const element = { byte, size: sizeOf(isDouble), certainty: known?.certainty ?? ANYTHING, isLocal: true };
    this.#origins.set(id, { element, name, certainty: undefined });
    if (known?.isLocal === true) return `${temp} = ${name};`;
    this.#miss(name, byte);
    return `${temp} = ${this.#assign(name, element)} = ${source};`;
  }

  /** The local that a double at `byte` of the state is about to be assigned to as well, whatever it is; what else is known of the place is forgotten. */
  loaded(byte: number): string {
    this.changed(`${byte}`, 8);
    return this.#assign(nameOf(true, byte), { byte, size: 8, certainty: ANYTHING, isLocal: true });
  }

  /** The local of a double that has one. */
  localOf(byte: number): string | undefined {
    const name = nameOf(true, byte);
    return this.#elements.get(name)?.isLocal === true ? name : undefined;
  }

  /** Writes an element. `isWhole`: it is neither denormal nor a NaN; otherwise that depends on what temporary `id`, if it is one, was read from. */
  write(isDouble: boolean, at: string, offset: number, value: string, isWhole: boolean, id: number | undefined): string {
    const target = VIEWS[`${isDouble}`](at, offset);
    const certainty = isWhole ? WHOLE : this.#certaintyOf(id);
    this.changed(isPlace(at) ? `${Number(at) + offset}` : at, sizeOf(isDouble));
    if (!isPlace(at)) return `${target} = ${value};`;
    const byte = Number(at) + offset;
    const guard = certainty > ANYTHING ? this.#guarded() : '';
    return joined(guard, `${target} = ${this.#assign(nameOf(isDouble, byte), { byte, size: sizeOf(isDouble), certainty, isLocal: true })} = ${value};`);
  }

  #certaintyOf(id: number | undefined): number {
    const origin = id === undefined ? undefined : this.#origins.get(id);
    return origin === undefined ? ANYTHING : (origin.certainty ?? this.#elements.get(origin.name)?.certainty ?? ANYTHING);
  }

  /** Something else writes `bytes` bytes of the state at a place. */
  changed(at: string, bytes: number): void {
    if (!CONSTANT.test(at)) {
      this.forget();
      return;
    }
    if (!isPlace(at)) return;
    const from = Number(at);
    const overlaps = ({ byte, size }: Element): boolean => byte < from + bytes && from < byte + size;
    this.#overwrite(overlaps);
    if (!this.#isSecond()) for (let byte = from; byte < from + bytes; byte += WORD) this.#written.add(byte);
    for (const [name, element] of this.#elements) if (overlaps(element)) this.#elements.delete(name);
  }

  /** Something may have changed all of it. */
  forget(): void {
    for (const arms of this.#arms) arms.hasCalled ||= arms.then !== undefined;
    this.#overwrite(() => true);
    this.#elements.clear();
    this.#rounding = false;
    this.#isGuarded = false;
    this.#isUnknown ||= !this.#isSecond();
  }

  /** Temporaries keep the values of elements that are written now. */
  #overwrite(isWritten: (element: Element) => boolean): void {
    for (const origin of this.#origins.values()) if (isWritten(origin.element)) origin.certainty ??= this.#elements.get(origin.name)?.certainty ?? ANYTHING;
  }

  /** A condition that is remembered where it was tested; `test` is its source. */
  holds(about: FactKind, at: string, offset: number, isDouble: boolean, test: string): string {
    if (about === 'rounding') {
      if (this.#rounding) return this.#leftOut(test);
      if (!this.#isUnknown) this.#missed.add(ROUNDING);
      this.#isRoundingPending = true;
      return test;
    }
    if (!isPlace(at)) return test;
    const byte = Number(at) + offset;
    const name = nameOf(isDouble, byte);
    const certainty = CERTAINTY[about];
    if ((this.#elements.get(name)?.certainty ?? ANYTHING) >= certainty) return this.#leftOut(test);
    if (this.#pending.some((each) => each.name === name && each.element.certainty >= certainty)) return 'true';
    this.#miss(name, byte);
    this.#pending.push({ name, element: { byte, size: sizeOf(isDouble), certainty, isLocal: false } });
    return test;
  }

  #leftOut(test: string): string {
    if (!this.#known.includes(test)) this.#known.push(test);
    return 'true';
  }

  /** The condition of an `if`, with what was left out of it: that is tested where facts are lost. */
  guard(condition: string): string {
    if (this.#known.length === 0) return condition;
    const known = `(${LOST} === 0 || ${this.#known.join(' && ')})`;
    this.#known.length = 0;
    return condition === 'true' ? known : `(${known} && ${condition})`;
  }

  beginIf(): void {
    this.#arms.push({ before: this.save(), isFirst: true, then: undefined, hasCalled: false, assigned: new Set() });
  }

  /** Source of what an arm begins with. The first comes with what was tested, the second with what was known before. */
  enterArm(): string {
    const arms = this.#arms[this.#arms.length - 1]!;
    if (!arms.isFirst) {
      arms.then = this.save();
      this.restore(arms.before);
      return '';
    }
    arms.isFirst = false;
    if (this.#pending.length === 0 && !this.#isRoundingPending) return '';
    const guard = this.#guarded();
    for (const { name, element } of this.#pending) this.#elements.set(name, { ...element, isLocal: this.#elements.get(name)?.isLocal ?? false });
    this.#rounding ||= this.#isRoundingPending;
    this.#pending.length = 0;
    this.#isRoundingPending = false;
    return guard;
  }

  /** Source of what the second arm ends with. Behind it holds what did at the end of the first. */
  leaveArms(): string {
    const { assigned, hasCalled, then = NO_FACTS } = this.#arms.pop()!;
    const otherwise = this.save();
    this.restore(then);
    const isLost = (then.rounding && !otherwise.rounding) || Array.from(then.elements).some(([name, { certainty }]) => certainty > (otherwise.elements.get(name)?.certainty ?? ANYTHING));
    // All of them behind a call: kept across it, their values would be a burden for the first arm.
    const stale = Array.from(then.elements).filter(([name, { isLocal }]) => isLocal && (hasCalled || assigned.has(name) || otherwise.elements.get(name)?.isLocal !== true));
    for (const name of [...assigned, ...stale.map(([each]) => each)]) this.#noteAssigned(name);
    return joined(isLost ? `${LOST} = 1;` : '', ...stale.map(([name, { byte, size }]) => `${name} = ${VIEWS[`${size === 8}`](`${byte}`, 0)};`));
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

  /** Whether this is in a second arm, behind which nothing holds that it changes. */
  #isSecond(): boolean {
    return this.#arms.some(({ then }) => then !== undefined);
  }

  #miss(name: string, byte: number): void {
    if (!this.#isUnknown && !this.#written.has(byte)) this.#missed.add(name);
  }

  /** Notes an element whose local is assigned. */
  #assign(name: string, element: Element): string {
    this.#elements.set(name, element);
    this.#locals.add(name);
    this.#noteAssigned(name);
    return name;
  }

  #noteAssigned(name: string): void {
    const arms = this.#arms[this.#arms.length - 1];
    if (arms !== undefined && arms.then === undefined) arms.assigned.add(name);
  }

  #guarded(): string {
    if (this.#isGuarded) return '';
    this.#isGuarded = true;
    this.#locals.add(LOST);
    return `${LOST} = 0;`;
  }
}
