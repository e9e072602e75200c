// What memory accesses are shown to besides RAM and devices.

/** Watches accesses of guest linear memory for data breakpoints. */
export interface DataWatch {
  /** Whether any watched byte lies in the page of `linear`. */
  coversPage(linear: number): boolean;
  /** Whether `[linear, linear + size)` hits; records the hit when `live`. */
  hits(linear: number, size: number, write: boolean, live: boolean): boolean;
}

/** Memory-mapped registers inside the processor (the local APIC page). */
export interface InternalMmio {
  /** Whether a physical address is one of its registers. */
  covers(physical: number): boolean;
  /** Reads a register. */
  read(physical: number, size: number): number;
  /** Writes a register. */
  write(physical: number, size: number, value: number): void;
}
