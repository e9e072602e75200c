import { ticksAt } from '../bus/ticks.ts';
import {
  CLOCKING_MODE,
  HORIZONTAL_DISPLAY_END,
  HORIZONTAL_TOTAL,
  OVERFLOW,
  VERTICAL_DISPLAY_END,
  VERTICAL_RETRACE_END,
  VERTICAL_RETRACE_START,
  VERTICAL_TOTAL,
  type VgaRegisters,
} from './registers.ts';

/** Dots a second of the two clocks, in characters of 8 dots. */
const CHARACTERS_25_MHZ = 25_175_000 / 8;
const CHARACTERS_28_MHZ = 28_322_000 / 8;
const NINE_DOTS = 8 / 9;

/** Input status 1: the beam is outside the picture, vertical retrace. */
const DISPLAY_DISABLED = 0x01;
const VERTICAL_RETRACE = 0x08;

/** Scan lines from which vertical display end, retrace start and total are made: ten bits, in three registers. */
export function verticalDisplayEnd(crtc: Uint8Array): number {
  const overflow = crtc[OVERFLOW]!;
  return crtc[VERTICAL_DISPLAY_END]! | ((overflow & 0x02) << 7) | ((overflow & 0x40) << 3);
}

function retraceStart(crtc: Uint8Array): number {
  const overflow = crtc[OVERFLOW]!;
  return crtc[VERTICAL_RETRACE_START]! | ((overflow & 0x04) << 6) | ((overflow & 0x80) << 2);
}

function verticalTotal(crtc: Uint8Array): number {
  const overflow = crtc[OVERFLOW]!;
  return (crtc[VERTICAL_TOTAL]! | ((overflow & 0x01) << 8) | ((overflow & 0x20) << 4)) + 2;
}

/** Characters a second. */
function characterClock({ miscellaneous, sequencer }: VgaRegisters): number {
  const clocking = sequencer[CLOCKING_MODE]!;
  const dots = (miscellaneous & 0x0c) === 0x04 ? CHARACTERS_28_MHZ : CHARACTERS_25_MHZ;
  return Math.round(dots * ((clocking & 1) === 0 ? NINE_DOTS : 1) * ((clocking & 8) === 0 ? 1 : 0.5));
}

/** What input status register 1 tells of the beam, at a time in nanoseconds: where it is follows from the time alone. */
export function inputStatusAt(registers: VgaRegisters, time: number): number {
  const { crtc } = registers;
  const columns = crtc[HORIZONTAL_TOTAL]! + 5;
  const position = ticksAt(time, characterClock(registers)) % (columns * verticalTotal(crtc));
  const line = Math.floor(position / columns);
  const isShown = line <= verticalDisplayEnd(crtc) && position % columns <= crtc[HORIZONTAL_DISPLAY_END]!;
  const start = retraceStart(crtc);
  const lines = (crtc[VERTICAL_RETRACE_END]! - start) & 0x0f;
  const isRetrace = line >= start && line < start + lines;
  return (isShown ? 0 : DISPLAY_DISABLED) | (isRetrace ? VERTICAL_RETRACE | DISPLAY_DISABLED : 0);
}

/** Frames since time 0, at the rate of the mode: what blinks counts them. */
export function framesAt(registers: VgaRegisters, time: number): number {
  const { crtc } = registers;
  return Math.floor(ticksAt(time, characterClock(registers)) / ((crtc[HORIZONTAL_TOTAL]! + 5) * verticalTotal(crtc)));
}
