import { CR0_NE, lane32 } from '@ringzero/x86';
import { CR0, type Vp } from '@ringzero/x86-semantics';

const FSW = lane32('fsw');
const FCW = lane32('fcw');
/** FSW.B and FSW.ES, which say that an unmasked exception waits. */
const FSW_SUMMARY = 0x8080;
const EXCEPTIONS = 0x3f;

/** The FERR# pin of a VP: how x87 exceptions are reported with CR0.NE clear, as a PC does by IRQ 13 (SDM vol. 1 §8.7.2). */
export class FerrPin {
  /** Whether the bus has been told of an exception that was not yet gone. */
  isAsserted = false;
  readonly #index: number;
  readonly #vp: Vp;

  constructor(index: number, vp: Vp) {
    this.#index = index;
    this.#vp = vp;
  }

  /** Tells the bus that an exception waits; true if IGNNE# says to go on in spite of it. */
  assert(): boolean {
    this.isAsserted = true;
    return this.#vp.dev.setFerr?.(this.#index, true) ?? true;
  }

  /** Tells the bus when the exception is gone. */
  release(): void {
    if ((this.#vp.R[FSW] & FSW_SUMMARY) !== 0) return;
    this.isAsserted = false;
    this.#vp.dev.setFerr?.(this.#index, false);
  }

  /** After a restore: an exception that waits may have been told of before. */
  refresh(): void {
    const { R } = this.#vp;
    this.isAsserted = (R[CR0] & CR0_NE) === 0 && (R[FSW] & FSW_SUMMARY) !== 0;
  }

  /** For one instruction, no exception waits. */
  hide(): void {
    this.#vp.R[FSW] &= ~FSW_SUMMARY;
  }

  /** The exceptions that are flagged and unmasked wait again. */
  show(): void {
    const { R } = this.#vp;
    if ((R[FSW] & ~R[FCW] & EXCEPTIONS) !== 0) R[FSW] |= FSW_SUMMARY;
  }
}
