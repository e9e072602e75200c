/** A disk that the browser keeps. */
export interface KeptDiskInfo {
  readonly name: string;
  readonly bytes: number;
}

/** What a disk is attached to. */
export type DiskBus = 'ide' | 'virtio';

/** A kept disk of a machine. */
export interface DiskChoice {
  readonly name: string;
  readonly bus: DiskBus;
}

/** Hears how much of a disk has been copied, 0 to 1. */
export type OnCopied = (fraction: number) => void;

/** The name of a kept disk's medium in machines and their saved states. */
export const KEPT_MEDIUM = 'kept';

const LONGEST_NAME = 100;

/** Whether a file of the browser can have this name. */
export function isDiskName(text: string): boolean {
  return text.length <= LONGEST_NAME && /^[^/\\\p{Cc}]+$/u.test(text) && !/^\.{1,2}$|\.crswap$/.test(text);
}
