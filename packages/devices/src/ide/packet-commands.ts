import {
  GET_CONFIGURATION, GET_EVENT_STATUS_NOTIFICATION, ILLEGAL_MODE_FOR_THIS_TRACK, INQUIRY, INVALID_FIELD, INVALID_OPERATION_CODE, MECHANISM_STATUS,
  MODE_SENSE_10, NO_MEDIUM_TRAY_CLOSED, NO_MEDIUM_TRAY_OPEN, PREVENT_ALLOW_MEDIUM_REMOVAL, READ_10, READ_12, READ_CAPACITY, READ_CD,
  READ_DISC_INFORMATION, READ_TOC, REMOVAL_PREVENTED, REQUEST_SENSE, SEEK_10, SET_CD_SPEED, START_STOP_UNIT, SYNCHRONIZE_CACHE, TEST_UNIT_READY,
  type Sense,
} from './packet-definitions.ts';
import {
  capacityReply, configurationReply, discInformationReply, eventReply, inquiryReply, mechanismReply, modeReply, senseReply, tellsEvent, tocReply,
  type CdStatus,
} from './packet-replies.ts';

/** The drive as packet commands see it. */
export interface PacketDrive {
  readonly cdStatus: CdStatus;
  readonly product: string;
  readonly revision: string;
  readonly mediaEvent: number;
  /** The event was told. */
  forgetEvent(): void;
  /** What REQUEST SENSE gives, and then no more. */
  takeSense(): Sense;
  lock(isLocked: boolean): void;
  moveTray(isOpen: boolean): void;
}

/** What comes of a packet. */
export type PacketResult =
  | { readonly kind: 'done' }
  | { readonly kind: 'refused'; readonly sense: Sense }
  | { readonly kind: 'reply'; readonly bytes: readonly number[] }
  | { readonly kind: 'read'; readonly block: number; readonly count: number };

type Command = (drive: PacketDrive, packet: Uint8Array) => PacketResult;

const DONE: PacketResult = { kind: 'done' };

function refuse(sense: Sense): PacketResult {
  return { kind: 'refused', sense };
}

/** As much of a reply as there is room for. */
function reply(bytes: readonly number[] | undefined, room: number): PacketResult {
  return bytes === undefined ? refuse(INVALID_FIELD) : { kind: 'reply', bytes: bytes.slice(0, room) };
}

function word(packet: Uint8Array, at: number): number {
  return packet[at]! * 0x100 + packet[at + 1]!;
}

function doubleword(packet: Uint8Array, at: number): number {
  return word(packet, at) * 0x1_0000 + word(packet, at + 2);
}

/** A command that needs a medium. */
function withMedium(command: (blocks: number, drive: PacketDrive, packet: Uint8Array) => PacketResult): Command {
  return (drive, packet) => {
    const { blocks, isTrayOpen } = drive.cdStatus;
    return blocks === undefined ? refuse(isTrayOpen ? NO_MEDIUM_TRAY_OPEN : NO_MEDIUM_TRAY_CLOSED) : command(blocks, drive, packet);
  };
}

function startStop(drive: PacketDrive, packet: Uint8Array): PacketResult {
  const [isStart, movesTray] = [(packet[4]! & 1) !== 0, (packet[4]! & 2) !== 0];
  if (!movesTray) return DONE;
  if (!isStart && drive.cdStatus.isLocked) return refuse(REMOVAL_PREVENTED);
  drive.moveTray(!isStart);
  return DONE;
}

/** The format is in byte 2, in old drivers in the upper bits of byte 9 (SFF-8020i). */
function readToc(blocks: number, _drive: PacketDrive, packet: Uint8Array): PacketResult {
  const format = packet[2]! & 15 || packet[9]! >> 6;
  return reply(tocReply(blocks, format, packet[6]!, (packet[1]! & 2) !== 0), word(packet, 7));
}

/** User data of data sectors; no headers, error correction or subchannels, which an image does not have. */
function readCd(_blocks: number, _drive: PacketDrive, packet: Uint8Array): PacketResult {
  const sectorType = (packet[1]! >> 2) & 7;
  if (![0, 2, 4].includes(sectorType)) return refuse(ILLEGAL_MODE_FOR_THIS_TRACK);
  const fields = packet[9]! & 0xf8;
  if ((fields !== 0x10 && fields !== 0) || (packet[9]! & 6) !== 0 || (packet[10]! & 7) !== 0) return refuse(INVALID_FIELD);
  return fields === 0 ? DONE : { kind: 'read', block: doubleword(packet, 2), count: packet[6]! * 0x1_0000 + word(packet, 7) };
}

function events(drive: PacketDrive, packet: Uint8Array): PacketResult {
  // Drivers must poll: nothing is told later by an interrupt.
  if ((packet[1]! & 1) === 0) return refuse(INVALID_FIELD);
  const event = drive.mediaEvent;
  if (tellsEvent(packet[4]!, event)) drive.forgetEvent();
  return reply(eventReply(drive.cdStatus, packet[4]!, event), word(packet, 7));
}

// prettier-ignore
const COMMANDS: Readonly<Record<number, Command>> = {
  [TEST_UNIT_READY]: withMedium(() => DONE),
  [REQUEST_SENSE]: (drive, packet) => reply(senseReply(drive.takeSense()), packet[4]!),
  [INQUIRY]: (drive, packet) => ((packet[1]! & 1) !== 0 ? refuse(INVALID_FIELD) : reply(inquiryReply(drive.product, drive.revision), word(packet, 3))),
  [START_STOP_UNIT]: startStop,
  [PREVENT_ALLOW_MEDIUM_REMOVAL]: (drive, packet) => (drive.lock((packet[4]! & 1) !== 0), DONE),
  [READ_CAPACITY]: withMedium((blocks) => reply(capacityReply(blocks), 8)),
  [READ_10]: withMedium((_blocks, _drive, packet) => ({ kind: 'read', block: doubleword(packet, 2), count: word(packet, 7) })),
  [READ_12]: withMedium((_blocks, _drive, packet) => ({ kind: 'read', block: doubleword(packet, 2), count: doubleword(packet, 6) })),
  [READ_CD]: withMedium(readCd),
  [SEEK_10]: withMedium(() => DONE),
  [SYNCHRONIZE_CACHE]: withMedium(() => DONE),
  [READ_TOC]: withMedium(readToc),
  [READ_DISC_INFORMATION]: withMedium((_blocks, _drive, packet) => reply(discInformationReply(), word(packet, 7))),
  [GET_CONFIGURATION]: (drive, packet) => reply(configurationReply(drive.cdStatus, packet[1]! & 3, word(packet, 2)), word(packet, 7)),
  [GET_EVENT_STATUS_NOTIFICATION]: events,
  [MODE_SENSE_10]: (drive, packet) => reply(modeReply(drive.cdStatus, packet[2]! & 0x3f), word(packet, 7)),
  [MECHANISM_STATUS]: (drive, packet) => reply(mechanismReply(drive.cdStatus), word(packet, 8)),
  [SET_CD_SPEED]: () => DONE,
};

/** What a drive does with a packet. */
export function dispatchPacket(drive: PacketDrive, packet: Uint8Array): PacketResult {
  return COMMANDS[packet[0]!]?.(drive, packet) ?? refuse(INVALID_OPERATION_CODE);
}
