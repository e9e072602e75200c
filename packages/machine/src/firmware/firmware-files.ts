import type { PciBus, PciFunction } from '@ringzero/devices';
import type { AcpiMachine } from './acpi-tables.ts';
import { acpiFiles } from './table-loader.ts';

/** What firmware is told about its machine. */
export interface FirmwareFacts {
  readonly acpi: AcpiMachine;
  readonly pci: PciBus;
  /** Milliseconds that firmware waits for a key that opens its boot menu; it offers none if left out. */
  readonly bootMenuWait?: number | undefined;
  /** Option ROM of the VGA. */
  readonly vgaBios?: Uint8Array | undefined;
}

const E820_RAM = 1;
const FOREVER = 0xffff_ffff;
const SERIAL_PORT = 0x3f8;
const CLASS_VGA = 0x0300;
const CLASS = 0x0a;

function littleEndian(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 2 ** (8 * i)) % 256);
}

/** The memory that firmware may use: it adds what it reserves itself. */
function e820(ramBytes: number): Uint8Array {
  return Uint8Array.from([...littleEndian(0, 8), ...littleEndian(ramBytes, 8), ...littleEndian(E820_RAM, 4)]);
}

function findVga(pci: PciBus): PciFunction | undefined {
  return pci.functions.find(({ pciFunction }) => pciFunction.read(CLASS, 2) === CLASS_VGA)?.pciFunction;
}

/** The file name by which firmware finds the option ROM of the first VGA on the bus, or of one that is not on it. */
function vgaRomName(pci: PciBus): string {
  const vga = findVga(pci);
  if (vga === undefined) return 'vgaroms/vgabios.bin';
  const hex = (offset: number): string => vga.read(offset, 2).toString(16).padStart(4, '0');
  return `pci${hex(0)},${hex(2)}.rom`;
}

/** Files of the firmware configuration device, by the names that PC firmware for virtual machines looks for. */
export function firmwareFiles(facts: FirmwareFacts): Map<string, Uint8Array> {
  const files = acpiFiles(facts.acpi);
  files.set('etc/e820', e820(facts.acpi.ramBytes));
  files.set('etc/show-boot-menu', littleEndian(facts.bootMenuWait === undefined ? 0 : 1, 8));
  // Without something to boot it stays: the reason remains on the screen.
  files.set('etc/boot-fail-wait', littleEndian(FOREVER, 8));
  // Without a screen, what is meant for one goes to the serial port.
  if (findVga(facts.pci) === undefined) files.set('etc/sercon-port', littleEndian(SERIAL_PORT, 8));
  if (facts.bootMenuWait !== undefined) files.set('etc/boot-menu-wait', littleEndian(facts.bootMenuWait, 8));
  if (facts.vgaBios !== undefined) files.set(vgaRomName(facts.pci), facts.vgaBios);
  return files;
}
