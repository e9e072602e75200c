import { GuestMemory } from '@ringzero/guest-memory';
import { describe, expect, it } from 'vitest';
import { writeAcpiTables, writeBiosDataArea } from '../src/firmware/acpi-tables.ts';

const memory = new GuestMemory(64 << 20);
writeAcpiTables(memory, { ramBytes: memory.ramBytes, apicIds: [0, 1], hasHpet: true });

function u32(address: number): number {
  return new DataView(memory.readBytes(address, 4).buffer).getUint32(0, true);
}
function text(address: number, length: number): string {
  return String.fromCharCode(...memory.readBytes(address, length));
}
function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xff, 0);
}
function table(address: number): Uint8Array {
  return memory.readBytes(address, u32(address + 4));
}

/** Addresses of the tables by signature, found as an operating system finds them. */
function find(): Map<string, number> {
  let rsdp = 0xe_0000;
  while (rsdp < 0x10_0000 && text(rsdp, 8) !== 'RSD PTR ') rsdp += 16;
  const rsdt = u32(rsdp + 16);
  const found = new Map([
    ['RSDP', rsdp],
    ['RSDT', rsdt],
  ]);
  for (let at = rsdt + 36; at < rsdt + u32(rsdt + 4); at += 4) found.set(text(u32(at), 4), u32(at));
  const fadt = found.get('FACP')!;
  found.set('FACS', u32(fadt + 36));
  found.set('DSDT', u32(fadt + 40));
  return found;
}

/** Walks AML that is made of names, scopes and devices: the names met, with their depth. Fails when lengths do not nest. */
function walk(aml: Uint8Array, start: number, end: number, depth: number, names: string[]): void {
  let at = start;
  const packageEnd = (): number => {
    const lead = aml[at]!;
    const extra = lead >> 6;
    let length = extra === 0 ? lead & 0x3f : lead & 15;
    for (let i = 0; i < extra; i++) length |= aml[at + 1 + i]! << (4 + 8 * i);
    const stop = at + length;
    expect(stop).toBeLessThanOrEqual(end);
    at += 1 + extra;
    return stop;
  };
  const nameString = (): string => {
    if (aml[at] === 0x5c) at++;
    at += 4;
    return String.fromCharCode(...aml.subarray(at - 4, at));
  };
  const data = (): void => {
    const op = aml[at++]!;
    if (op === 0x0a) at += 1;
    else if (op === 0x0b) at += 2;
    else if (op === 0x0c) at += 4;
    else if (op === 0x11 || op === 0x12) at = packageEnd();
    else expect([0, 1]).toContain(op);
  };
  while (at < end) {
    const op = aml[at++]!;
    if (op === 0x08) {
      names.push(`${' '.repeat(depth)}${nameString()}`);
      data();
    } else {
      if (op === 0x5b) expect(aml[at++]).toBe(0x82);
      else expect(op).toBe(0x10);
      const stop = packageEnd();
      names.push(`${' '.repeat(depth)}${nameString()}`);
      walk(aml, at, stop, depth + 1, names);
      at = stop;
    }
  }
  expect(at).toBe(end);
}

describe('ACPI tables', () => {
  const found = find();

  it('are all found, and add to zero', () => {
    expect([...found.keys()].sort()).toEqual(['APIC', 'DSDT', 'FACP', 'FACS', 'HPET', 'RSDP', 'RSDT']);
    expect(sum(memory.readBytes(found.get('RSDP')!, 20))).toBe(0);
    for (const name of ['RSDT', 'FACP', 'APIC', 'DSDT', 'HPET']) {
      const bytes = table(found.get(name)!);
      expect(text(found.get(name)!, 4)).toBe(name);
      expect(sum(bytes), name).toBe(0);
    }
    expect(found.get('FACS')! % 64).toBe(0);
    expect(text(found.get('FACS')!, 4)).toBe('FACS');
  });

  it('name the power management ports and the reset register', () => {
    const fadt = new DataView(table(found.get('FACP')!).buffer);
    expect(fadt.byteLength).toBe(244);
    expect([fadt.getUint32(56, true), fadt.getUint32(64, true), fadt.getUint32(76, true)]).toEqual([0x600, 0x604, 0x608]);
    expect([fadt.getUint16(46, true), fadt.getUint32(120, true), fadt.getUint8(128)]).toEqual([9, 0xcf9, 6]);
  });

  it('list the processors, the IO-APIC and the overrides', () => {
    const madt = table(found.get('APIC')!);
    const entries: number[][] = [];
    for (let at = 44; at < madt.length; at += madt[at + 1]!) entries.push([...madt.subarray(at, at + madt[at + 1]!)]);
    expect(entries.map((entry) => entry[0])).toEqual([0, 0, 1, 2, 2, 2, 2, 4]);
    expect(entries.slice(0, 2).map((entry) => entry.slice(2, 5))).toEqual([
      [0, 0, 1],
      [1, 1, 1],
    ]);
    expect(entries[3]!.slice(3, 8)).toEqual([0, 2, 0, 0, 0]);
    expect(entries.slice(4, 7).map((entry) => [entry[3], entry[4], entry[8]])).toEqual([[9, 9, 13], [10, 10, 13], [11, 11, 13]]);
  });

  it('tell of the event timers', () => {
    const hpet = new DataView(table(found.get('HPET')!).buffer);
    expect([hpet.byteLength, hpet.getUint32(36, true), hpet.getUint32(44, true)]).toEqual([56, 0x8086a201, 0xfed00000]);
  });

  it('hold AML whose lengths nest, with S5 and the ISA devices', () => {
    const dsdt = table(found.get('DSDT')!);
    const names: string[] = [];
    walk(dsdt, 36, dsdt.length, 0, names);
    expect(names[0]).toBe('_S5_');
    expect(names).toContain('  _PRT');
    expect(names).toContain(' HPET');
    expect(names).toContain(' PCI0');
    for (const device of ['COM1', 'KBD_', 'RTC_', 'TIMR', 'PIC_']) expect(names).toContain(`   ${device}`);
  });
});

describe('the BIOS data area', () => {
  it('tells of COM1, the EBDA and conventional memory', () => {
    writeBiosDataArea(memory, false);
    const area = new DataView(memory.readBytes(0x400, 0x18).buffer);
    expect([area.getUint16(0, true), area.getUint16(0x0e, true), area.getUint16(0x13, true)]).toEqual([0x3f8, 0x9fc0, 639]);
  });
});
