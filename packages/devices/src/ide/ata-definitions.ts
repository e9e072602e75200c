// Registers and commands of ATA/ATAPI-6 (T13/1410D), in its words.

/** Command block registers, as offsets from the channel's first port. Reading and writing some of them reaches different registers. */
export const DATA = 0;
export const ERROR_FEATURES = 1;
export const SECTOR_COUNT = 2;
export const LBA_LOW = 3;
export const LBA_MID = 4;
export const LBA_HIGH = 5;
export const DEVICE = 6;
export const STATUS_COMMAND = 7;

/** Status register. */
export const STATUS_BSY = 0x80;
export const STATUS_DRDY = 0x40;
/** Device fault. */
export const STATUS_DF = 0x20;
/** Seek complete, as drivers of old hardware expect it. */
export const STATUS_DSC = 0x10;
export const STATUS_DRQ = 0x08;
/** In a PACKET device: check condition. */
export const STATUS_ERR = 0x01;

/** Error register. */
export const ERROR_UNC = 0x40;
export const ERROR_IDNF = 0x10;
export const ERROR_ABRT = 0x04;
/** After a reset or EXECUTE DEVICE DIAGNOSTIC: nothing wrong. */
export const DIAGNOSTIC_PASSED = 0x01;

/** Device register. */
export const DEVICE_LBA = 0x40;
export const DEVICE_DEV = 0x10;
/** Bits that always read as 1. */
export const DEVICE_OBSOLETE = 0xa0;

/** Device control register. */
export const CONTROL_HOB = 0x80;
export const CONTROL_SRST = 0x04;
export const CONTROL_NIEN = 0x02;

/** Sector count register of a PACKET device: the interrupt reason. */
export const REASON_COMMAND = 0x01;
export const REASON_IN = 0x02;

/** Features register with PACKET. */
export const PACKET_DMA = 0x01;
export const PACKET_OVERLAPPED = 0x02;
export const PACKET_BYTES = 12;

/** What a PACKET device leaves in LBA mid and high after a reset, and where it refuses a command of disks. */
export const PACKET_SIGNATURE = 0xeb14;

/** How data moves with a command. */
export type DataProtocol = 'pio' | 'multiple' | 'dma';

/** A command that reads or writes sectors. */
export interface SectorCommand {
  readonly kind: 'read' | 'write' | 'verify';
  readonly protocol: DataProtocol;
  /** 48-bit address, 16-bit count. */
  readonly isExtended: boolean;
}

const row = (kind: SectorCommand['kind'], protocol: DataProtocol, isExtended = false): SectorCommand => ({ kind, protocol, isExtended });

/** The commands that read or write sectors, by their codes. */
// prettier-ignore
export const SECTOR_COMMANDS: Readonly<Record<number, SectorCommand>> = {
  0x20: row('read', 'pio'),         // READ SECTOR(S)
  0x21: row('read', 'pio'),         //   without retry (ATA-4)
  0x24: row('read', 'pio', true),   // READ SECTOR(S) EXT
  0x25: row('read', 'dma', true),   // READ DMA EXT
  0x29: row('read', 'multiple', true), // READ MULTIPLE EXT
  0x30: row('write', 'pio'),        // WRITE SECTOR(S)
  0x31: row('write', 'pio'),        //   without retry (ATA-4)
  0x34: row('write', 'pio', true),  // WRITE SECTOR(S) EXT
  0x35: row('write', 'dma', true),  // WRITE DMA EXT
  0x39: row('write', 'multiple', true), // WRITE MULTIPLE EXT
  0x40: row('verify', 'pio'),       // READ VERIFY SECTOR(S)
  0x41: row('verify', 'pio'),       //   without retry (ATA-4)
  0x42: row('verify', 'pio', true), // READ VERIFY SECTOR(S) EXT
  0xc4: row('read', 'multiple'),    // READ MULTIPLE
  0xc5: row('write', 'multiple'),   // WRITE MULTIPLE
  0xc8: row('read', 'dma'),         // READ DMA
  0xc9: row('read', 'dma'),         //   without retry (ATA-4)
  0xca: row('write', 'dma'),        // WRITE DMA
  0xcb: row('write', 'dma'),        //   without retry (ATA-4)
};

/** The other commands. What is not here, both kinds of drives refuse. */
export const DEVICE_RESET = 0x08;
export const RECALIBRATE = 0x10;
export const SEEK = 0x70;
export const EXECUTE_DEVICE_DIAGNOSTIC = 0x90;
export const INITIALIZE_DEVICE_PARAMETERS = 0x91;
export const PACKET = 0xa0;
export const IDENTIFY_PACKET_DEVICE = 0xa1;
export const SET_MULTIPLE_MODE = 0xc6;
export const STANDBY_IMMEDIATE = 0xe0;
export const IDLE_IMMEDIATE = 0xe1;
export const STANDBY = 0xe2;
export const IDLE = 0xe3;
export const CHECK_POWER_MODE = 0xe5;
export const SLEEP = 0xe6;
export const FLUSH_CACHE = 0xe7;
export const FLUSH_CACHE_EXT = 0xea;
export const IDENTIFY_DEVICE = 0xec;
export const SET_FEATURES = 0xef;

/** Subcommands of SET FEATURES. */
export const FEATURE_WRITE_CACHE_ON = 0x02;
export const FEATURE_TRANSFER_MODE = 0x03;
export const FEATURE_LOOK_AHEAD_OFF = 0x55;
export const FEATURE_KEEP_DEFAULTS = 0x66;
export const FEATURE_WRITE_CACHE_OFF = 0x82;
export const FEATURE_LOOK_AHEAD_ON = 0xaa;
export const FEATURE_REVERT_DEFAULTS = 0xcc;
