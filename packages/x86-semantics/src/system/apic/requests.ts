import { lane32 } from '@ringzero/x86';
import { APIC_IRR, APIC_ISR, APIC_TMR, APIC_TPR } from './registers.ts';

const REGISTERS = lane32('apicRegisters');

/** An interrupt whose service ended. */
export interface EndedInterrupt {
  readonly vector: number;
  readonly levelTriggered: boolean;
}

/** IRR, ISR and TMR of a local APIC, and the priorities that follow from them (vol. 3A §10.8). */
export class InterruptRequests {
  readonly #R: Int32Array;

  constructor(R: Int32Array) {
    this.#R = R;
  }

  /** PPR (vol. 3A §10.8.3.1). */
  get processorPriority(): number {
    const task = this.#R[REGISTERS + APIC_TPR] & 0xff;
    const service = Math.max(0, this.#highest(APIC_ISR));
    return task >>> 4 >= service >>> 4 ? task : service & 0xf0;
  }

  /** The highest requested vector above the processor priority, or −1. */
  get deliverable(): number {
    const vector = this.#highest(APIC_IRR);
    return vector >= 0 && vector >>> 4 > this.processorPriority >>> 4 ? vector : -1;
  }

  /** False: it was requested already. */
  request(vector: number, levelTriggered: boolean): boolean {
    const isNew = !this.isRequested(vector);
    this.#set(APIC_IRR, vector);
    if (levelTriggered) this.#set(APIC_TMR, vector);
    else this.#clear(APIC_TMR, vector);
    return isNew;
  }

  /** Whether it waits to be put in service. */
  isRequested(vector: number): boolean {
    return this.#test(APIC_IRR, vector);
  }

  /** Whether it is requested or in service. */
  has(vector: number): boolean {
    return this.isRequested(vector) || this.#test(APIC_ISR, vector);
  }

  /** Puts a request in service. */
  accept(vector: number): void {
    this.#clear(APIC_IRR, vector);
    this.#set(APIC_ISR, vector);
  }

  /** EOI: ends the highest in service. */
  end(): EndedInterrupt | undefined {
    const vector = this.#highest(APIC_ISR);
    if (vector < 0) return undefined;
    this.#clear(APIC_ISR, vector);
    return { vector, levelTriggered: this.#test(APIC_TMR, vector) };
  }

  #highest(first: number): number {
    for (let i = 7; i >= 0; i--) {
      const word = this.#R[REGISTERS + first + i];
      if (word !== 0) return 32 * i + 31 - Math.clz32(word);
    }
    return -1;
  }

  #test(first: number, vector: number): boolean {
    return (this.#R[REGISTERS + first + (vector >>> 5)] & (1 << (vector & 31))) !== 0;
  }

  #set(first: number, vector: number): void {
    this.#R[REGISTERS + first + (vector >>> 5)] |= 1 << (vector & 31);
  }

  #clear(first: number, vector: number): void {
    this.#R[REGISTERS + first + (vector >>> 5)] &= ~(1 << (vector & 31));
  }
}
