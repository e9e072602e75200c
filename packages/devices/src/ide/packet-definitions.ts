// Commands, sense data and features of CD drives: SPC-2 (T10/1236D) and MMC-3 (T10/1363D), in their words.

export const BLOCK_BYTES = 2048;

/** Operation codes. */
export const TEST_UNIT_READY = 0x00;
export const REQUEST_SENSE = 0x03;
export const INQUIRY = 0x12;
export const START_STOP_UNIT = 0x1b;
export const PREVENT_ALLOW_MEDIUM_REMOVAL = 0x1e;
export const READ_CAPACITY = 0x25;
export const READ_10 = 0x28;
export const SEEK_10 = 0x2b;
export const SYNCHRONIZE_CACHE = 0x35;
export const READ_TOC = 0x43;
export const GET_CONFIGURATION = 0x46;
export const GET_EVENT_STATUS_NOTIFICATION = 0x4a;
export const READ_DISC_INFORMATION = 0x51;
export const MODE_SENSE_10 = 0x5a;
export const READ_12 = 0xa8;
export const SET_CD_SPEED = 0xbb;
export const MECHANISM_STATUS = 0xbd;
export const READ_CD = 0xbe;

/** Sense key, additional sense code and its qualifier. */
export interface Sense {
  readonly key: number;
  readonly code: number;
  readonly qualifier: number;
}

const sense = (key: number, code: number, qualifier = 0): Sense => ({ key, code, qualifier });

export const NO_SENSE: Sense = sense(0, 0);
export const NO_MEDIUM_TRAY_CLOSED: Sense = sense(2, 0x3a, 1);
export const NO_MEDIUM_TRAY_OPEN: Sense = sense(2, 0x3a, 2);
export const UNRECOVERED_READ_ERROR: Sense = sense(3, 0x11);
export const INVALID_OPERATION_CODE: Sense = sense(5, 0x20);
export const ADDRESS_OUT_OF_RANGE: Sense = sense(5, 0x21);
export const INVALID_FIELD: Sense = sense(5, 0x24);
export const REMOVAL_PREVENTED: Sense = sense(5, 0x53, 2);
export const ILLEGAL_MODE_FOR_THIS_TRACK: Sense = sense(5, 0x64);
export const MEDIUM_MAY_HAVE_CHANGED: Sense = sense(6, 0x28);

/** Media events of GET EVENT STATUS NOTIFICATION. */
export const MEDIA_CLASS = 4;
export const EVENT_NONE = 0;
export const EVENT_NEW_MEDIUM = 2;
export const EVENT_MEDIUM_REMOVED = 3;

/** Profiles. */
export const PROFILE_CD_ROM = 0x0008;
export const PROFILE_DVD_ROM = 0x0010;
/** A CD ends before 99:59:74. What has more is taken for a DVD. */
export const MOST_CD_BLOCKS: number = 99 * 60 * 75 - 150;
