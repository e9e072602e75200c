import type { LocalApic } from './local-apic.ts';
import { DELIVERY_FIXED, DELIVERY_INIT, DELIVERY_LOWEST, DELIVERY_NMI, DELIVERY_STARTUP } from './registers.ts';

/** A message on the bus between APICs: an IPI, an MSI, or an IO-APIC's interrupt. */
export interface ApicMessage {
  /** `DELIVERY_*`. */
  readonly mode: number;
  readonly vector: number;
  /** 32-bit destination, `BROADCAST` for all; its meaning depends on `logical` and on the receiver's mode. */
  readonly destination: number;
  readonly logical: boolean;
  readonly levelTriggered: boolean;
  /** For INIT, level-triggered: false is the de-assert message, which is ignored. */
  readonly assert: boolean;
}

/** Who receives an IPI: the destination field, or a shorthand (vol. 3A §10.6.1). */
export type Shorthand = 'none' | 'self' | 'all' | 'others';

/** What connects the local APICs of a partition. */
export interface ApicBus {
  /** Delivers a message from `source` to whom it names. */
  deliver(message: ApicMessage, shorthand: Shorthand, source: LocalApic): void;
}

/** A destination of ones names every APIC (vol. 3A §10.6.2, §10.12.9). */
export const BROADCAST = 0xffff_ffff;

/** The 32-bit form of a destination of 8 bits: an MSI's, an xAPIC's. */
export function wideDestination(destination: number): number {
  return destination === 0xff ? BROADCAST : destination;
}

const SHORTHANDS: readonly Shorthand[] = ['none', 'self', 'all', 'others'];
/** A fixed or lowest-priority message has a vector of 16 or more. */
export const FIRST_VECTOR = 16;

/** What a write to the ICR's low half sends; `illegal vector`; undefined where the delivery mode sends nothing (SMI among them). */
export function messageOfIcr(low: number, destination: number): { readonly message: ApicMessage; readonly shorthand: Shorthand } | 'illegal vector' | undefined {
  const mode = (low >>> 8) & 7;
  const vector = low & 0xff;
  const isVectored = mode === DELIVERY_FIXED || mode === DELIVERY_LOWEST;
  if (isVectored && vector < FIRST_VECTOR) return 'illegal vector';
  if (!isVectored && mode !== DELIVERY_NMI && mode !== DELIVERY_INIT && mode !== DELIVERY_STARTUP) return undefined;
  const message: ApicMessage = {
    mode,
    vector,
    destination,
    logical: (low & 0x800) !== 0,
    // Only INIT has a level form; all else is edge (vol. 3A §10.6.1).
    levelTriggered: mode === DELIVERY_INIT && (low & 0x8000) !== 0,
    assert: (low & 0x4000) !== 0,
  };
  return { message, shorthand: SHORTHANDS[(low >>> 18) & 3] };
}
