import { CF, OF, SF, ZF } from '../flags/kinds.ts';
import { PackedBlends } from './packed-blend.ts';

// Fields of the immediate (SDM vol. 2 §4.1).
const WORDS = 0x01;
const SIGNED = 0x02;
const AGGREGATION = 0x0c;
const EQUAL_ANY = 0x00;
const RANGES = 0x04;
const EQUAL_EACH = 0x08;
const NEGATIVE = 0x10;
const ONLY_VALID = 0x20;
const LAST_OR_ELEMENTS = 0x40;

/** Where PCMPxSTRI's index is in its result; the flags are below. */
export const STRING_INDEX_SHIFT = 16;

/** Elements before the first zero. */
function lengthOf(elements: Int32Array, count: number): number {
  let length = 0;
  while (length < count && elements[length] !== 0) length++;
  return length;
}

/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI, PCMPISTRM (SDM vol. 2 §4.1). The first operand is the one in ModRM.reg, the second may have
 * been memory. Results are OSZAPC at their EFLAGS positions, for the index forms with the index above.
 */
export class StringComparisons extends PackedBlends {
  /** Elements of both operands, and how many of them belong to the strings. */
  readonly #first: Int32Array = new Int32Array(16);
  readonly #second: Int32Array = new Int32Array(16);
  #firstLength: number = 0;
  #secondLength: number = 0;

  pcmpistri(first: number, second: number, immediate: number): number {
    return this.#index(this.#implicit(first, second, immediate), immediate);
  }
  pcmpistrm(first: number, second: number, immediate: number, mask: number): number {
    return this.#mask(this.#implicit(first, second, immediate), immediate, mask);
  }
  /** Lengths come from EAX and EDX. */
  pcmpestri(first: number, second: number, immediate: number, firstLength: number, secondLength: number): number {
    return this.#index(this.#explicit(first, second, immediate, firstLength, secondLength), immediate);
  }
  pcmpestrm(first: number, second: number, immediate: number, firstLength: number, secondLength: number, mask: number): number {
    return this.#mask(this.#explicit(first, second, immediate, firstLength, secondLength), immediate, mask);
  }

  /** Strings end before their first zero. */
  #implicit(first: number, second: number, immediate: number): number {
    const count = (immediate & WORDS) !== 0 ? 8 : 16;
    this.#load(this.#first, first, immediate);
    this.#load(this.#second, second, immediate);
    this.#firstLength = lengthOf(this.#first, count);
    this.#secondLength = lengthOf(this.#second, count);
    return this.#compare(immediate, count);
  }
  #explicit(first: number, second: number, immediate: number, firstLength: number, secondLength: number): number {
    const count = (immediate & WORDS) !== 0 ? 8 : 16;
    this.#load(this.#first, first, immediate);
    this.#load(this.#second, second, immediate);
    this.#firstLength = Math.min(Math.abs(firstLength), count);
    this.#secondLength = Math.min(Math.abs(secondLength), count);
    return this.#compare(immediate, count);
  }

  #load(to: Int32Array, at: number, immediate: number): void {
    switch (immediate & (WORDS | SIGNED)) {
      case 0:
        for (let i = 0; i < 16; i++) to[i] = this.u8[at + i];
        break;
      case SIGNED:
        for (let i = 0; i < 16; i++) to[i] = this.i8[at + i];
        break;
      case WORDS:
        for (let i = 0; i < 8; i++) to[i] = this.u16[(at >> 1) + i];
        break;
      default:
        for (let i = 0; i < 8; i++) to[i] = this.i16[(at >> 1) + i];
    }
  }

  /** The manual's IntRes2. */
  #compare(immediate: number, count: number): number {
    const all = (1 << count) - 1;
    const aggregation = immediate & AGGREGATION;
    const result = aggregation === EQUAL_ANY ? this.#equalAny() : aggregation === RANGES ? this.#ranges() : aggregation === EQUAL_EACH ? this.#equalEach(count) : this.#equalOrdered(count);
    if ((immediate & NEGATIVE) === 0) return result;
    return result ^ ((immediate & ONLY_VALID) !== 0 ? (1 << this.#secondLength) - 1 : all);
  }
  #equalAny(): number {
    const first = this.#first;
    const length = this.#firstLength;
    let result = 0;
    for (let j = 0; j < this.#secondLength; j++) {
      const value = this.#second[j];
      for (let i = 0; i < length; i++) if (first[i] === value) result |= 1 << j;
    }
    return result;
  }
  #ranges(): number {
    const first = this.#first;
    const length = this.#firstLength;
    let result = 0;
    for (let j = 0; j < this.#secondLength; j++) {
      const value = this.#second[j];
      for (let i = 1; i < length; i += 2) if (value >= first[i - 1] && value <= first[i]) result |= 1 << j;
    }
    return result;
  }
  /** Elements beyond both strings are equal. */
  #equalEach(count: number): number {
    const first = this.#first;
    const second = this.#second;
    const both = Math.min(this.#firstLength, this.#secondLength);
    const either = Math.max(this.#firstLength, this.#secondLength);
    let result = ((1 << count) - 1) & (-1 << either);
    for (let i = 0; i < both; i++) if (first[i] === second[i]) result |= 1 << i;
    return result;
  }
  /** Where the first string, or as much of it as fits in the register, stands in the second. */
  #equalOrdered(count: number): number {
    const first = this.#first;
    const second = this.#second;
    const secondLength = this.#secondLength;
    let result = 0;
    for (let j = 0; j < count; j++) {
      const length = Math.min(this.#firstLength, count - j);
      let i = 0;
      while (i < length && j + i < secondLength && first[i] === second[j + i]) i++;
      if (i === length) result |= 1 << j;
    }
    return result;
  }

  #flags(result: number, immediate: number): number {
    const count = (immediate & WORDS) !== 0 ? 8 : 16;
    return (result !== 0 ? CF : 0) | (this.#secondLength < count ? ZF : 0) | (this.#firstLength < count ? SF : 0) | ((result & 1) !== 0 ? OF : 0);
  }
  #index(result: number, immediate: number): number {
    const none = (immediate & WORDS) !== 0 ? 8 : 16;
    // The lowest bit alone, or the highest.
    const index = result === 0 ? none : 31 - Math.clz32((immediate & LAST_OR_ELEMENTS) !== 0 ? result : result & -result);
    return this.#flags(result, immediate) | (index << STRING_INDEX_SHIFT);
  }
  #mask(result: number, immediate: number, mask: number): number {
    const s = this.i32;
    const m = mask >> 2;
    s[m] = result;
    s[m + 1] = 0;
    s[m + 2] = 0;
    s[m + 3] = 0;
    if ((immediate & LAST_OR_ELEMENTS) !== 0) {
      if ((immediate & WORDS) !== 0) for (let i = 0; i < 8; i++) this.i16[(mask >> 1) + i] = -((result >> i) & 1);
      else for (let i = 0; i < 16; i++) this.i8[mask + i] = -((result >> i) & 1);
    }
    return this.#flags(result, immediate);
  }
}
