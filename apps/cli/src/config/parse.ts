import { parseMemorySize, type BootDevice } from '@ringzero/machine';
import { UsageError } from '../usage-error.ts';

/** A memory size in bytes: `256M`, `1G`, `65536K`, or bytes. */
export function parseMemory(text: string): number {
  try {
    return parseMemorySize(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** A number, decimal or hexadecimal with 0x, in a range. */
export function parseNumber(what: string, text: string, most: number): number {
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (!Number.isInteger(value) || value > most) throw new UsageError(`${what} "${text}": expected a number from 0 to 0x${most.toString(16)}`);
  return value;
}

export function parsePort(what: string, text: string): number {
  return parseNumber(what, text, 0xffff);
}

const BOOT_DEVICES: readonly string[] = ['disk', 'cdrom', 'floppy'] satisfies readonly BootDevice[];

/** Kinds of devices with commas between, each once. */
export function parseBootOrder(text: string): readonly BootDevice[] {
  const devices = text.split(',');
  if (new Set(devices).size < devices.length || devices.some((device) => !BOOT_DEVICES.includes(device))) {
    throw new UsageError(`boot order "${text}": expected some of ${BOOT_DEVICES.join(', ')} with commas between, such as cdrom,disk`);
  }
  return devices as BootDevice[];
}

/** `FILE@ADDRESS`. */
export function parseImage(text: string): { readonly file: string; readonly address: number } {
  const at = text.lastIndexOf('@');
  if (at <= 0) throw new UsageError(`image "${text}": expected FILE@ADDRESS, such as boot.bin@0x7c00`);
  return { file: text.slice(0, at), address: parseNumber('image address', text.slice(at + 1), 0xffff_ffff) };
}

/** `HOST:GUEST`: a file here, and its absolute path in the guest. */
export function parsePlacement(text: string): { readonly file: string; readonly path: string } {
  const colon = text.lastIndexOf(':');
  const path = text.slice(colon + 1);
  if (colon <= 0 || !/^\/.*[^/]$/.test(path) || path.split('/').includes('..')) throw new UsageError(`file "${text}": expected HOST:GUEST with an absolute path in the guest, such as tests/a:/root/a`);
  return { file: text.slice(0, colon), path };
}

/** The host's timers count milliseconds in 31 bits. */
const MOST_SECONDS = 2_147_483;

export function parseSeconds(text: string): number {
  const value = /^\d*\.?\d+$/.test(text) ? Number(text) : NaN;
  if (!(value > 0 && value <= MOST_SECONDS)) throw new UsageError(`timeout "${text}": expected a number of seconds above 0, at most ${MOST_SECONDS}`);
  return value;
}
