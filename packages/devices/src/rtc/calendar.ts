/** A date and time as the clock chip keeps it. */
export interface CalendarTime {
  readonly second: number;
  readonly minute: number;
  readonly hour: number;
  /** 1 is Sunday. */
  readonly weekday: number;
  readonly day: number;
  /** 1–12. */
  readonly month: number;
  /** With the century. */
  readonly year: number;
}

/** Bits of register B that decide how the time bytes are written. */
const DATA_MODE_BINARY = 0x04;
const HOURS_24 = 0x02;
const PM = 0x80;

/** The calendar time of a number of seconds since 1970-01-01 00:00 UTC. */
export function calendarOf(epochSeconds: number): CalendarTime {
  const date = new Date(epochSeconds * 1000);
  return {
    second: date.getUTCSeconds(), minute: date.getUTCMinutes(), hour: date.getUTCHours(), weekday: date.getUTCDay() + 1,
    day: date.getUTCDate(), month: date.getUTCMonth() + 1, year: date.getUTCFullYear(),
  };
}

/** The inverse of {@link calendarOf}; fields out of range carry over, as 32 January is 1 February. */
export function epochOf(time: CalendarTime): number {
  return Math.floor(Date.UTC(time.year, time.month - 1, time.day, time.hour, time.minute, time.second) / 1000);
}

/** A field as a register byte, in BCD unless register B says binary. */
export function encodeField(value: number, registerB: number): number {
  return (registerB & DATA_MODE_BINARY) !== 0 ? value & 0xff : ((Math.floor(value / 10) % 10) << 4) | value % 10;
}

export function decodeField(byte: number, registerB: number): number {
  return (registerB & DATA_MODE_BINARY) !== 0 ? byte : (byte >> 4) * 10 + (byte & 15);
}

/** An hour, with the PM bit where register B says 12 hours. */
export function encodeHour(hour: number, registerB: number): number {
  if ((registerB & HOURS_24) !== 0) return encodeField(hour, registerB);
  return encodeField(hour % 12 || 12, registerB) | (hour >= 12 ? PM : 0);
}

export function decodeHour(byte: number, registerB: number): number {
  if ((registerB & HOURS_24) !== 0) return decodeField(byte, registerB);
  return (decodeField(byte & 0x7f, registerB) % 12) + ((byte & PM) !== 0 ? 12 : 0);
}
