import { HPET_BASE, wireOf } from '@ringzero/devices';
import { busNumbers, device, eisaId, fixedMemory, integer, io, ioRange, irq, memoryRange, name, packageOf, resources, scope, type Aml } from './aml.ts';
import { PIRQ_LINES } from './pci-setup.ts';

/** Sleep type of S5 in `_S5`, and what AcpiPm takes for power off. */
export const S5_TYPE = 0;

function isaDevice(identifier: string, id: string, unit: number, ...descriptors: readonly Aml[]): Aml {
  return device(identifier, name('_HID', eisaId(id)), name('_UID', integer(unit)), name('_CRS', resources(...descriptors)));
}

const PCI_DEVICES = 32;
const PINS = 4;

/**
 * Where each device's interrupt pins go (ACPI 6.4 §6.2.13): with source 0, the number is a global system interrupt, which is the
 * ISA line in both interrupt modes.
 */
function pciRouting(): Aml {
  const entries: Aml[] = [];
  for (let number = 1; number < PCI_DEVICES; number++) {
    for (let pin = 0; pin < PINS; pin++) {
      const line = PIRQ_LINES[wireOf(number, pin + 1)]!;
      entries.push(packageOf(integer(number * 0x1_0000 + 0xffff), integer(pin), integer(0), integer(line)));
    }
  }
  return packageOf(...entries);
}

/** The differentiated description: a PCI host bridge with its ISA devices, and S5. */
export function dsdtBody(ramBytes: number, hasHpet: boolean): Aml {
  const isa = device(
    'ISA',
    name('_ADR', integer(0x1_0000)),
    isaDevice('COM1', 'PNP0501', 1, io(0x3f8, 8), irq(4)),
    isaDevice('KBD', 'PNP0303', 0, io(0x60, 1), io(0x64, 1), irq(1)),
    isaDevice('MOU', 'PNP0F13', 0, irq(12)),
    isaDevice('RTC', 'PNP0B00', 0, io(0x70, 2), irq(8)),
    isaDevice('TIMR', 'PNP0100', 0, io(0x40, 4), irq(0)),
    isaDevice('PIC', 'PNP0000', 0, io(0x20, 2), io(0xa0, 2)),
    isaDevice('DMAC', 'PNP0200', 0, io(0x00, 16), io(0x81, 15), io(0xc0, 32)),
    isaDevice('SPKR', 'PNP0800', 0, io(0x61, 1)),
  );
  const bridge = device(
    'PCI0',
    name('_HID', eisaId('PNP0A03')),
    name('_ADR', integer(0)),
    name('_UID', integer(0)),
    name('_CRS', resources(busNumbers(0, 255), io(0xcf8, 8), ioRange(0, 0xcf7), ioRange(0xd00, 0xffff), memoryRange(0xa_0000, 0xb_ffff), memoryRange(Math.max(ramBytes, 0x8000_0000), 0xfebf_ffff))),
    name('_PRT', pciRouting()),
    isa,
  );
  const hpet = hasHpet ? device('HPET', name('_HID', eisaId('PNP0103')), name('_UID', integer(0)), name('_CRS', resources(fixedMemory(HPET_BASE, 0x400)))) : [];
  return [...name('\\_S5', packageOf(integer(S5_TYPE), integer(S5_TYPE), integer(0), integer(0))), ...scope('\\_SB', bridge, hpet)];
}
