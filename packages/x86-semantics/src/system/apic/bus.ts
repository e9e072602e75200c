import type { LocalApic } from './local-apic.ts';
import { wideDestination, type ApicBus, type ApicMessage, type Shorthand } from './message.ts';
import { DELIVERY_LOWEST } from './registers.ts';

/** MSI addresses: FEEx_xxxxH (vol. 3A §10.11.1). */
const MSI_PREFIX = 0xfee;

/** Routes messages between the local APICs of one partition (vol. 3A §10.6.2, §10.11). */
export class InterruptBus implements ApicBus {
  readonly #apics: LocalApic[] = [];

  /** Connects an APIC. Its place decides between equals in lowest-priority arbitration. */
  connect(apic: LocalApic): void {
    this.#apics.push(apic);
  }

  /** Delivers a message from `source` to whom it names. */
  deliver(message: ApicMessage, shorthand: Shorthand, source: LocalApic): void {
    switch (shorthand) {
      case 'none':
        this.route(message);
        break;
      case 'self':
        source.receive(message);
        break;
      default:
        for (const apic of this.#apics) if (shorthand === 'all' || apic !== source) apic.receive(message);
    }
  }

  /**
   * Delivers to every APIC that the destination names; a lowest-priority message to the focus processor, or the most willing of them.
   * False: it merged with the same interrupt wherever it went.
   */
  route(message: ApicMessage): boolean {
    let chosen: LocalApic | null = null;
    let received = 0;
    let merged = 0;
    for (const apic of this.#apics) {
      if (!apic.matches(message.destination, message.logical)) continue;
      if (message.mode !== DELIVERY_LOWEST) {
        received++;
        if (!apic.receive(message)) merged++;
      } else if (apic.isFocusOf(message.vector)) return apic.receive(message);
      else if (apic.isEnabled && (chosen === null || apic.arbitrationPriority < chosen.arbitrationPriority)) chosen = apic;
    }
    if (chosen !== null) return chosen.receive(message);
    return received === 0 || merged < received;
  }

  /** A message-signalled interrupt. False: it merged, as {@link route} says. An address that is not one of MSI's leads nowhere. */
  deliverMsi(address: bigint, data: number): boolean {
    if (address >> 20n !== BigInt(MSI_PREFIX)) return true;
    const low = Number(address & 0xf_ffffn);
    return this.route({
      mode: (data >>> 8) & 7,
      vector: data & 0xff,
      destination: wideDestination((low >>> 12) & 0xff),
      logical: (low & 4) !== 0,
      levelTriggered: (data & 0x8000) !== 0,
      assert: (data & 0x4000) !== 0,
    });
  }
}
