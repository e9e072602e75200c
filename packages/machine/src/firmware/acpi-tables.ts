import type { GuestMemory } from '@ringzero/guest-memory';
import { PM_CONTROL_BLOCK, PM_EVENT_BLOCK, PM_GPE0_BLOCK, PM_GPE0_LENGTH, PM_TIMER_BLOCK } from '@ringzero/devices';
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

function ascii(text: string): number[] {
  return Array.from(text, (c) => c.charCodeAt(0));
}

function checksum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += bytes[i]!;
  return -sum & 0xff;
}

/** A table with its header (ACPI 6.4 §5.2.6). */
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
  bytes[9] = checksum(bytes);
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
  // WBINVD, C1, sleep button absent, reset register.
  view.setUint32(at(112), 0x1 | 0x4 | 0x20 | 0x400, true);
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

/** Writes RSDP, RSDT, FADT, FACS, DSDT and MADT below 1 MB, where operating systems look for them. No MADT without local APICs. */
export function writeAcpiTables(memory: GuestMemory, apicIds: readonly number[]): void {
  let next = TABLES;
  const place = (bytes: Uint8Array): number => {
    const at = Math.ceil(next / 64) * 64;
    memory.writeBytes(at, bytes);
    next = at + bytes.length;
    return at;
  };
  const facs = new Uint8Array(64);
  facs.set(ascii('FACS'));
  facs[4] = 64;
  facs[32] = 1;
  const dsdt = place(table('DSDT', 1, dsdtBody(memory.ramBytes)));
  const entries = [place(fadt(place(facs), dsdt))];
  if (apicIds.length > 0) entries.push(place(madt(apicIds)));
  const body = new Uint8Array(4 * entries.length);
  entries.forEach((address, i) => new DataView(body.buffer).setUint32(4 * i, address, true));
  const rsdt = place(table('RSDT', 1, body));
  const rsdp = new Uint8Array(20);
  rsdp.set(ascii('RSD PTR '));
  rsdp.set(ascii('RINGZ0'), 9);
  new DataView(rsdp.buffer).setUint32(16, rsdt, true);
  rsdp[8] = checksum(rsdp);
  memory.writeBytes(RSDP, rsdp);
}

/** What a BIOS leaves in its data area for those who start without one: COM1's port, the EBDA's segment, memory below it. */
export function writeBiosDataArea(memory: GuestMemory): void {
  const area = new Uint8Array(0x18);
  const view = new DataView(area.buffer);
  view.setUint16(0, 0x3f8, true);
  view.setUint16(0x0e, 0x9fc0, true);
  view.setUint16(0x13, 639, true);
  memory.writeBytes(0x400, area);
}
