import { PciBus } from '@ringzero/devices';
import { GuestMemory } from '@ringzero/guest-memory';
import { describe, expect, it } from 'vitest';
import { writeAcpiTables } from '../src/firmware/acpi-tables.ts';
import { firmwareFiles } from '../src/firmware/firmware-files.ts';
import { acpiFiles } from '../src/firmware/table-loader.ts';

const RAM_BYTES = 64 << 20;
const COMMAND_BYTES = 128;
const DIRECT = 0xe_0040;

/** Does what the script says, with the files at these addresses, as firmware would. */
function execute(files: ReadonlyMap<string, Uint8Array>, addresses: Readonly<Record<string, number>>): Map<string, Uint8Array> {
  const script = files.get('etc/table-loader')!;
  const placed = new Map<string, Uint8Array>();
  const text = (at: number): string => String.fromCharCode(...script.subarray(at, script.indexOf(0, at)));
  for (let at = 0; at < script.length; at += COMMAND_BYTES) {
    const view = new DataView(script.buffer, at, COMMAND_BYTES);
    const name = text(at + 4);
    switch (view.getUint32(0, true)) {
      case 1:
        expect(addresses[name]! % view.getUint32(60, true)).toBe(0);
        placed.set(name, files.get(name)!.slice());
        break;
      case 2: {
        expect(view.getUint8(120)).toBe(4);
        const target = new DataView(placed.get(name)!.buffer);
        const offset = view.getUint32(116, true);
        target.setUint32(offset, target.getUint32(offset, true) + addresses[text(at + 60)]!, true);
        break;
      }
      case 3: {
        const bytes = placed.get(name)!;
        const start = view.getUint32(64, true);
        const sum = bytes.subarray(start, start + view.getUint32(68, true)).reduce((total, byte) => (total + byte) & 0xff, 0);
        bytes[view.getUint32(60, true)]! -= sum;
        break;
      }
      default:
        expect.fail(`command ${view.getUint32(0, true)}`);
    }
  }
  return placed;
}

describe('the loader script', () => {
  it.each([[[0, 1], true], [[], false]])('makes of the files what is written without firmware, with processors %j and HPET %j', (apicIds, hasHpet) => {
    const memory = new GuestMemory(RAM_BYTES);
    const machine = { ramBytes: RAM_BYTES, apicIds, hasHpet };
    writeAcpiTables(memory, machine);
    const placed = execute(acpiFiles(machine), { 'etc/acpi/rsdp': 0xe_0000, 'etc/acpi/tables': DIRECT });
    const tables = placed.get('etc/acpi/tables')!;
    expect(tables).toEqual(memory.readBytes(DIRECT, tables.length));
    expect(placed.get('etc/acpi/rsdp')).toEqual(memory.readBytes(0xe_0000, 20));
  });
});

describe('firmware files', () => {
  const vgaBios = Uint8Array.of(0x55, 0xaa);
  const pci = new PciBus();
  const acpi = { ramBytes: RAM_BYTES, apicIds: [], hasHpet: true };

  it('say how much memory there is, and offer no boot menu unless asked', () => {
    const files = firmwareFiles({ acpi, pci });
    const e820 = new DataView(files.get('etc/e820')!.buffer);
    expect([e820.getBigUint64(0, true), e820.getBigUint64(8, true), e820.getUint32(16, true), e820.byteLength]).toEqual([0n, BigInt(RAM_BYTES), 1, 20]);
    expect(files.get('etc/show-boot-menu')![0]).toBe(0);
    expect(files.has('etc/boot-menu-wait')).toBe(false);
    expect([...files.get('etc/sercon-port')!.subarray(0, 2)]).toEqual([0xf8, 0x03]);
    const asked = firmwareFiles({ acpi, pci, bootMenuWait: 0x1234 });
    expect([asked.get('etc/show-boot-menu')![0], ...asked.get('etc/boot-menu-wait')!]).toEqual([1, 0x34, 0x12, 0, 0, 0, 0, 0, 0]);
  });

  it("name the VGA's ROM after the device on the bus", () => {
    expect(firmwareFiles({ acpi, pci, vgaBios }).get('vgaroms/vgabios.bin')).toBe(vgaBios);
    const bus = new PciBus();
    const bytes = new Map<number, number>([[0, 0x1234], [2, 0x1111], [10, 0x0300]]);
    bus.add(2, 0, { read: (offset) => bytes.get(offset) ?? 0, write: () => undefined, reset: () => undefined, save: () => ({ bytes: [] }), restore: () => undefined });
    const files = firmwareFiles({ acpi, pci: bus, vgaBios });
    expect(files.get('pci1234,1111.rom')).toBe(vgaBios);
    expect(files.has('etc/sercon-port')).toBe(false);
  });
});
