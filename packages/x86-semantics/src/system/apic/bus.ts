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

  /** Delivers to every APIC that the destination names; a lowest-priority message to the focus processor, or the most willing of them. */
  route(message: ApicMessage): void {
    let chosen: LocalApic | null = null;
    for (const apic of this.#apics) {
      if (!apic.matches(message.destination, message.logical)) continue;
      if (message.mode !== DELIVERY_LOWEST) apic.receive(message);
      else if (apic.isFocusOf(message.vector)) return apic.receive(message);
      else if (apic.isEnabled && (chosen === null || apic.arbitrationPriority < chosen.arbitrationPriority)) chosen = apic;
    }
    chosen?.receive(message);
  }

  /** A message-signalled interrupt. False if the address is not one of MSI's. */
  deliverMsi(address: bigint, data: number): boolean {
    if (address >> 20n !== BigInt(MSI_PREFIX)) return false;
    const low = Number(address & 0xf_ffffn);
    this.route({
      mode: (data >>> 8) & 7,
      vector: data & 0xff,
      destination: wideDestination((low >>> 12) & 0xff),
      logical: (low & 4) !== 0,
      levelTriggered: (data & 0x8000) !== 0,
      assert: (data & 0x4000) !== 0,
    });
    return true;
  }
}
