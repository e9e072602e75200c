import { BLOCK_BYTES, EVENT_NONE, MEDIA_CLASS, MOST_CD_BLOCKS, PROFILE_CD_ROM, PROFILE_DVD_ROM, type Sense } from './packet-definitions.ts';

/** What the drive's answers depend on. */
export interface CdStatus {
  /** Blocks of the medium; undefined where there is none. */
  readonly blocks: number | undefined;
  readonly isTrayOpen: boolean;
  readonly isLocked: boolean;
}

const LEAD_OUT = 0xaa;
const LEAD_IN_FRAMES = 150;
/** A data track, with position data in the Q channel. */
const DATA_TRACK = 0x14;
const KILOBYTES_PER_SECOND = 7056;

function big16(value: number): number[] {
  return [(value >>> 8) & 0xff, value & 0xff];
}

function big32(value: number): number[] {
  return [...big16(value >>> 16), ...big16(value & 0xffff)];
}

function text(value: string, length: number): number[] {
  return Array.from(value.padEnd(length).slice(0, length), (character) => character.charCodeAt(0) & 0x7f);
}

function minutes(block: number): number[] {
  const frames = block + LEAD_IN_FRAMES;
  return [Math.min(0xff, Math.floor(frames / 4500)), Math.floor(frames / 75) % 60, frames % 75];
}

/** An address as READ TOC gives it: a block, or minutes, seconds and frames. */
function place(block: number, asTime: boolean): number[] {
  return asTime ? [0, ...minutes(block)] : big32(block);
}

/** A reply with the number of bytes behind it in front. */
function counted(bytes: readonly number[]): number[] {
  return [...big16(bytes.length), ...bytes];
}

export function inquiryReply(product: string, revision: string): number[] {
  // A removable CD device, ATAPI response format 2.1, and 31 more bytes.
  return [5, 0x80, 0, 0x21, 31, 0, 0, 0, ...text('RINGZERO', 8), ...text(product, 16), ...text(revision, 4)];
}

export function senseReply({ key, code, qualifier }: Sense): number[] {
  return [0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, qualifier, 0, 0, 0, 0];
}

export function capacityReply(blocks: number): number[] {
  return [...big32(blocks - 1), ...big32(BLOCK_BYTES)];
}

/** One session with one data track. Undefined for a format or first track that there is not. */
export function tocReply(blocks: number, format: number, first: number, asTime: boolean): number[] | undefined {
  const track = (number: number, block: number): number[] => [0, DATA_TRACK, number, 0, ...place(block, asTime)];
  switch (format) {
    case 0:
      if (first > 1 && first !== LEAD_OUT) return undefined;
      return counted([1, 1, ...(first <= 1 ? track(1, 0) : []), ...track(LEAD_OUT, blocks)]);
    case 1:
      return counted([1, 1, ...track(1, 0)]);
    case 2: {
      const entry = (point: number, where: readonly number[]): number[] => [1, DATA_TRACK, 0, point, 0, 0, 0, 0, ...where];
      return counted([1, 1, ...entry(0xa0, [1, 0, 0]), ...entry(0xa1, [1, 0, 0]), ...entry(0xa2, minutes(blocks)), ...entry(1, minutes(0))]);
    }
    default:
      return undefined;
  }
}

function profileOf({ blocks }: CdStatus): number {
  if (blocks === undefined) return 0;
  return blocks > MOST_CD_BLOCKS ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
}

/** The features from `first` on; `request` 1 for current ones only, 2 for the one alone. */
export function configurationReply(status: CdStatus, request: number, first: number): number[] {
  const profile = profileOf(status);
  const hasMedium = profile !== 0;
  const feature = (code: number, version: number, isPersistent: boolean, isCurrent: boolean, data: readonly number[] = []): { readonly code: number; readonly isCurrent: boolean; readonly bytes: number[] } => ({
    code,
    isCurrent,
    bytes: [...big16(code), (version << 2) | (isPersistent ? 2 : 0) | (isCurrent ? 1 : 0), data.length, ...data],
  });
  const profiles = [PROFILE_DVD_ROM, PROFILE_CD_ROM].flatMap((one) => [...big16(one), one === profile ? 1 : 0, 0]);
  const features = [
    feature(0x0000, 0, true, true, profiles),
    // Core: ATAPI.
    feature(0x0001, 0, true, true, big32(2)),
    // Removable medium: a tray that ejects and locks.
    feature(0x0003, 0, true, true, [0x29, 0, 0, 0]),
    // Random readable.
    feature(0x0010, 0, false, hasMedium, [...big32(BLOCK_BYTES), ...big16(1), 0, 0]),
    feature(0x001e, 0, false, profile === PROFILE_CD_ROM),
    feature(0x001f, 0, false, profile === PROFILE_DVD_ROM),
    // Power management, time-out.
    feature(0x0100, 0, true, true),
    feature(0x0105, 0, true, true),
  ];
  const chosen = features.filter(({ code, isCurrent }) => (request === 2 ? code === first : code >= first && (request === 0 || isCurrent)));
  const bytes = [0, 0, ...big16(profile), ...chosen.flatMap((one) => one.bytes)];
  return [...big32(bytes.length), ...bytes];
}

/** The media event, if that class is asked for. */
export function eventReply(status: CdStatus, classes: number, event: number): number[] {
  const supported = 1 << MEDIA_CLASS;
  if ((classes & supported) === 0) return [0, 2, 0x80, supported];
  const presence = (status.isTrayOpen ? 1 : 0) | (status.blocks === undefined ? 0 : 2);
  return [0, 6, MEDIA_CLASS, supported, event, presence, 0, 0];
}

/** Whether the class is asked for whose event {@link eventReply} then gives: it is told once. */
export function tellsEvent(classes: number, event: number): boolean {
  return event !== EVENT_NONE && (classes & (1 << MEDIA_CLASS)) !== 0;
}

/** A complete disc with one session and one track. */
export function discInformationReply(): number[] {
  const bytes = new Array<number>(32).fill(0);
  // Complete; track 1, one session, its first and last track; unrestricted use.
  bytes.splice(0, 6, 0x0e, 1, 1, 1, 1, 0x20);
  // No lead-in of a next session, no last possible lead-out.
  bytes.fill(0xff, 14, 22);
  return counted(bytes);
}

export function mechanismReply({ isTrayOpen }: CdStatus): number[] {
  return [0, isTrayOpen ? 0x10 : 0, 0, 0, 0, 0, 0, 0];
}

/** Mode pages. Undefined for one that there is not. */
export function modeReply(status: CdStatus, page: number): number[] | undefined {
  const recovery = [0x01, 6, 0, 5, 0, 0, 0, 0];
  const capabilities = [
    // Reads CD-R, CD-RW and DVD-ROM; writes nothing; mode 2 forms 1 and 2, several sessions.
    0x2a, 18, 0x0b, 0, 0x70, 0,
    // A tray that ejects and locks.
    0x29 | (status.isLocked ? 2 : 0), 0,
    ...big16(KILOBYTES_PER_SECOND), ...big16(0), ...big16(128), ...big16(KILOBYTES_PER_SECOND), 0, 0, 0, 0,
  ];
  const pages = page === 0x3f ? [recovery, capabilities] : [recovery, capabilities].filter(([code]) => code === page);
  if (pages.length === 0) return undefined;
  const mediumType = status.isTrayOpen ? 0x71 : status.blocks === undefined ? 0x70 : 0x01;
  return counted([mediumType, 0, 0, 0, 0, 0, ...pages.flat()]);
}
