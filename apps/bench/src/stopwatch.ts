import type { Measurement } from './measurement.ts';

/** Watches a serial port: notes the time at which one text has been written, and then another. */
export interface Stopwatch {
  /** Takes one byte. True when the second text is complete. */
  write(byte: number): boolean;
  /** The end of what was written, for a message. */
  tail(): string;
  /** The result, once `write` has returned true. */
  result(): Measurement;
}

/**
 * @param instructions the engine's counter of retired instructions, where it has one.
 */
export function createStopwatch(from: string, until: string, instructions?: () => number): Stopwatch {
  let text = '';
  let start = from === '' ? 0 : -1;
  let startTime = performance.now();
  let startCount = 0;
  let measurement: Measurement | undefined;
  return {
    write(byte) {
      text += String.fromCharCode(byte);
      if (start < 0) {
        if (!text.endsWith(from)) return false;
        start = text.length;
        startCount = instructions?.() ?? 0;
        startTime = performance.now();
      } else if (measurement === undefined && text.endsWith(until)) {
        const seconds = (performance.now() - startTime) / 1000;
        const count = instructions && instructions() - startCount;
        measurement = { seconds, output: text.slice(start, -until.length).trim(), ...(count !== undefined && { instructions: count }) };
      }
      return measurement !== undefined;
    },
    tail: () => text.slice(-200),
    result() {
      if (measurement === undefined) throw new Error(`the guest has not written "${until}"`);
      return measurement;
    },
  };
}
