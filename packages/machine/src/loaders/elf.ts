import type { GuestMemory } from '@ringzero/guest-memory';
import { hex, MachineError } from '../errors.ts';
import type { BootSource } from './boot-source.ts';
import { protectedModeEntry } from './entry.ts';
import type { LoadTarget } from './target.ts';

const HEADER_BYTES = 52;
const PROGRAM_HEADER_BYTES = 32;
const MAX_PROGRAM_HEADERS = 256;
const ELFCLASS32 = 1;
const ELFDATA2LSB = 1;
const ET_EXEC = 2;
const EM_386 = 3;
const PT_LOAD = 1;
/** Written piece by piece, so that clearing memory does not take as much again. */
const ZEROS = new Uint8Array(0x1_0000);

/** A checked ELF32 executable. */
export interface Elf {
  /** Physical: a program linked for elsewhere is entered where it was loaded. */
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
}
export interface ElfSegment {
  readonly address: number;
  readonly bytes: Uint8Array;
  /** Bytes in memory; those beyond `bytes` are zero. */
  readonly memoryBytes: number;
}

function fail(name: string, message: string): never {
  throw new MachineError('invalid-image', `${name}: ${message}`);
}

/** Reads an ELF32 program for the i386 (System V ABI). Everything is checked before anything is loaded. */
export function parseElf(image: Uint8Array, name: string, ramBytes: number): Elf {
  if (image.length < HEADER_BYTES) fail(name, `${image.length} bytes are too few for an ELF header`);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (view.getUint32(0, false) !== 0x7f45_4c46) fail(name, 'no ELF file: expected 7Fh "ELF" at its start');
  if (image[4] !== ELFCLASS32 || image[5] !== ELFDATA2LSB) fail(name, `ELF class ${image[4]}, data ${image[5]}: expected 32-bit little-endian`);
  if (view.getUint16(16, true) !== ET_EXEC) fail(name, `ELF type ${view.getUint16(16, true)}: expected an executable (2)`);
  if (view.getUint16(18, true) !== EM_386) fail(name, `ELF machine ${view.getUint16(18, true)}: expected i386 (3)`);
  const table = view.getUint32(28, true);
  const size = view.getUint16(42, true);
  const count = view.getUint16(44, true);
  if (count === 0 || count > MAX_PROGRAM_HEADERS || size < PROGRAM_HEADER_BYTES) fail(name, `${count} program headers of ${size} bytes: expected 1 to ${MAX_PROGRAM_HEADERS} of at least ${PROGRAM_HEADER_BYTES}`);
  if (table + size * count > image.length) fail(name, `program headers end at ${hex(table + size * count)}, the file at ${hex(image.length)}`);
  const segments: ElfSegment[] = [];
  const entry = view.getUint32(24, true);
  let physicalEntry: number | undefined;
  let virtualEntry: number | undefined;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const at = table + size * i;
    if (view.getUint32(at, true) !== PT_LOAD) continue;
    const offset = view.getUint32(at + 4, true);
    const address = view.getUint32(at + 12, true);
    const fileBytes = view.getUint32(at + 16, true);
    const memoryBytes = view.getUint32(at + 20, true);
    if (memoryBytes === 0) continue;
    if (offset + fileBytes > image.length) fail(name, `segment ${i} ends at ${hex(offset + fileBytes)} of the file, which has ${hex(image.length)} bytes`);
    if (fileBytes > memoryBytes) fail(name, `segment ${i} has ${hex(fileBytes)} bytes in the file and ${hex(memoryBytes)} in memory`);
    if (address + memoryBytes > ramBytes) throw new MachineError('out-of-memory', `${name}: segment ${i} needs memory up to ${hex(address + memoryBytes)}, the machine has ${hex(ramBytes)}`);
    // Segments that overlap time and again would cost far more than the machine's memory to clear.
    total += memoryBytes;
    if (total > ramBytes) throw new MachineError('out-of-memory', `${name}: its segments up to ${i} have ${hex(total)} bytes, the machine has ${hex(ramBytes)}`);
    const virtual = view.getUint32(at + 8, true);
    if (entry >= address && entry < address + memoryBytes) physicalEntry = entry;
    else if (entry >= virtual && entry < virtual + memoryBytes) virtualEntry ??= entry - virtual + address;
    segments.push({ address, bytes: image.subarray(offset, offset + fileBytes), memoryBytes });
  }
  if (segments.length === 0) fail(name, 'no segment to load');
  const start = physicalEntry ?? virtualEntry;
  if (start === undefined) fail(name, `entry ${hex(entry)}: expected an address in a segment`);
  return { entry: start, segments };
}

/** Writes the segments; memory of a new machine is zero, but a rebooted one's is not. */
export function placeElf(elf: Elf, memory: GuestMemory): void {
  for (const { address, bytes, memoryBytes } of elf.segments) {
    memory.writeBytes(address, bytes);
    for (let done = bytes.length; done < memoryBytes; done += ZEROS.length) memory.writeBytes(address + done, ZEROS.subarray(0, memoryBytes - done));
  }
}

/** Loads an ELF program and enters it in flat protected mode with its stack below 512 KB. */
export function loadElf(source: Extract<BootSource, { kind: 'elf' }>, target: LoadTarget): void {
  const { memory, state } = target;
  const elf = parseElf(source.image, source.name ?? 'ELF program', memory.ramBytes);
  target.writeFirmware?.();
  placeElf(elf, memory);
  protectedModeEntry(state, elf.entry, 0x08, 0x10, { rsp: 0x8_0000n });
}
