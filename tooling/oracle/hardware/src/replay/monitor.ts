/*
 * The ring-0 half of the replay machine: a guest program that is to the emulated processor what the executor's signal handler is to
 * a real one. Every exception saves the registers at fixed places, tells the host through a port, and loads what it finds there.
 */

/** Port whose write says that registers are saved, and wants the next ones. */
export const EXCHANGE_PORT = 0xf0;
/**
 * Guest physical and linear addresses of the monitor's parts. The high half of the stack's address is what IRET to a 16-bit stack
 * leaves in ESP (`STACK_HIGH_HALF` of the layout).
 */
export const MONITOR = 0x40_0000;
export const MONITOR_BYTES = 0xf000;
export const GDT = 0x40_1000;
export const IDT = 0x40_2000;
export const LDT_TABLE = 0x40_3000;
export const TSS = 0x40_4000;
export const ENTRY = 0x40_5000;
export const STACK_TOP = 0x40_8000;
export const FX_AREA = 0x40_9000;
export const CR2_AREA = 0x40_9400;
/** Where an interrupted context lies: below the stack's top, in bytes. */
export const SAVED = { ss: 4, esp: 8, eflags: 12, cs: 16, eip: 20, error: 24, vector: 28, eax: 32, es: 64, ds: 68, fs: 72, gs: 76 } as const;

export const KERNEL_CS = 0x08;
export const KERNEL_DS = 0x18;
export const VECTORS = 32;
const STUB_BYTES = 16;
const COMMON: number = ENTRY + VECTORS * STUB_BYTES;
/** Vectors that push an error code (vol. 3A table 6-1). */
const WITH_ERROR_CODE: readonly number[] = [8, 10, 11, 12, 13, 14, 17];

function word(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, value >>> 24];
}

/** Entry of a vector: a zero in place of a missing error code, the vector, and on to what all have in common. */
function stub(vector: number): number[] {
  const code = [...(WITH_ERROR_CODE.includes(vector) ? [] : [0x6a, 0]), 0x6a, vector, 0xe9];
  return [...code, ...word(COMMON - (stubAddress(vector) + code.length + 4))];
}

export function stubAddress(vector: number): number {
  return ENTRY + vector * STUB_BYTES;
}

// prettier-ignore
const SAVE = [
  0x60,                                      // pushad
  0x06, 0x1e, 0x0f, 0xa0, 0x0f, 0xa8,        // push es, ds, fs, gs
  0xb8, ...word(KERNEL_DS), 0x8e, 0xd8, 0x8e, 0xc0, // mov ds, es
  0x0f, 0x20, 0xd0, 0xa3, ...word(CR2_AREA), // mov [CR2_AREA], cr2
  0x0f, 0xae, 0x05, ...word(FX_AREA),        // fxsave [FX_AREA]
];
// prettier-ignore
const EXCHANGE = [
  0xe7, EXCHANGE_PORT,                       // out EXCHANGE_PORT, eax
  0x0f, 0xae, 0x0d, ...word(FX_AREA),        // fxrstor [FX_AREA]
  0x0f, 0xa9, 0x0f, 0xa1, 0x1f, 0x07,        // pop gs, fs, ds, es
  0x61, 0x83, 0xc4, 0x08, 0xcf,              // popad; add esp, 8; iretd
];

/** Where the machine starts: at the exchange, with an empty frame on the stack. */
export const START: number = COMMON + SAVE.length;

/** The monitor's bytes, for ENTRY. */
export function monitorCode(): Uint8Array {
  const bytes = new Uint8Array(COMMON - ENTRY + SAVE.length + EXCHANGE.length);
  for (let vector = 0; vector < VECTORS; vector++) bytes.set(stub(vector), vector * STUB_BYTES);
  bytes.set([...SAVE, ...EXCHANGE], COMMON - ENTRY);
  return bytes;
}
