import { hex, MachineError } from '../errors.ts';
import { encodeText } from './text.ts';
import type { BootSource } from './boot-source.ts';
import { protectedModeEntry } from './entry.ts';
import { HIGH_MEMORY, memoryMap, type LoadTarget } from './target.ts';

// Offsets in the setup header (Linux Documentation/arch/x86/boot.rst).
const SCREEN_MODE = 0x06;
const SCREEN_COLUMNS = 0x07;
const SCREEN_EGA_BX = 0x0a;
const SCREEN_LINES = 0x0e;
const SCREEN_IS_VGA = 0x0f;
const SCREEN_POINTS = 0x10;
const SETUP_SECTS = 0x1f1;
const BOOT_FLAG = 0x1fe;
const HEADER_JUMP = 0x200;
const HEADER_MAGIC = 0x202;
const VERSION = 0x206;
const TYPE_OF_LOADER = 0x210;
const LOADFLAGS = 0x211;
const CODE32_START = 0x214;
const RAMDISK_IMAGE = 0x218;
const RAMDISK_SIZE = 0x21c;
const HEAP_END_PTR = 0x224;
const CMD_LINE_PTR = 0x228;
const INITRD_ADDR_MAX = 0x22c;
const CMDLINE_SIZE = 0x238;
const INIT_SIZE = 0x260;
const PREF_ADDRESS = 0x258;
const E820_ENTRIES = 0x1e8;
const E820_TABLE = 0x2d0;
const MAGIC = 0x5372_6448;
const LOADED_HIGH = 1;
const CAN_USE_HEAP = 0x80;
const UNDEFINED_LOADER = 0xff;

// Where the loader puts its own structures.
const GDT = 0x1000;
const BOOT_PARAMS = 0x1_0000;
const COMMAND_LINE = 0x2_0000;
const CODE_SELECTOR = 0x10;
const DATA_SELECTOR = 0x18;
const MIN_VERSION = 0x202;
const DEFAULT_INITRD_MAX = 0x37ff_ffff;
const DEFAULT_COMMAND_LINE = 255;
const MOST_COMMAND_LINE = 0xffff;
const PAGE = 4096;

function fail(name: string, message: string): never {
  throw new MachineError('invalid-image', `${name}: ${message}`);
}

/** Loads a bzImage by the 32-bit boot protocol, with its initrd as high as the kernel allows. */
export function loadLinux(source: Extract<BootSource, { kind: 'linux' }>, target: LoadTarget): void {
  const { memory, state } = target;
  const { image, initrd } = source;
  const name = source.name ?? 'kernel';
  if (image.length < 0x280) fail(name, `${image.length} bytes are too few for a Linux kernel (bzImage)`);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  if (view.getUint16(BOOT_FLAG, true) !== 0xaa55 || view.getUint32(HEADER_MAGIC, true) !== MAGIC) {
    fail(name, 'no Linux boot header: expected AA55h at 1FEh and "HdrS" at 202h');
  }
  const version = view.getUint16(VERSION, true);
  if (version < MIN_VERSION) fail(name, `boot protocol ${version >> 8}.${version & 0xff}, expected 2.2 or newer`);
  if ((image[LOADFLAGS]! & LOADED_HIGH) === 0) fail(name, 'a zImage, which loads low; expected a bzImage');
  const setupBytes = ((image[SETUP_SECTS]! || 4) + 1) * 512;
  if (setupBytes >= image.length) fail(name, `truncated: ${image.length} bytes, and the setup code alone has ${setupBytes}`);
  const kernel = image.subarray(setupBytes);
  const declared = version >= 0x204 ? view.getUint32(0x1f4, true) * 16 : 0;
  // The file may lack the padding that its size in paragraphs counts.
  if (declared > kernel.length + 16) fail(name, `truncated: the header announces ${declared} bytes of kernel, the file has ${kernel.length}`);
  const initSize = version >= 0x20a ? view.getUint32(INIT_SIZE, true) : kernel.length;
  const preferred = version >= 0x20a ? Number(view.getBigUint64(PREF_ADDRESS, true)) : HIGH_MEMORY;
  const needed = Math.max(preferred, HIGH_MEMORY) + Math.max(initSize, kernel.length);
  if (needed > memory.ramBytes) throw new MachineError('out-of-memory', `${name}: needs memory up to ${hex(needed)}, the machine has ${hex(memory.ramBytes)}`);

  // A header may claim to take any length; the place has an end.
  const room = Math.min(version >= 0x206 ? view.getUint32(CMDLINE_SIZE, true) : DEFAULT_COMMAND_LINE, MOST_COMMAND_LINE);
  const commandLine = encodeText(`${source.commandLine ?? ''}\0`);
  if (commandLine.length - 1 > room) fail(name, `command line of ${commandLine.length - 1} bytes, the kernel takes ${room}`);
  const initrdAt = initrd === undefined ? 0 : placeInitrd(initrd, view, version, memory.ramBytes, needed);

  const params = new Uint8Array(PAGE);
  const headerEnd = Math.min(HEADER_MAGIC + image[HEADER_JUMP + 1]!, E820_TABLE);
  params.set(image.subarray(SETUP_SECTS, headerEnd), SETUP_SECTS);
  const out = new DataView(params.buffer);
  params[TYPE_OF_LOADER] = UNDEFINED_LOADER;
  params[LOADFLAGS]! |= CAN_USE_HEAP;
  out.setUint16(HEAP_END_PTR, 0xde00, true);
  out.setUint32(CMD_LINE_PTR, COMMAND_LINE, true);
  out.setUint32(CODE32_START, HIGH_MEMORY, true);
  out.setUint32(RAMDISK_IMAGE, initrdAt, true);
  out.setUint32(RAMDISK_SIZE, initrd?.length ?? 0, true);
  if (target.hasVga === true) describeTextScreen(out);
  const map = memoryMap(memory.ramBytes);
  params[E820_ENTRIES] = map.length;
  map.forEach(([start, length, type], i) => {
    out.setBigUint64(E820_TABLE + 20 * i, BigInt(start), true);
    out.setBigUint64(E820_TABLE + 20 * i + 8, BigInt(length), true);
    out.setUint32(E820_TABLE + 20 * i + 16, type, true);
  });

  target.writeFirmware?.();
  memory.writeBytes(HIGH_MEMORY, kernel);
  if (initrd !== undefined) memory.writeBytes(initrdAt, initrd);
  memory.writeBytes(BOOT_PARAMS, params);
  memory.writeBytes(COMMAND_LINE, commandLine);
  memory.writeBytes(GDT, flatGdt());
  protectedModeEntry(state, HIGH_MEMORY, CODE_SELECTOR, DATA_SELECTOR, {
    rsi: BigInt(BOOT_PARAMS),
    rbp: 0n,
    rdi: 0n,
    rbx: 0n,
    gdtr: { base: BigInt(GDT), limit: 31 },
  });
}

/** What the kernel's setup code would have asked the BIOS: mode 3, 80 by 25 characters of 16 lines on a colour VGA. */
function describeTextScreen(params: DataView): void {
  params.setUint8(SCREEN_MODE, 3);
  params.setUint8(SCREEN_COLUMNS, 80);
  params.setUint16(SCREEN_EGA_BX, 3, true);
  params.setUint8(SCREEN_LINES, 25);
  params.setUint8(SCREEN_IS_VGA, 1);
  params.setUint16(SCREEN_POINTS, 16, true);
}

function placeInitrd(initrd: Uint8Array, view: DataView, version: number, ramBytes: number, kernelEnd: number): number {
  const most = version >= 0x203 ? view.getUint32(INITRD_ADDR_MAX, true) : DEFAULT_INITRD_MAX;
  const top = Math.min(ramBytes, most + 1);
  const at = Math.floor((top - initrd.length) / PAGE) * PAGE;
  if (at < kernelEnd) {
    throw new MachineError('out-of-memory', `initrd of ${initrd.length} bytes does not fit between the kernel's end at ${hex(kernelEnd)} and ${hex(top)}: give the machine more memory`);
  }
  return at;
}

/** Null, unused, code at 10h, data at 18h: the boot protocol's selectors. */
function flatGdt(): Uint8Array {
  const gdt = new Uint8Array(32);
  gdt.set([0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0], CODE_SELECTOR);
  gdt.set([0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0], DATA_SELECTOR);
  return gdt;
}
