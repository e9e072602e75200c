import type { GuestMemory } from '@ringzero/guest-memory';
import { HPET_BASE, HPET_CAPABILITIES, HPET_MINIMUM_TICKS, PM_CONTROL_BLOCK, PM_EVENT_BLOCK, PM_GPE0_BLOCK, PM_GPE0_LENGTH, PM_TIMER_BLOCK } from '@ringzero/devices';
import { dsdtBody } from './dsdt.ts';
import { PIRQ_LINES } from './pci-setup.ts';

/** First of the PM registers' ports. */
export const PM_PORT = 0x600;
/** ISA line of the system control interrupt. */
export const SCI_IRQ = 9;
const RESET_PORT = 0xcf9;
const RESET_VALUE = 6;
const LOCAL_APIC = 0xfee0_0000;
const IO_APIC = 0xfec0_0000;

/** Where the tables are: the RSDP on a 16-byte boundary that operating systems search. */
const RSDP = 0xe_0000;
const TABLES = 0xe_0040;
const HEADER_BYTES = 36;
const CHECKSUM = 9;
/** The specification asks for it of the FACS alone. */
export const TABLE_ALIGNMENT = 64;
/** Offsets of the FACS's and the DSDT's addresses in the FADT. */
const FADT_POINTERS = [36, 40];

function ascii(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0));
}

function checksum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i]!;
  return -sum & 0xff;
}

/** A table with its header (ACPI 6.4 §5.2.6), its checksum 0. */
function table(signature: string, revision: number, body: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(bytes.buffer);
  bytes.set(ascii(signature));
  view.setUint32(4, bytes.length, true);
  bytes[8] = revision;
  bytes.set(ascii('RINGZ0'), 10);
  bytes.set(ascii('MACHINE '), 16);
  view.setUint32(24, 1, true);
  bytes.set(ascii('RZ  '), 28);
  view.setUint32(32, 1, true);
  bytes.set(Array.from(body), HEADER_BYTES);
  return bytes;
}

/** Fixed description (§5.2.9), revision 3: the PM blocks, always in ACPI mode, and the reset register. */
function fadt(facs: number, dsdt: number): Uint8Array {
  const body = new Uint8Array(244 - HEADER_BYTES);
  const view = new DataView(body.buffer);
  const at = (offset: number): number => offset - HEADER_BYTES;
  const generic = (offset: number, address: number, bits: number): void => {
    body.set([1, bits, 0, bits === 8 ? 1 : bits === 16 ? 2 : 3], at(offset));
    view.setUint32(at(offset) + 4, address, true);
  };
  view.setUint32(at(36), facs, true);
  view.setUint32(at(40), dsdt, true);
  view.setUint16(at(46), SCI_IRQ, true);
  view.setUint32(at(56), PM_PORT + PM_EVENT_BLOCK, true);
  view.setUint32(at(64), PM_PORT + PM_CONTROL_BLOCK, true);
  view.setUint32(at(76), PM_PORT + PM_TIMER_BLOCK, true);
  view.setUint32(at(80), PM_PORT + PM_GPE0_BLOCK, true);
  body.set([4, 2, 0, 4, PM_GPE0_LENGTH], at(88));
  // No C2 or C3: their latencies are beyond what the specification allows.
  view.setUint16(at(96), 0xfff, true);
  view.setUint16(at(98), 0xfff, true);
  body[at(108)] = 0x32;
  // Legacy devices and an 8042.
  view.setUint16(at(109), 3, true);
  // WBINVD, C1, a power button but no sleep button in fixed hardware, no waking by the clock chip, reset register.
  view.setUint32(at(112), 0x1 | 0x4 | 0x20 | 0x40 | 0x400, true);
  generic(116, RESET_PORT, 8);
  body[at(128)] = RESET_VALUE;
  generic(148, PM_PORT + PM_EVENT_BLOCK, 32);
  generic(172, PM_PORT + PM_CONTROL_BLOCK, 16);
  generic(208, PM_PORT + PM_TIMER_BLOCK, 32);
  generic(220, PM_PORT + PM_GPE0_BLOCK, 32);
  return table('FACP', 3, body);
}

/** Interrupt controllers (§5.2.12): local APICs, the IO-APIC, and how ISA lines differ from its pins. */
function madt(apicIds: readonly number[]): Uint8Array {
  const dword = (value: number): number[] => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
  const body = [...dword(LOCAL_APIC), ...dword(1)];
  apicIds.forEach((id, index) => body.push(0, 8, index, id, ...dword(1)));
  body.push(1, 12, 0, 0, ...dword(IO_APIC), ...dword(0));
  // IRQ 0 is wired to pin 2; the SCI and PCI's lines are level-triggered, active high.
  body.push(2, 10, 0, 0, ...dword(2), 0, 0);
  for (const line of new Set([SCI_IRQ, ...PIRQ_LINES])) body.push(2, 10, 0, line, ...dword(line), 0x0d, 0);
  // NMI on LINT1 of every processor.
  body.push(4, 6, 0xff, 0, 0, 1);
  return table('APIC', 1, body);
}

/** Event timers (HPET 1.0a §3.2.4): one block, in memory. */
function hpet(): Uint8Array {
  const body = new Uint8Array(56 - HEADER_BYTES);
  const view = new DataView(body.buffer);
  view.setUint32(0, HPET_CAPABILITIES, true);
  view.setUint32(8, HPET_BASE, true);
  view.setUint16(17, HPET_MINIMUM_TICKS, true);
  return table('HPET', 1, body);
}

/** What the tables say of the machine. */
export interface AcpiMachine {
  readonly ramBytes: number;
  /** Without local APICs there is no MADT. */
  readonly apicIds: readonly number[];
  readonly hasHpet: boolean;
}

/** A field within the tables that holds the address of another place in them, as an offset until they are placed. */
export interface AcpiPointer {
  readonly at: number;
}

/** A table of which `at` is the checksum, over `length` bytes from `start` on. */
export interface AcpiChecksum {
  readonly at: number;
  readonly start: number;
  readonly length: number;
}

/** RSDT, FADT, FACS, DSDT, MADT and HPET in one piece that can be placed anywhere: addresses in it are offsets, checksums are 0. */
export interface AcpiTables {
  readonly bytes: Uint8Array;
  /** Four-byte fields. */
  readonly pointers: readonly AcpiPointer[];
  readonly checksums: readonly AcpiChecksum[];
  /** Offset of the RSDT. */
  readonly rsdt: number;
}

/** The tables of a machine. */
export function buildAcpiTables({ ramBytes, apicIds, hasHpet }: AcpiMachine): AcpiTables {
  const parts: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  const pointers: AcpiPointer[] = [];
  const checksums: AcpiChecksum[] = [];
  let end = 0;
  const place = (bytes: Uint8Array): number => {
    const at = Math.ceil(end / TABLE_ALIGNMENT) * TABLE_ALIGNMENT;
    parts.push({ at, bytes });
    end = at + bytes.length;
    return at;
  };
  const placeTable = (bytes: Uint8Array, fields: readonly number[] = []): number => {
    const at = place(bytes);
    pointers.push(...fields.map((field) => ({ at: at + field })));
    checksums.push({ at: at + CHECKSUM, start: at, length: bytes.length });
    return at;
  };
  const facs = new Uint8Array(64);
  facs.set(ascii('FACS'));
  facs[4] = 64;
  facs[32] = 1;
  const dsdt = placeTable(table('DSDT', 1, dsdtBody(ramBytes, hasHpet)));
  const entries = [placeTable(fadt(place(facs), dsdt), FADT_POINTERS)];
  if (apicIds.length > 0) entries.push(placeTable(madt(apicIds)));
  if (hasHpet) entries.push(placeTable(hpet()));
  const body = new Uint8Array(4 * entries.length);
  entries.forEach((address, i) => new DataView(body.buffer).setUint32(4 * i, address, true));
  const rsdt = placeTable(table('RSDT', 1, body), entries.map((_, i) => HEADER_BYTES + 4 * i));
  const bytes = new Uint8Array(end);
  for (const part of parts) bytes.set(part.bytes, part.at);
  return { bytes, pointers, checksums, rsdt };
}

/** Offset of the RSDT's address in the RSDP (§5.2.5.3), and what its checksum is about. */
export const RSDP_RSDT = 16;
export const RSDP_CHECKSUM: AcpiChecksum = { at: 8, start: 0, length: 20 };

/** The root pointer, revision 0, with its checksum 0. */
export function buildRsdp(rsdt: number): Uint8Array {
  const rsdp = new Uint8Array(RSDP_CHECKSUM.length);
  rsdp.set(ascii('RSD PTR '));
  rsdp.set(ascii('RINGZ0'), 9);
  new DataView(rsdp.buffer).setUint32(RSDP_RSDT, rsdt, true);
  return rsdp;
}

function addChecksum(bytes: Uint8Array, { at, start, length }: AcpiChecksum): void {
  bytes[at] = checksum(bytes.subarray(start, start + length));
}

/** Writes the tables below 1 MB, where operating systems look for them. */
export function writeAcpiTables(memory: GuestMemory, machine: AcpiMachine): void {
  const { bytes, pointers, checksums, rsdt } = buildAcpiTables(machine);
  const view = new DataView(bytes.buffer);
  for (const { at } of pointers) view.setUint32(at, view.getUint32(at, true) + TABLES, true);
  for (const sum of checksums) addChecksum(bytes, sum);
  memory.writeBytes(TABLES, bytes);
  const rsdp = buildRsdp(TABLES + rsdt);
  addChecksum(rsdp, RSDP_CHECKSUM);
  memory.writeBytes(RSDP, rsdp);
}

/** Equipment: coprocessor, PS/2 mouse; and with a VGA, 80 columns in colour. */
const EQUIPMENT = 0x06;
const EQUIPMENT_COLOR_80 = 0x20;

/**
 * What a BIOS leaves in its data area for those who start without one: COM1's port, the EBDA's segment, equipment, memory below
 * the EBDA, and the text mode that a VGA is in.
 */
export function writeBiosDataArea(memory: GuestMemory, hasVga: boolean): void {
  const area = new Uint8Array(0x8b);
  const view = new DataView(area.buffer);
  view.setUint16(0, 0x3f8, true);
  view.setUint16(0x0e, 0x9fc0, true);
  view.setUint16(0x10, EQUIPMENT | (hasVga ? EQUIPMENT_COLOR_80 : 0), true);
  view.setUint16(0x13, 639, true);
  if (hasVga) describeVideo(view);
  memory.writeBytes(0x400, area);
}

/** Mode 3: 80 columns, a page of 4 KB, cursor on lines 13 and 14, ports from 3D4h on, 25 rows of 16 lines, a colour VGA. */
function describeVideo(area: DataView): void {
  area.setUint8(0x49, 3);
  area.setUint16(0x4a, 80, true);
  area.setUint16(0x4c, 0x1000, true);
  area.setUint16(0x60, 0x0d0e, true);
  area.setUint16(0x63, 0x3d4, true);
  area.setUint8(0x65, 0x29);
  area.setUint8(0x66, 0x30);
  area.setUint8(0x84, 24);
  area.setUint16(0x85, 16, true);
  area.setUint8(0x87, 0x60);
  area.setUint8(0x88, 0xf9);
  area.setUint8(0x89, 0x11);
  area.setUint8(0x8a, 0x08);
}
