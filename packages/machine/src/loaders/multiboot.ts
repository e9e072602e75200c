import type { GuestMemory } from '@ringzero/guest-memory';
import { hex, MachineError } from '../errors.ts';
import { encodeText } from './text.ts';
import type { BootSource } from './boot-source.ts';
import { parseElf, placeElf, type Elf } from './elf.ts';
import { protectedModeEntry } from './entry.ts';
import { HIGH_MEMORY, LOW_MEMORY_END, memoryMap, type LoadTarget } from './target.ts';

// Multiboot Specification 0.6.96.
const SEARCH_BYTES = 8192;
const HEADER_MAGIC = 0x1bad_b002;
const LOADER_MAGIC = 0x2bad_b002n;
const FLAG_ADDRESSES = 1 << 16;
const MANDATORY_UNKNOWN = 0xfff8;
const INFO_MEMORY = 1;
const INFO_COMMAND_LINE = 4;
const INFO_MODULES = 8;
const INFO_MEMORY_MAP = 0x40;
const INFO_LOADER_NAME = 0x200;

const INFO = 0x9000;
const MAP = 0x9100;
const MODULES = 0x9300;
const STRINGS = 0x9400;
const STRINGS_END = 0xa000;
const LOADER_NAME = 'Ringzero';
const PAGE = 4096;

function fail(name: string, message: string): never {
  throw new MachineError('invalid-image', `${name}: ${message}`);
}

interface Header {
  readonly offset: number;
  readonly flags: number;
}

function findHeader(image: Uint8Array, name: string): Header {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  for (let at = 0; at + 12 <= Math.min(image.length, SEARCH_BYTES); at += 4) {
    if (view.getUint32(at, true) !== HEADER_MAGIC) continue;
    const flags = view.getUint32(at + 4, true);
    const sum = (HEADER_MAGIC + flags + view.getUint32(at + 8, true)) >>> 0;
    if (sum !== 0) fail(name, `Multiboot header at ${hex(at)}: magic, flags and checksum add to ${hex(sum)}, expected 0`);
    if ((flags & MANDATORY_UNKNOWN) !== 0) fail(name, `Multiboot header asks for features ${hex(flags & MANDATORY_UNKNOWN)}, which this loader does not have`);
    return { offset: at, flags };
  }
  return fail(name, `no Multiboot header in the first ${SEARCH_BYTES} bytes`);
}

/** The address fields of a header that says how a file without ELF headers is loaded. */
function fromAddresses(image: Uint8Array, header: Header, name: string, ramBytes: number): Elf {
  if (header.offset + 32 > image.length) fail(name, 'truncated Multiboot header');
  const view = new DataView(image.buffer, image.byteOffset + header.offset, 32);
  const [headerAddress, load, loadEnd, bssEnd, entry] = [12, 16, 20, 24, 28].map((at) => view.getUint32(at, true)) as [number, number, number, number, number];
  const start = header.offset - (headerAddress - load);
  if (headerAddress < load || start < 0) fail(name, `Multiboot header at file offset ${hex(header.offset)} claims address ${hex(headerAddress)}, the image ${hex(load)}`);
  const length = loadEnd === 0 ? image.length - start : loadEnd - load;
  if (length < 0 || start + length > image.length) fail(name, `Multiboot load range ${hex(load)}–${hex(loadEnd)} is not in the file`);
  const memoryBytes = bssEnd === 0 ? length : bssEnd - load;
  if (memoryBytes < length) fail(name, `Multiboot bss ends at ${hex(bssEnd)}, before the data's end`);
  if (load + memoryBytes > ramBytes) throw new MachineError('out-of-memory', `${name}: needs memory up to ${hex(load + memoryBytes)}, the machine has ${hex(ramBytes)}`);
  return { entry, segments: [{ address: load, bytes: image.subarray(start, start + length), memoryBytes }] };
}

/** Loads a Multiboot 1 program, with `initrd` as its only module, and enters it as the specification says. */
export function loadMultiboot(source: Extract<BootSource, { kind: 'multiboot' }>, target: LoadTarget): void {
  const { memory, state } = target;
  const name = source.name ?? 'Multiboot program';
  const header = findHeader(source.image, name);
  const elf = (header.flags & FLAG_ADDRESSES) !== 0 ? fromAddresses(source.image, header, name, memory.ramBytes) : parseElf(source.image, name, memory.ramBytes);
  const end = Math.max(...elf.segments.map((segment) => segment.address + segment.memoryBytes));
  const module = source.initrd === undefined ? undefined : placeModule(source.initrd, end, memory.ramBytes);
  const strings = encodeText(`${source.commandLine ?? ''}\0${LOADER_NAME}\0`);
  if (STRINGS + strings.length > STRINGS_END) fail(name, `command line of ${strings.length} bytes, expected at most ${STRINGS_END - STRINGS}`);
  if (elf.segments.some((segment) => segment.address < STRINGS_END && segment.address + segment.memoryBytes > INFO)) fail(name, `overlaps the boot information at ${hex(INFO)}–${hex(STRINGS_END)}`);
  target.writeFirmware?.();
  placeElf(elf, memory);
  if (source.initrd !== undefined && module !== undefined) memory.writeBytes(module, source.initrd);
  writeInformation(memory, strings, module, source.initrd?.length ?? 0);
  protectedModeEntry(state, elf.entry, 0x08, 0x10, { rax: LOADER_MAGIC, rbx: BigInt(INFO) });
}

function placeModule(module: Uint8Array, end: number, ramBytes: number): number {
  const at = Math.ceil(Math.max(end, HIGH_MEMORY) / PAGE) * PAGE;
  if (at + module.length > ramBytes) throw new MachineError('out-of-memory', `initrd of ${module.length} bytes does not fit above ${hex(at)}: the machine has ${hex(ramBytes)}`);
  return at;
}

function writeInformation(memory: GuestMemory, strings: Uint8Array, module: number | undefined, moduleBytes: number): void {
  const map = memoryMap(memory.ramBytes);
  const bytes = new Uint8Array(STRINGS - INFO);
  const view = new DataView(bytes.buffer);
  const put = (at: number, value: number): void => view.setUint32(at, value, true);
  put(0, INFO_MEMORY | INFO_COMMAND_LINE | INFO_MEMORY_MAP | INFO_LOADER_NAME | (module === undefined ? 0 : INFO_MODULES));
  put(4, LOW_MEMORY_END >>> 10);
  put(8, (memory.ramBytes - HIGH_MEMORY) >>> 10);
  put(16, STRINGS);
  if (module !== undefined) {
    put(20, 1);
    put(24, MODULES);
    put(MODULES - INFO, module);
    put(MODULES - INFO + 4, module + moduleBytes);
    put(MODULES - INFO + 8, STRINGS);
  }
  put(44, map.length * 24);
  put(48, MAP);
  map.forEach(([start, length, type], i) => {
    const at = MAP - INFO + 24 * i;
    put(at, 20);
    view.setBigUint64(at + 4, BigInt(start), true);
    view.setBigUint64(at + 12, BigInt(length), true);
    put(at + 20, type);
  });
  put(64, STRINGS + strings.length - LOADER_NAME.length - 1);
  memory.writeBytes(INFO, bytes);
  memory.writeBytes(STRINGS, strings);
}
