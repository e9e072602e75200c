// ACPI machine language, as much as the DSDT needs (ACPI 6.4 §20.2). Each function gives the bytes of one term.

export type Aml = readonly number[];

const ZERO_OP = 0x00;
const ONE_OP = 0x01;
const NAME_OP = 0x08;
const BYTE_PREFIX = 0x0a;
const WORD_PREFIX = 0x0b;
const DWORD_PREFIX = 0x0c;
const SCOPE_OP = 0x10;
const BUFFER_OP = 0x11;
const PACKAGE_OP = 0x12;
const EXT_PREFIX = 0x5b;
const DEVICE_OP = 0x82;

function word(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff];
}
function dword(value: number): number[] {
  return [...word(value), ...word(value >>> 16)];
}

/** PkgLength counts itself: one byte up to 63, else a lead byte and one or more bytes of the rest. */
function withLength(body: Aml): number[] {
  if (body.length + 1 < 0x40) return [body.length + 1, ...body];
  const two = body.length + 2;
  if (two < 0x1000) return [0x40 | (two & 15), two >>> 4, ...body];
  const three = body.length + 3;
  return [0x80 | (three & 15), (three >>> 4) & 0xff, (three >>> 12) & 0xff, ...body];
}

/** A name of four characters, padded with underscores; a leading backslash is the root. */
function nameSeg(name: string): number[] {
  const root = name.startsWith('\\') ? [0x5c] : [];
  const segment = name.replace('\\', '').padEnd(4, '_');
  return [...root, ...Array.from(segment, (c) => c.charCodeAt(0))];
}

export function integer(value: number): Aml {
  if (value === 0) return [ZERO_OP];
  if (value === 1) return [ONE_OP];
  if (value < 0x100) return [BYTE_PREFIX, value];
  return value < 0x1_0000 ? [WORD_PREFIX, ...word(value)] : [DWORD_PREFIX, ...dword(value)];
}

export function name(identifier: string, value: Aml): Aml {
  return [NAME_OP, ...nameSeg(identifier), ...value];
}

export function packageOf(...elements: readonly Aml[]): Aml {
  return [PACKAGE_OP, ...withLength([elements.length, ...elements.flat()])];
}

export function scope(identifier: string, ...terms: readonly Aml[]): Aml {
  return [SCOPE_OP, ...withLength([...nameSeg(identifier), ...terms.flat()])];
}

export function device(identifier: string, ...terms: readonly Aml[]): Aml {
  return [EXT_PREFIX, DEVICE_OP, ...withLength([...nameSeg(identifier), ...terms.flat()])];
}

/** A compressed EISA identifier such as PNP0A03 (ACPI 6.4 §19.3.4). */
export function eisaId(text: string): Aml {
  const letter = (i: number): number => text.charCodeAt(i) - 0x40;
  const vendor = (letter(0) << 10) | (letter(1) << 5) | letter(2);
  const product = Number.parseInt(text.slice(3), 16);
  return [DWORD_PREFIX, vendor >>> 8, vendor & 0xff, product >>> 8, product & 0xff];
}

/** A buffer of resource descriptors with its end tag (ACPI 6.4 §6.4). */
export function resources(...descriptors: readonly Aml[]): Aml {
  const bytes = [...descriptors.flat(), 0x79, 0];
  return [BUFFER_OP, ...withLength([...integer(bytes.length), ...bytes])];
}

/** I/O ports, 16-bit decode. */
export function io(base: number, count: number): Aml {
  return [0x47, 1, ...word(base), ...word(base), 1, count];
}

/** An ISA interrupt: edge, active high. */
export function irq(line: number): Aml {
  return [0x22, ...word(1 << line)];
}

/** Read-only device memory at a fixed address below 4 GB. */
export function fixedMemory(base: number, length: number): Aml {
  return [0x86, ...word(9), 0, ...dword(base), ...dword(length)];
}

const FIXED_PRODUCER = 0x0c;

function wordRange(type: number, flags: number, from: number, to: number): Aml {
  return [0x88, ...word(13), type, FIXED_PRODUCER, flags, ...word(0), ...word(from), ...word(to), ...word(0), ...word(to - from + 1)];
}
export function busNumbers(from: number, to: number): Aml {
  return wordRange(2, 0, from, to);
}
export function ioRange(from: number, to: number): Aml {
  return wordRange(1, 3, from, to);
}
/** Device memory, read and write, not cacheable. */
export function memoryRange(from: number, to: number): Aml {
  return [0x87, ...word(23), 0, FIXED_PRODUCER, 1, ...dword(0), ...dword(from), ...dword(to), ...dword(0), ...dword(to - from + 1)];
}
